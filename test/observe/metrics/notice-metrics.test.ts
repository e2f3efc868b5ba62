import { expect, it } from "vitest";
import { openRecord } from "../../../src/ledger/changes/definitions.ts";
import { countNotices } from "../../../src/observe/metrics/notice-metrics.ts";
import type { RunEvent } from "../../../src/observe/run-events.ts";
import { aJob } from "../../support/a-job.ts";

const at = new Date("2026-11-18T03:00:00Z");
const pager = { name: "pager", kind: "webhook", address: "https://pager.example/…" };

function samples(metric: string, notices = countNotices(), record = openRecord(aJob(), 1, at)) {
  const facts = { scheduler: { channels: [{ ...pager, lastSuccessAt: at }] }, records: new Map([["backup", record]]) };
  const family = notices.families(facts).find(({ name }) => name === metric);
  return [...(family?.samples() ?? [])].map(({ labels, value }) => [Object.values(labels).join(" "), value]);
}

it("counts what was delivered and dropped, and begins at 0 for each kind of each channel", () => {
  const notices = countNotices();
  expect(samples("shipbell_notices_total", notices)).toContainEqual(["pager failed dropped", 0]);
  const about = { job: "backup", channel: "pager", kind: "failed", notice: "backup-1/failed", tries: 1 } as const;
  const told: readonly RunEvent[] = [
    { event: "notice-delivered", ...about, status: "202" },
    { event: "notice-delivered", ...about, status: "202" },
    { event: "notice-dropped", ...about, cause: "410" },
    { event: "notice-failed", ...about, cause: "503", nextAt: at },
  ];
  for (const event of told) notices.onEvent(event);
  expect(samples("shipbell_notices_total", notices).filter(([, value]) => value !== 0)).toEqual([
    ["pager failed delivered", 2],
    ["pager failed dropped", 1],
  ]);
});

it("counts what waits on records, also for a channel that is gone", () => {
  const waits = { tries: 0, next: at };
  const notice = { id: "backup-1/failed", kind: "failed", at, to: { pager: waits, gone: waits } } as const;
  const record = { ...openRecord(aJob(), 1, at), notices: [notice] };
  expect(samples("shipbell_notices_waiting")).toEqual([["pager", 0]]);
  expect(samples("shipbell_notices_waiting", countNotices(), record)).toEqual([
    ["pager", 1],
    ["gone", 1],
  ]);
});

it("says when a channel last took something", () => {
  expect(samples("shipbell_notice_last_success_timestamp_seconds")).toEqual([["pager", at.getTime() / 1000]]);
});
