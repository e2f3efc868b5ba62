import type { CloudEvent, NoticeEvent } from "./notice-event.ts";

const TYPES = {
  failed: "shipbell.run.failed",
  recovered: "shipbell.run.recovered",
  "long-running": "shipbell.run.long-running",
  missed: "shipbell.occurrences.missed",
  skipped: "shipbell.occurrences.skipped",
  "not-run": "shipbell.job.not-run",
} as const;

/** The event as CloudEvents 1.0 has it. */
export function cloudEvent({ id, at, data }: NoticeEvent): CloudEvent {
  return {
    specversion: "1.0",
    id,
    source: `/shipbell/instances/${encodeURIComponent(data.instance)}`,
    type: TYPES[data.kind],
    subject: data.job,
    time: at.toISOString(),
    datacontenttype: "application/json",
    data,
  };
}
