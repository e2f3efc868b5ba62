import { expect, test } from "vitest";
import { formatProblem } from "../../src/job/problem.ts";
import { followDefinition, openRecord } from "../../src/ledger/changes/definitions.ts";
import { readRecord, writeRecord } from "../../src/ledger/record-json.ts";
import { doubtOf } from "../../src/schedule/crontab/doubt.ts";
import { checkSchedule, writeOutIn } from "../../src/schedule/timetable.ts";
import { at } from "../support/a-job.ts";
import { parse } from "./parse.ts";

function read(schedule: string, instance = "shipbell") {
  const text = `jobs:\n  backup:\n    schedule: ${JSON.stringify(schedule)}\n    image: busybox\n`;
  const { jobs, problems } = parse(text, { checkSchedule, doubtSchedule: doubtOf, writeOut: writeOutIn(instance) });
  return { jobs, says: problems.map(formatProblem), schedules: jobs.flatMap((job) => job.schedules) };
}

const [hashed] = read("H H(0-5) * * *").jobs;
const [plain] = read("8 3 * * *").jobs;
if (hashed === undefined || plain === undefined) throw new Error("two jobs");

test("a job has the pattern that is followed, and what its author wrote", () => {
  expect(hashed.schedules).toEqual([{ pattern: "8 3 * * *", timezone: "UTC", written: "H H(0-5) * * *" }]);
  expect(plain.schedules).toEqual([{ pattern: "8 3 * * *", timezone: "UTC" }]);
});

test("its hash is of what the author wrote, and that of other jobs stays what it was", () => {
  const [elsewhere] = read("H H(0-5) * * *", "elsewhere").jobs;
  expect(elsewhere?.schedules).not.toEqual(hashed.schedules);
  expect(elsewhere?.hash).toBe(hashed.hash);
  expect(plain.hash).not.toBe(hashed.hash);
  // Taken with version 0.5.0.
  expect(plain.hash).toBe("617d3adac714dcee");
});

test.each([
  [
    "* H * * *",
    'warning: "* H * * *" is "* 15 * * *" for backup: "* 15 * * *" means: every minute, between 15:00 and 15:59',
  ],
  ["0 0 H(30-31) 2 *", '"0 0 H(30-31) 2 *" is "0 0 30 2 *" for backup: "0 0 30 2 *" never comes true'],
  ["H 24 * * *", '"24" is not an hour: 0-23 are allowed. Midnight is 0. Write H 0 * * *'],
])("what is wrong with %s is said of what was written", (schedule, message) => {
  expect(read(schedule).says).toEqual([expect.stringContaining(message)]);
});

test("writing H for the time that it stands for restarts nothing, and is noted", () => {
  const record = openRecord(plain, 1, at("12:00"));
  const followed = followDefinition(record, hashed, { generation: 2, now: at("12:30") });
  expect(followed?.cursor).toEqual(record.cursor);
  expect(followed?.definition.schedules).toEqual(hashed.schedules);
  const back = followed && followDefinition(followed, plain, { generation: 3, now: at("12:40") });
  expect(back?.cursor).toEqual(record.cursor);
  expect(back?.definition.schedules).toEqual(plain.schedules);
});

test.each([
  ["@at 2026-12-01T03:00", "it is not said on which clock 2026-12-01T03:00 is read", "2026-12-01T03:00+01:00"],
  [
    "@every 14d from 2026-01-05T08:00",
    "it is not said on which clock 2026-01-05T08:00 is read",
    "give the job a timezone",
  ],
])("%s needs a time zone of its own", (schedule, message, hint) => {
  expect(read(schedule).says).toEqual([expect.stringContaining(message)]);
  expect(read(schedule).says[0]).toContain(hint);
  for (const good of [`${schedule} Europe/Berlin`, `CRON_TZ=Europe/Berlin ${schedule}`].slice(
    schedule.startsWith("@at") ? 1 : 0,
  ))
    expect(read(good).says).toEqual([]);
  const text = `jobs:\n  a:\n    schedule: "${schedule}"\n    timezone: UTC\n    image: busybox\n`;
  expect(parse(text, { checkSchedule }).problems).toEqual([]);
});

test("a version that does not know what was written follows the pattern, and keeps the rest", () => {
  const record = openRecord(hashed, 1, at("12:00"));
  expect(readRecord(writeRecord(record))).toEqual({ kind: "record", record });
  // As version 0.5.0 compares and keeps them: pattern and time zone.
  expect(JSON.parse(writeRecord(record)).definition.schedules).toEqual(hashed.schedules);
});
