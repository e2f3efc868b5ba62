import { NOTICE_KINDS } from "../../job/notify.ts";
import type { JobRecord } from "../../ledger/record.ts";
import type { SchedulerView } from "../../view/scheduler/scheduler-view.ts";
import type { RunEvent } from "../run-events.ts";
import type { Family, Sample } from "./exposition.ts";

/** Where notices stand: on records, and with the channels. */
interface NoticeFacts {
  readonly scheduler: Pick<SchedulerView, "channels">;
  readonly records: ReadonlyMap<string, JobRecord>;
}

interface NoticeCounts {
  readonly onEvent: (event: RunEvent) => void;
  readonly families: (facts: NoticeFacts) => readonly Family[];
}

/**
 * What others were told. Delivered and dropped are counted by the scheduler that did it, from its start on: if records counted
 * them over all jobs, the sum would fall with each job that is removed, and Prometheus would take that for a restart.
 */
export function countNotices(): NoticeCounts {
  const totals = new Map<string, Sample>();
  return {
    onEvent(event) {
      if (event.event !== "notice-delivered" && event.event !== "notice-dropped") return;
      const { channel, kind } = event;
      const result = event.event === "notice-delivered" ? "delivered" : "dropped";
      const labels = { channel, kind, result };
      const value = (totals.get(keyOf(labels))?.value ?? 0) + 1;
      totals.set(keyOf(labels), { labels, value });
    },
    families: ({ scheduler: { channels = [] }, records }) => [
      {
        name: "shipbell_notices_total",
        help: "Notices that this scheduler has delivered or dropped.",
        type: "counter",
        samples: () => countSamples(totals, channels),
      },
      {
        name: "shipbell_notices_waiting",
        help: "Notices that a channel does not have yet.",
        type: "gauge",
        samples: () => waitingSamples(records, channels),
      },
      {
        name: "shipbell_notice_last_success_timestamp_seconds",
        help: "When a channel last took something from this scheduler.",
        type: "gauge",
        samples: () => channels.flatMap(successSample),
      },
    ],
  };
}

const RESULTS = ["delivered", "dropped"] as const;

/** From the first scrape on at 0: of a counter that begins at 1, Prometheus sees no increase. */
function countSamples(totals: ReadonlyMap<string, Sample>, channels: Channels): Iterable<Sample> {
  const all = new Map(totals);
  for (const { name: channel } of channels)
    for (const kind of NOTICE_KINDS)
      for (const result of RESULTS) {
        const labels = { channel, kind, result };
        if (!all.has(keyOf(labels))) all.set(keyOf(labels), { labels, value: 0 });
      }
  return all.values();
}

function keyOf({ channel, kind, result }: Readonly<Record<"channel" | "kind" | "result", string>>): string {
  return `${channel} ${kind} ${result}`;
}

type Channels = NonNullable<NoticeFacts["scheduler"]["channels"]>;

/** Also of channels that there are no longer, while something waits for them. */
function waitingSamples(records: ReadonlyMap<string, JobRecord>, channels: Channels): Sample[] {
  const waiting = new Map(channels.map(({ name }) => [name, 0]));
  for (const { notices } of records.values())
    for (const { to } of notices ?? [])
      for (const channel of Object.keys(to)) waiting.set(channel, (waiting.get(channel) ?? 0) + 1);
  return [...waiting].map(([channel, value]) => ({ labels: { channel }, value }));
}

function successSample({ name, lastSuccessAt }: Channels[number]): Sample[] {
  if (lastSuccessAt === undefined) return [];
  return [{ labels: { channel: name }, value: lastSuccessAt.getTime() / 1000 }];
}
