import { expect, test } from "vitest";
import { readAside } from "../../src/app/read-aside.ts";
import { doubtOf } from "../../src/schedule/crontab/doubt.ts";
import { createTimetables, writeOutIn } from "../../src/schedule/timetable.ts";
import { type ReadOrder, readText } from "../../src/sources/file-reader.ts";
import { FakeClock } from "../support/fake-clock.ts";

const job = (n: number) =>
  `  job-${n}: {schedule: "H * * * *", image: busybox, command: [echo, "${n}"], notify: ops}\n`;
const JOBS = 1200;
const TEXT = `jobs:\n${Array.from({ length: JOBS }, (_, n) => job(n)).join("")}  wrong: {schedule: "@dayly", image: busybox}
  apart: {schedule: "@daily", image: busybox, env_file: apart.env}\n`;
const ORDER: ReadOrder = {
  text: TEXT,
  path: "jobs.yml",
  folder: "/schedules",
  defaultTimezone: "Europe/Berlin",
  variables: {},
  engine: "container",
  channelNames: ["dev"],
  instance: "prod",
  defaultNotify: undefined,
  envFiles: undefined,
  doubtHostPaths: true,
  known: { files: new Map(), digests: new Map() },
};

test("a thread reads what this thread would, in several messages, while this thread goes on", async () => {
  const reader = readAside(new FakeClock(new Date(0)), { instance: "prod" })();
  let isDone = false;
  const read = reader.read(ORDER).finally(() => {
    isDone = true;
  });
  let turns = 0;
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  await reader.close();
  const here = readText(ORDER, {
    checkSchedule: createTimetables().check,
    doubtSchedule: doubtOf,
    writeOut: writeOutIn("prod"),
  });
  expect(await read).toEqual(here);
  expect(here).toMatchObject({
    unread: ["/schedules/.env", "/schedules/apart.env"],
    parsed: { broken: [{ job: "wrong" }] },
  });
  expect(here.parsed.jobs.length).toBeGreaterThanOrEqual(JOBS);
  expect(turns).toBeGreaterThan(50);
});

test("a file that takes too long is a problem of this file", async () => {
  const clock = new FakeClock(new Date(0));
  const reader = readAside(clock, { instance: "prod" })();
  const slow = reader.read(ORDER);
  await clock.advance(300_000);
  expect((await slow).parsed).toEqual({
    jobs: [],
    problems: [{ at: "jobs.yml", message: "the file takes too long to read", hint: "split it into several files" }],
    broken: [{ unit: "jobs.yml" }],
  });
  await reader.close();
});

test("a thread refuses @reboot for the engine of another machine, as this thread does", async () => {
  const reader = readAside(new FakeClock(new Date(0)), { instance: "prod", otherHost: "tcp://10.0.0.7:2376" })();
  const { parsed } = await reader.read({ ...ORDER, text: 'jobs: {boot: {schedule: "@reboot", image: busybox}}' });
  await reader.close();
  expect(parsed).toMatchObject({
    jobs: [],
    problems: [{ message: expect.stringContaining("when tcp://10.0.0.7:2376 boots is not known here") }],
  });
});
