import { expect, it } from "vitest";
import type { InstanceRecord } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { explainJob } from "../../src/view/explain/explain.ts";
import { instanceForStatus, recordForStatus } from "../../src/view/for-status.ts";
import { aRecord, at } from "../support/a-job.ts";
import { aFailingRecord } from "../support/a-telling.ts";
import { answerOf } from "../support/scheduler-answer.ts";

const SECRET = "the lawyers are here";
const by = { via: "cli", name: "ops" } as const;

const record = aRecord(at("12:00"), {
  paused: { since: at("11:00"), until: at("13:00"), reason: SECRET, by },
  holds: [{ reason: "paused", since: at("10:00"), until: at("10:30"), why: SECRET }],
  verdicts: [
    {
      kind: "skipped",
      reason: "paused",
      scheduledAt: at("11:55"),
      decidedAt: at("11:55"),
      pause: { all: true, why: SECRET },
    },
  ],
});
const instance: InstanceRecord = {
  schema: 1,
  paused: { since: at("11:00"), reason: SECRET, by },
  holds: [{ reason: "paused", since: at("10:00"), until: at("10:30"), why: SECRET }],
};

it("who may know times and outcomes is not told what operators wrote, nor who they are, and all else", () => {
  const [shown, ofAll] = [recordForStatus(record), instanceForStatus(instance)];
  expect(JSON.stringify([shown, ofAll])).not.toMatch(/lawyers|ops/);
  expect(shown).toMatchObject({
    paused: { since: at("11:00"), until: at("13:00") },
    verdicts: [{ reason: "paused", pause: { all: true } }],
  });
  expect(ofAll.paused).toEqual({ since: at("11:00") });
  const parts = { now: at("12:00"), states: new Map(), timetables: createTimetables(), answer: answerOf() };
  const sentences = explainJob(shown, { ...parts, instance: ofAll }).map(({ text }) => text);
  expect(sentences.join("\n")).not.toMatch(/lawyers|ops/);
  expect(sentences.join("\n")).toMatch(/All jobs are paused since .*\n?.*It is paused since/);
});

it("nor who is told", () => {
  const told = aFailingRecord();
  const totals = { ...told.totals, notices: { "ops-chat": { delivered: { failed: 1 } } } };
  const { telling } = told.definition;
  const definition = { ...told.definition, telling: { notify: [], ...telling, expectedDurationMs: 60_000 } };
  const shown = recordForStatus({ ...told, totals, definition });
  expect(JSON.stringify(shown)).not.toMatch(/ops-chat|pager|mail/);
  expect(shown.definition.telling).toEqual({ notify: [], expectedDurationMs: 60_000 });
});
