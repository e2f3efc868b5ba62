import type { JobRecord } from "../../ledger/record.ts";
import type { ChannelFacts, SchedulerView } from "./scheduler-view.ts";
import { type WaitingNotice, waitingNotices } from "./tellings.ts";

/** All channels, and all that waits for them. */
export interface ChannelsView {
  readonly channels: readonly ChannelView[];
  /** Oldest first. */
  readonly waiting: readonly WaitingNotice[];
}

/** A channel: what the scheduler knows of it, and what records say. */
export interface ChannelView extends Partial<Omit<ChannelFacts, "name">> {
  readonly channel: string;
  /** `unknown`: jobs name it, and no scheduler says whether there is one. `missing`: there is none. */
  readonly state: "defined" | "missing" | "unknown";
  /** How many jobs tell it something. */
  readonly jobs: number;
  /** How many notices it does not have yet. */
  readonly waiting: number;
  /** When the first of them happened, and is tried next. */
  readonly waitsSince?: Date;
  readonly nextTryAt?: Date;
  /** How many notices of the jobs that there are now it has got, and how many it never will. */
  readonly delivered: number;
  readonly dropped: number;
}

/**
 * `channels`: as the running scheduler has them; `unknown` where none answers. `named`: for who sees only some jobs, without
 * channels that none of these names.
 */
export function channelsView(
  records: ReadonlyMap<string, JobRecord>,
  channels: SchedulerView["channels"] | "unknown",
  scope: "all" | "named" = "all",
): ChannelsView {
  const open = [...records.values()].filter(({ closedAt }) => closedAt === undefined);
  const waiting = open.flatMap(waitingNotices).sort((a, b) => a.at.getTime() - b.at.getTime());
  const counts = countsOf(open);
  const known = channels === "unknown" ? undefined : new Map(channels?.map((channel) => [channel.name, channel]));
  for (const name of known?.keys() ?? []) if (!counts.has(name)) counts.set(name, NONE);
  const named = [...counts].filter(
    ([name, { jobs, waiting }]) => (scope === "all" && known?.has(name) === true) || jobs > 0 || waiting > 0,
  );
  return {
    waiting,
    channels: named
      .map(([channel, count]): ChannelView => {
        const { name: _name, ...facts } = known?.get(channel) ?? { name: channel };
        const waits = waiting.filter((notice) => notice.channel === channel);
        const [first] = waits;
        const next = waits.map(({ next }) => next.getTime());
        return {
          channel,
          state: known === undefined ? "unknown" : known.has(channel) ? "defined" : "missing",
          ...facts,
          jobs: count.jobs,
          waiting: waits.length,
          ...(first && { waitsSince: first.at, nextTryAt: new Date(Math.min(...next)) }),
          delivered: count.delivered,
          dropped: count.dropped,
        };
      })
      .sort((a, b) => (a.channel < b.channel ? -1 : 1)),
  };
}

const NONE = { jobs: 0, waiting: 0, delivered: 0, dropped: 0 };

/** How many jobs name each channel, and what it was told in all. */
function countsOf(records: readonly JobRecord[]): Map<string, typeof NONE> {
  const counts = new Map<string, typeof NONE>();
  const add = (channel: string, more: Partial<typeof NONE>) => {
    const before = counts.get(channel) ?? NONE;
    const sum = (key: keyof typeof NONE) => before[key] + (more[key] ?? 0);
    counts.set(channel, {
      jobs: sum("jobs"),
      waiting: sum("waiting"),
      delivered: sum("delivered"),
      dropped: sum("dropped"),
    });
  };
  for (const { definition, totals, notices = [], removedAt } of records) {
    if (removedAt === undefined) for (const { to } of definition.telling?.notify ?? []) add(to, { jobs: 1 });
    for (const { to } of notices) for (const channel of Object.keys(to)) add(channel, { waiting: 1 });
    for (const [channel, { delivered = {}, dropped = {} }] of Object.entries(totals.notices ?? {}))
      add(channel, { delivered: sumOf(delivered), dropped: sumOf(dropped) });
  }
  return counts;
}

function sumOf(counts: Readonly<Record<string, number | undefined>>): number {
  return Object.values(counts).reduce<number>((sum, count = 0) => sum + count, 0);
}
