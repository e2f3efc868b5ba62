import { expect, test } from "vitest";
import { parse, parseJob } from "../parse.ts";

const HOUR_MS = 3_600_000;

test.each([
  ["always", "always"],
  ["missing", "missing"],
  ["if_not_present", "missing"],
  ["never", "never"],
  ["daily", { everyMs: 24 * HOUR_MS }],
  ["weekly", { everyMs: 7 * 24 * HOUR_MS }],
  ["every_6h", { everyMs: 6 * HOUR_MS }],
  ["every_1h30m", { everyMs: 1.5 * HOUR_MS }],
])("pull_policy %s is read", (written, pullPolicy) =>
  expect(parseJob(`pull_policy: ${written}`).template).toMatchObject({ pullPolicy }),
);

test("nothing is said of when to pull where the job says nothing", () =>
  expect(parseJob("user: app").template).not.toHaveProperty("pullPolicy"));

test.each([
  ["build", "shipbell builds no images: build it beforehand, and write missing or never"],
  ["every_6", "with its unit: every_6h for hours"],
  ["every_0s", undefined],
  ["sometimes", undefined],
])("pull_policy %s is a problem", (written, hint) => {
  const allowed = "always, missing, never, daily, weekly, or every_ with a duration such as every_6h";
  const text = `jobs: { backup: { schedule: "@daily", image: busybox, pull_policy: ${written} } }`;
  const message = `pull_policy must be ${allowed}, not "${written}"`;
  expect(parse(text).problems).toEqual([{ at: "jobs.yml:1:68", message, ...(hint !== undefined && { hint }) }]);
});
