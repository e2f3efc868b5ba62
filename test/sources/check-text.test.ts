import { expect, test } from "vitest";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { checkText } from "../../src/sources/check-text.ts";
import { at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";

const check = (text: string, change: Partial<Parameters<typeof checkText>[1]> = {}) =>
  checkText(text, {
    defaultTimezone: "UTC",
    checkSchedule: createTimetables().check,
    clock: new FakeClock(at("12:00")),
    engine: "container",
    ...change,
  });

test("a text without mistakes has none, and its jobs are counted", async () => {
  const text = "jobs:\n  a: {schedule: '@daily', image: busybox}\n  b: {schedule: '@hourly', image: busybox}\n";
  expect(await check(text)).toEqual({ jobs: 2, problems: [] });
});

test("mistakes are found where they stand", async () => {
  const { jobs, problems } = await check("jobs:\n  a:\n    schedule: '@daily'\n    imge: busybox\n");
  expect(jobs).toBe(0);
  expect(problems).toMatchObject([{ at: "schedule.yml:4:5", hint: "did you mean image?" }]);
});

test("no other file is read: what the text wants of one is a warning", async () => {
  const warning = { severity: "warning", message: expect.stringContaining("no other file is read") };
  const wants = (file: string) => `jobs:\n  a: {schedule: '@daily', image: busybox, env_file: ${file}}\n`;
  expect(await check(wants("/etc/passwd"))).toMatchObject({ jobs: 1, problems: [warning] });
  expect(await check(wants("[{path: a.env, required: false}]"))).toEqual({ jobs: 1, problems: [] });
  const secret = "jobs:\n  a: {schedule: '@daily', image: busybox, secrets: [s]}\nsecrets: {s: {file: /etc/passwd}}\n";
  for (const engine of ["container", "service"] as const)
    expect(await check(secret, { engine, doubtHostPaths: true })).toMatchObject({ jobs: 1, problems: [warning] });
});

test("a mistake stays one when its words are those of the warning", async () => {
  const { jobs, problems } = await check("jobs:\n  a: {schedule: no other file is read when a text is checked}\n");
  expect(jobs).toBe(0);
  expect(problems[0]?.severity).toBeUndefined();
});

test("no variable of the scheduler is used", async () => {
  const { problems } = await check(
    "jobs:\n  a: {schedule: '@daily', image: busybox, command: ['echo', '$" + "{PATH:?is needed}']}\n",
  );
  expect(JSON.stringify(problems)).toContain("is needed");
  expect(JSON.stringify(problems)).not.toContain("/usr/bin");
});

test("a text without any job says so, and what is no YAML at all is a problem, too", async () => {
  expect((await check("jobs: {}\n")).problems).toMatchObject([{ message: expect.stringContaining("no job") }]);
  expect((await check("\u0000{[")).problems.length).toBeGreaterThan(0);
});
