import { describe, expect, test } from "vitest";
import { formatProblem } from "../../src/job/problem.ts";
import { anObject, readLabels } from "./labels/labels.ts";
import { parse } from "./parse.ts";

const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
/** As many patterns, with so many characters in all. */
const patterns = (count: number, bytes: number) => {
  const short = many(count, () => "0 3 * * *");
  return [...short.slice(1), `0 3 * * ${"1".repeat(bytes - 9 * (count - 1) - 8)}`];
};
const inFile = (keys: object) => {
  const job = { image: "busybox", schedule: "0 3 * * *", ...keys };
  const { jobs, problems } = parse(JSON.stringify({ jobs: { backup: job } }));
  return { jobs: jobs.length, says: problems.map(formatProblem) };
};
const inLabels = (labels: Record<string, string>) => {
  const { jobs, says } = readLabels(anObject({ schedule: "0 3 * * *", ...labels }));
  return { jobs: jobs.length, says };
};

const hint = "(one pattern may name several times, as 0 3,9,15 * * *; or make several jobs of it)";

/** At each limit: one below, at it, and one above. */
const limits: readonly [string, number, (count: number) => object, string][] = [
  [
    "schedules",
    100,
    (count) => ({ schedule: patterns(count, 1500) }),
    `schedule has 101 schedules; at most 100 are allowed ${hint}`,
  ],
  [
    "bytes of schedules",
    2000,
    (bytes) => ({ schedule: patterns(100, bytes) }),
    `schedule has 2001 bytes in all; at most 2000 are allowed ${hint}`,
  ],
  [
    "bytes of one schedule",
    2000,
    (bytes) => ({ schedule: patterns(1, bytes) }),
    `schedule has 2001 bytes in all; at most 2000 are allowed ${hint}`,
  ],
  [
    "exit codes",
    256,
    (count) => ({ success_exit_codes: many(count, (index) => index % 256) }),
    "success_exit_codes has 257 entries; at most 256 are allowed (name each exit code once)",
  ],
  [
    "reasons to try again",
    260,
    (count) => ({ retries: { limit: 1, on: many(count, (index) => (index % 255) + 1) } }),
    "retries.on has 261 entries; at most 260 are allowed (name each exit code once)",
  ],
];

describe("what a job's record could not hold is a problem where it is written", () => {
  test.each(limits)("%s: %d", (_what, most, keys, problem) => {
    expect(inFile(keys(most - 1))).toEqual({ jobs: 1, says: [] });
    expect(inFile(keys(most))).toEqual({ jobs: 1, says: [] });
    const above = inFile(keys(most + 1));
    expect(above.jobs).toBe(0);
    expect(above.says).toEqual([expect.stringContaining(problem)]);
  });

  test("also in labels, where a list stands in one text", () => {
    expect(inLabels({ schedule: many(100, () => "0 3 * * *").join(";") }).jobs).toBe(1);
    const { jobs, says } = inLabels({ schedule: many(1650, () => "0 3 * * *").join(";") });
    expect(jobs).toBe(0);
    expect(says).toEqual([expect.stringContaining("schedule has 1650 schedules; at most 100 are allowed")]);
  });
});
