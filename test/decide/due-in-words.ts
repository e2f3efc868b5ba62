import type { Due } from "../../src/decide/due.ts";

/**
 * What is due, a line for each thing to do, in order: `missed gap 11:00:00..11:55:00 (12)`, `refused w1 …`, `replace`,
 * `admit 12:05:00`, `start schedule 12:05:00`, `wake 12:10:00`.
 */
export function dueInWords({ passedOver, refused, start, wakeAt, replacesActive, admit }: Due): string[] {
  const time = (date: Date) => date.toISOString().slice(11, 19);
  return [
    ...passedOver.map(({ verdict, first, last, count }) => {
      const stretch = count === 1 ? time(first) : `${time(first)}..${time(last)} (${count})`;
      return `${verdict.kind} ${verdict.reason} ${stretch}`;
    }),
    ...refused.map(({ request, reason }) => `refused ${request.id} ${reason}`),
    ...(replacesActive ? ["replace"] : []),
    ...(admit ? [`admit ${time(admit)}`] : []),
    ...(start
      ? [`start ${start.trigger} ${time(start.scheduledAt)}${start.request ? ` for ${start.request}` : ""}`]
      : []),
    ...(wakeAt ? [`wake ${time(wakeAt)}`] : []),
  ];
}
