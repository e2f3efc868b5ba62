import { expect, test } from "vitest";
import { jobHash } from "../../src/job/job-hash.ts";
import { parseJob } from "../definition/parse.ts";

const job = parseJob("environment: { A: 1, B: 2 }");

test.each([
  ["the order of keys", "environment: { B: 2, A: 1 }"],
  ["quotes", "environment: { A: '1', B: \"2\" }"],
  ["the form of a list", "environment: [A=1, B=2]"],
  ["a default that is written out", "environment: { A: 1, B: 2 }\noverlap: forbid\ntimezone: UTC\ninit: true"],
  ["an empty map of inputs", "environment: { A: 1, B: 2 }\ninputs: {}"],
  ["where it stands", "# a comment\nenvironment: { A: 1, B: 2 }"],
])("%s does not change a job's hash", (_what, keys) => expect(parseJob(keys).hash).toBe(job.hash));

test.each([
  "environment: { A: 1, B: 3 }",
  "environment: { A: 1 }",
  "environment: { A: 1, B: 2 }\nuser: app",
  "environment: { A: 1, B: 2 }\ntimeout: 1h",
  "environment: { A: 1, B: 2 }\nsuspended: true",
  "environment: { A: 1, B: 2 }\ninputs: { DAY: { type: date } }",
  "environment: { A: 1, B: 2 }\ntimezone: Asia/Seoul",
  "environment: { A: 1, B: 2 }\njitter: 10m",
])("%j makes another hash", (keys) => expect(parseJob(keys).hash).not.toBe(job.hash));

test("a job's name and each of its schedules count", () => {
  const renamed = jobHash({ ...job, name: "other" });
  const oftener = jobHash({ ...job, schedules: [...job.schedules, { pattern: "@daily", timezone: "UTC" }] });
  expect(new Set([job.hash, renamed, oftener]).size).toBe(3);
});
