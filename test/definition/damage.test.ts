import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readInParts, readWhole } from "../../src/definition/files/parse-schedule-file.ts";
import { emptySnapshot, mergeReadings } from "../../src/sources/snapshot.ts";
import { anObject, readLabels } from "./labels/labels.ts";
import { fileSettings, parse } from "./parse.ts";

const folders = ["good", "bad"].map((folder) => new URL(`../fixtures/${folder}/`, import.meta.url));
const texts = folders.flatMap((folder) =>
  readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8")),
);

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "*",
    "&a",
    "*a",
    "<<: *a",
    "\t",
    "\n",
    "'",
    '"',
    "{",
    "[",
    "]",
    "${",
    "$",
    "---\n",
    "!!x ",
    "? ",
    "- ",
  ),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "null",
    "~",
    "\0",
    "\ud800",
    "\r",
    "#",
    "%YAML 9\n",
    "|",
    ">",
  ),
);

/** A piece of a text replaced by something else. */
const damagedText: fc.Arbitrary<string> = fc
  .record({ text: fc.constantFrom(...texts), from: fc.nat(2000), length: fc.nat(20), insert: anyText })
  .map(({ text, from, length, insert }) => {
    const start = from % (text.length + 1);
    return text.slice(0, start) + insert + text.slice(start + length);
  });

test("no text whatever makes the parser throw, or go without saying why", () => {
  fc.assert(
    fc.property(fc.oneof(anyText, damagedText), (text) => {
      const { jobs, problems, broken } = parse(text);
      expect(broken.length > 0 && problems.length === 0).toBe(false);
      for (const job of jobs) expect(job.name).toMatch(/^[a-z0-9][a-z0-9_.-]{0,62}$/);
    }),
    { numRuns: 1000 },
  );
});

test("it makes no difference whether a file is read as a whole or job by job", () => {
  let inParts = 0;
  const same = (text: string) => {
    const parts = readInParts(text, fileSettings);
    if (parts === undefined) return;
    inParts++;
    expect(parts).toEqual(readWhole(text, fileSettings));
  };
  texts.forEach(same);
  fc.assert(fc.property(damagedText, same), { numRuns: 800 });
  expect(inParts).toBeGreaterThan(100);
});

test("no bytes whatever make the parser throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parse(new TextDecoder().decode(bytes))));
});

test.each([
  ["brackets", "[".repeat(50_000)],
  ["braces under a job", `jobs: {a: ${"{a: ".repeat(20_000)}`],
  ["levels", Array.from({ length: 3000 }, (_, level) => `${" ".repeat(level)}a:`).join("\n")],
])("endlessly nested %s break the file, and nothing else", (_what, text) => {
  expect(parse(text)).toMatchObject({ jobs: [], broken: [{ unit: "jobs.yml" }] });
});

test("aliases of aliases of aliases cost nothing", () => {
  const levels = Array.from({ length: 40 }, (_, n) => `x-${n + 1}: &l${n + 1} [*l${n}, *l${n}, "$"]\n`);
  const text = `x-0: &l0 [x]\n${levels.join("")}jobs:\n  bomb: { schedule: '@daily', image: x, command: *l40 }\n`;
  expect(parse(text).broken).toEqual([{ unit: "jobs.yml", job: "bomb" }]);
});

const shop = (timeout: string) =>
  ["backup", "dump", "clean"]
    .map(
      (name) =>
        `  ${name}:\n    schedule: '@daily'\n    image: busybox\n    timeout: ${name === "dump" ? timeout : "1h"}\n`,
    )
    .reduce((text, job) => text + job, "jobs:\n");

test.each([
  ["one level too deep", "  dump:\n    schedule", "    dump:\n      schedule"],
  ["with a wrong name", "  dump:", "  Dump:"],
  ["twice", "  dump:", "  backup:"],
])("a job that is written %s takes no job away", (_what, right, wrong) => {
  const before = mergeReadings(emptySnapshot, [{ source: "files", reading: parse(shop("2h")) }]);
  const damaged = shop("2h").replace(right, wrong);
  expect(damaged).not.toBe(shop("2h"));
  const after = mergeReadings(before, [{ source: "files", reading: parse(damaged) }]);
  expect([...after.jobs.keys()]).toEqual(expect.arrayContaining(["backup", "clean"]));
  expect(after.problems).not.toEqual([]);
  expect(after.jobs.has("dump")).toBe(true);
});

test("whatever is written as one value of one job, all jobs stay", () => {
  const before = mergeReadings(emptySnapshot, [{ source: "files", reading: parse(shop("2h")) }]);
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string()), (value) => {
      const reading = parse(shop(JSON.stringify(value)));
      const after = mergeReadings(before, [{ source: "files", reading }]);
      expect([...after.jobs.keys()].sort()).toEqual(["backup", "clean", "dump"]);
    }),
  );
});

test("a damaged file takes away only jobs whose names are no longer in it", () => {
  const text = shop("2h");
  const before = mergeReadings(emptySnapshot, [{ source: "files", reading: parse(text) }]);
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(20), anyText, (start, length, insert) => {
      const damaged = text.slice(0, start) + insert + text.slice(start + length);
      const after = mergeReadings(before, [{ source: "files", reading: parse(damaged) }]);
      const lost = [...before.jobs.keys()].filter((name) => !after.jobs.has(name));
      expect(lost.filter((name) => new RegExp(`^  ${name}:\\s*$`, "m").test(damaged))).toEqual([]);
    }),
    { numRuns: 800 },
  );
});

const labelKey = fc.oneof(
  fc.constantFrom(
    "schedule",
    "timeout",
    "jobs",
    "jobs.",
    "jobs.a.schedule",
    "jobs.a.b.c",
    "history",
    "history.",
    "command",
  ),
  fc.constantFrom("", ".", "__proto__", "jobs.__proto__.schedule", "constructor", "run", "job"),
  fc.string(),
);

test("no labels whatever make the reader throw, or take a job away that they still speak of", () => {
  const good = { schedule: "@daily", "jobs.a.schedule": "@hourly" };
  const before = mergeReadings(emptySnapshot, [{ source: "containers", reading: parseOf(good) }]);
  fc.assert(
    fc.property(fc.dictionary(labelKey, anyText), (changes) => {
      fc.pre(!Object.hasOwn(changes, "run"));
      const after = mergeReadings(before, [{ source: "containers", reading: parseOf({ ...good, ...changes }) }]);
      expect([...after.jobs.keys()]).toEqual(expect.arrayContaining(["shop_backup", "shop_backup.a"]));
    }),
    { numRuns: 1000 },
  );
});

function parseOf(labels: Record<string, string>) {
  const { jobs, broken, says } = readLabels(anObject(labels));
  return { jobs, broken, problems: says.map((message) => ({ at: "labels", message })) };
}
