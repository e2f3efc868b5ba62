import { describe, expect, test } from "vitest";
import { readGivenEnvironment } from "../../src/cli/commands/run.ts";
import { isFull } from "../../src/ledger/changes/active-runs.ts";
import { askForRun } from "../../src/ledger/changes/requests.ts";
import type { JobRecord, RunRequest } from "../../src/ledger/record.ts";
import { parseInstance, parseStartsAtOnce } from "../../src/settings/parse-values.ts";
import { aJob, aRecord, aRun, at } from "../support/a-job.ts";
import { parse } from "./parse.ts";

const isJob = (keys: object, name = "backup") => {
  const job = { image: "busybox", schedule: "0 3 * * *", ...keys };
  return parse(JSON.stringify({ jobs: { [name]: job } })).jobs.length === 1;
};
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
const active = (count: number) =>
  aRecord(at("12:00"), { runs: many(count, (index) => aRun(at("12:00"), { id: `backup-${index}` })) });
const asked = (count: number, environment?: Record<string, string>) =>
  many(
    count,
    (index): RunRequest => ({
      id: `w${index}`,
      kind: "run",
      askedAt: at("12:00"),
      ...(environment && { environment }),
    }),
  ).reduce<JobRecord | undefined>((record, request) => askForRun(record, request), aRecord(at("12:00"))) !== undefined;
/** As much as it takes that one request has so many bytes with the brackets around it. */
const requestOf = (bytes: number) =>
  asked(1, {
    A: "x".repeat(
      bytes - JSON.stringify([[], [], { id: "w0", kind: "run", askedAt: at("12:00"), environment: { A: "" } }]).length,
    ),
  });
const policies = aJob({ run: { timeoutMs: 3_600_000 } }).policies.run;

/** Each limit, with what is asked whether it is allowed. The limits of schedules and lists are in `policies.test.ts`. */
const most: readonly [string, number, (count: number) => boolean][] = [
  ["characters of a job's name", 63, (length) => isJob({}, "x".repeat(length))],
  ["runs that are kept that succeeded", 50, (succeeded) => isJob({ history: { succeeded } })],
  ["runs that are kept that failed", 50, (failed) => isJob({ history: { failed } })],
  ["occurrences in a queue", 1000, (queue_limit) => isJob({ overlap: "queue", queue_limit })],
  ["occurrences of a gap", 1000, (catch_up_limit) => isJob({ catch_up: "all", catch_up_limit })],
  ["further attempts", 100, (retries) => isJob({ retries })],
  ["an exit code that means success", 255, (code) => isJob({ success_exit_codes: code })],
  ["an exit code that is worth another attempt", 255, (code) => isJob({ retries: { limit: 1, on: [code] } })],
  ["days of a duration", 36_525, (days) => isJob({ timeout: `${days}d` })],
  ["inputs", 20, (count) => isJob({ inputs: Object.fromEntries(many(count, (index) => [`I${index}`, {}])) })],
  ["characters of an input's name", 64, (length) => length === 0 || isJob({ inputs: { ["I".repeat(length)]: {} } })],
  [
    "characters of an input's value",
    1000,
    (max_length) => max_length === 0 || isJob({ inputs: { A: { max_length } } }),
  ],
  [
    "characters of a pattern",
    200,
    (length) => length === 0 || isJob({ inputs: { A: { pattern: "x".repeat(length) } } }),
  ],
  [
    "options of an input",
    100,
    (count) => count === 0 || isJob({ inputs: { A: { type: "choice", options: many(count, (index) => `${index}`) } } }),
  ],
  [
    "bytes of all defaults",
    4096,
    (bytes) =>
      isJob({
        inputs: Object.fromEntries(
          many(5, (index) => [
            `I${index}`,
            { max_length: 1000, default: "x".repeat(index < 4 ? 1000 : bytes - 4000 - 41) },
          ]),
        ),
      }),
  ],
  ["active runs, for one more", 63, (count) => !isFull(active(count), "allow", { policies })],
  ["active runs of a job that allows one, for one more", 0, (count) => !isFull(active(count), "forbid", { policies })],
  ["pending requests", 20, (count) => asked(count)],
  ["bytes of pending requests", 8192, requestOf],
  [
    "bytes of variables of a request",
    4096,
    (bytes) => "variables" in readGivenEnvironment([`A=${"x".repeat(bytes - 8)}`], { env: {} }),
  ],
  ["characters of an instance", 32, (length) => "value" in parseInstance("x".repeat(length))],
];

const least: readonly [string, number, (count: number) => boolean][] = [
  ["occurrences in a queue", 1, (queue_limit) => isJob({ overlap: "queue", queue_limit })],
  ["occurrences of a gap", 1, (catch_up_limit) => isJob({ catch_up: "all", catch_up_limit })],
  ["runs that are kept", 0, (succeeded) => isJob({ history: { succeeded } })],
  ["further attempts", 0, (retries) => isJob({ retries })],
  ["an exit code that is worth another attempt", 1, (code) => isJob({ retries: { limit: 1, on: [code] } })],
  ["starts at once", 1, (count) => "value" in parseStartsAtOnce(String(count))],
];

describe("at each limit, one below and one above", () => {
  test.each(most)("at most: %s, %d", (_what, limit, isAllowed) => {
    expect([limit - 1, limit, limit + 1].filter((count) => count >= 0).map(isAllowed)).toEqual(
      limit === 0 ? [true, false] : [true, true, false],
    );
  });

  test.each(least)("at least: %s, %d", (_what, limit, isAllowed) => {
    expect([limit - 1, limit, limit + 1].map(isAllowed)).toEqual([false, true, true]);
  });
});
