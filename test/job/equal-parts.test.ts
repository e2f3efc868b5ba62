import { expect, test } from "vitest";
import { EqualParts } from "../../src/job/equal-parts.ts";
import { aJob } from "../support/a-job.ts";

test("jobs that share their equal parts are the same jobs as before", () => {
  const jobs = [aJob({ name: "a", hash: "1" }), aJob({ name: "b", hash: "2" })];
  const parts = new EqualParts();
  const [a, b] = jobs.map((job) => parts.share(job));
  expect([a, b]).toEqual(jobs);
  expect(jobs[0]?.policies).not.toBe(jobs[1]?.policies);
  expect(a?.policies).toBe(b?.policies);
});

test("records share theirs as well", () => {
  const start = new Date("2026-11-18T12:00:00Z");
  const [one, other] = ["a", "b"].map((job) => ({
    job,
    cursor: new Date(start),
    runs: [] as string[],
    totals: { ended: {} },
  }));
  const parts = new EqualParts();
  const [a, b] = [one, other].map((record) => parts.inside(record as NonNullable<typeof record>));
  expect([a, b]).toEqual([one, other]);
  for (const key of ["cursor", "runs", "totals"] as const) expect(a?.[key]).toBe(b?.[key]);
});

test("parts that differ stay apart", () => {
  const one = aJob({ name: "a" });
  const other = { ...one, policies: { ...one.policies, overlap: "allow" as const } };
  const parts = new EqualParts();
  const [a, b] = [one, other].map((job) => parts.share(job));
  expect([a, b]).toEqual([one, other]);
  expect(a?.policies).not.toBe(b?.policies);
});
