import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anObject, readLabels } from "./labels/labels.ts";
import { checkSchedule, parse } from "./parse.ts";

/** One mistake each, in a key of its own; what it makes of the others is none of it. */
const MISTAKES: readonly (readonly [key: string, value: unknown])[] = [
  ["schedule", "61 * * * *"],
  ["timezone", "Europe/Nowhere"],
  ["image", "Team/App"],
  ["command", "a | b"],
  ["entrypoint", "cd /x"],
  ["environment", ["=x"]],
  ["env_file", "./none.env"],
  ["label_file", "./none.env"],
  ["volumes", "data:/data"],
  ["tmpfs", "/a:colour=red"],
  ["networks", ["a", "host"]],
  [
    "secrets",
    [
      { source: "a", target: "x" },
      { source: "b", target: "x" },
    ],
  ],
  ["deploy", { resources: { limits: { memory: "64m" }, reservations: { memory: "128m" } } }],
  ["ulimits", { nofile: { soft: "20", hard: "10" } }],
  ["memswap_limit", "1g"],
  ["user", "a b"],
  ["working_dir", "srv"],
  ["stop_signal", "SIGNONE"],
  ["timeout", "soon"],
  ["overlap", "never"],
  ["retries", "many"],
  ["history", { failed: "all" }],
  ["sysctls", { "vm.x": "1" }],
  ["pull_policy", "sometimes"],
  ["hostnam", "x"],
  ["restart", "always"],
  ["healthcheck", { interval: "1s" }],
];

const good = { schedule: "@daily", image: "busybox" };
const read = (keys: object, engine?: "container" | "service") =>
  parse(JSON.stringify({ jobs: { job: { ...good, ...keys } } }), { checkSchedule, ...(engine && { engine }) });
const says = (keys: object, engine?: "container" | "service") =>
  read(keys, engine)
    .problems.map(({ message }) => message)
    .sort();

/** Two words for one limit, and the like: what one says depends on the other. */
const DEPENDENT = [new Set(["deploy", "memswap_limit"])];

test.each([{ mem_limit: "lots" }, { deploy: { resources: { limits: { memory: "1k" } } } }])(
  "a limit of memory that is wrong is not said to be missing: %j",
  (limit) => expect(says({ ...limit, memswap_limit: "1g" })).toEqual(says(limit)),
);

describe.each([undefined, "container", "service"] as const)("with the engine %s", (engine) => {
  test.each(MISTAKES)("a mistake in %s is one problem", (key, value) => {
    // Where the engine cannot honour the key at all, that is the one.
    expect(says({ [key]: value }, engine)).toHaveLength(1);
  });

  test("of two mistakes in two keys both are said, and nothing else", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...MISTAKES), { minLength: 2, maxLength: 5 }), (mistakes) => {
        const keys = mistakes.map(([key]) => key);
        fc.pre(!DEPENDENT.some((pair) => [...pair].every((key) => keys.includes(key))));
        const each = mistakes.flatMap(([key, value]) => says({ [key]: value }, engine)).sort();
        expect(says(Object.fromEntries(mistakes), engine)).toEqual(each);
      }),
      { numRuns: 300 },
    );
  });
});

const LABELS: readonly (readonly [string, string])[] = [
  ["schedule", "61 * * * *"],
  ["timezone", "Europe/Nowhere"],
  ["command", "a | b"],
  ["user", "0"],
  ["working_dir", "srv"],
  ["timeout", "soon"],
  ["overlap", "never"],
  ["retries", "many"],
  ["history.failed", "all"],
  ["stop_signal", "SIGNONE"],
  ["volume", "/a:/b"],
  ["timeuot", "1h"],
];

test("nor does one wrong label hide another", () => {
  const says = (labels: object) => readLabels(anObject({ schedule: "@daily", ...labels })).says.sort();
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...LABELS), { minLength: 2, maxLength: 4 }), (mistakes) => {
      const each = mistakes.flatMap(([key, value]) => says({ [key]: value })).sort();
      expect(says(Object.fromEntries(mistakes))).toEqual(each);
    }),
  );
});
