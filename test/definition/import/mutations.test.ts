import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IMPORT_KINDS } from "../../../src/definition/import/kinds.ts";
import { checkSchedule } from "../../../src/schedule/timetable.ts";
import { amount } from "../../support/full.ts";
import { parse } from "../parse.ts";
import { importOne } from "./import-one.ts";

interface Seen {
  /** The command that reads it; that of `systemd.json` is always the same. */
  readonly import?: string;
  readonly lines: readonly string[];
}

const corpus = ["corpus", "systemd"].flatMap((name): readonly Seen[] =>
  JSON.parse(readFileSync(new URL(`../../fixtures/import/${name}.json`, import.meta.url), "utf8")),
);
const textOf = ({ lines }: Seen) => `${lines.join("\n")}\n`;
const texts = corpus.map(textOf);
/** Files of this kind, where there are some. */
const textsFor = (kind: string) => {
  const own = corpus.filter((seen) => (seen.import ?? "systemd").split(" ")[0] === kind).map(textOf);
  return own.length === 0 ? texts : own;
};

const piece = fc.oneof(
  fc.string({ unit: "binary", maxLength: 10 }),
  fc.constantFrom(
    "%",
    "\\",
    "\\%",
    '"',
    "'",
    "$",
    "${",
    "$(",
    "\r",
    "\n",
    "\0",
    "\t",
    "#",
    ";",
    "=",
    "@",
    "*/0",
    "*/99",
    "~",
    "7",
    "-",
    ",",
  ),
  fc.constantFrom(
    "&a ",
    "*a",
    "<<: *a",
    "[",
    "{",
    "}",
    "]",
    "|\n",
    ">\n",
    "- ",
    ": ",
    "__proto__",
    "constructor",
    "@reboot",
    "@every 1ns",
    "CRON_TZ=",
    '[job-run "x"]',
    "services:\n",
    "[Timer]\n",
    "[Service]\n",
    "# x.timer\n",
    "OnCalendar=",
    "ExecStart=docker run ",
    "%i",
  ),
);

/** A text with a few places cut out, doubled, or filled with something else. */
const mutatedFor = (kind: string) =>
  fc
    .record({
      text: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...textsFor(kind)) }, fc.constantFrom(...texts)),
      changes: fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), drop: fc.nat(20), put: piece }), {
        minLength: 1,
        maxLength: 6,
      }),
    })
    .map(({ text, changes }) =>
      changes.reduce((changed, { at, drop, put }) => {
        const place = Math.floor(at * changed.length);
        return `${changed.slice(0, place)}${put}${changed.slice(place + drop)}`;
      }, text),
    );

const options = fc.record(
  {
    layout: fc.constant("system" as const),
    flavour: fc.constantFrom(...IMPORT_KINDS.flatMap(({ flavours }) => flavours)),
    prefix: fc.constantFrom("a-", "Ä "),
  },
  { requiredKeys: [] },
);

/** What has a job in each line or section, and not only in labels among much else. */
const WHOLE: ReadonlySet<string> = new Set(["crontab", "docker-crontab"]);

/** The lines of the source that the output quotes, in the order in which they stand there. */
function quotedLines(output: string): readonly number[] {
  return [...output.matchAll(/^ *# file:(\d+) {2}/gm)].map(([, line]) => Number(line));
}

describe("no text is too strange to import", () => {
  it.each(IMPORT_KINDS.map(({ name }) => name))(
    "%s: whatever it is, the output is a schedule file with all jobs that are said to be imported, and the others are named",
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(mutatedFor(kind), options, async (text, given) => {
          const { jobs, notImported, findings, text: output } = await importOne(kind, text, given);
          const errors = findings.filter(({ severity }) => severity === undefined);
          expect(errors.length).toBeGreaterThanOrEqual(notImported.length);
          expect(output).toMatch(/^jobs:/m);
          const quoted = quotedLines(output);
          expect(quoted).toEqual([...new Set(quoted)]);
          const isRead = jobs.length > 0 || notImported.some(({ quotes }) => quotes.length > 0);
          const lines = text.split("\n").flatMap((line, index) => (/[^ \t\r]/.test(line) ? [index + 1] : []));
          if (WHOLE.has(kind) && isRead) expect(quoted.toSorted((a, b) => a - b)).toEqual(lines);
          if (jobs.length === 0) return;
          // Variables that people must set: the name of a stack, values of Secrets.
          const { jobs: read, problems } = parse(output.replaceAll(/\$\{\w+:\?[^}]*\}/g, "value"), {
            checkSchedule,
            readReferenced: (path) =>
              path.endsWith("/.env") ? { unreadable: "there is none", isMissing: true } : { text: "" },
          });
          const wrong = problems.filter(({ severity }) => severity === undefined);
          expect({ names: read.map(({ name }) => name), wrong }).toEqual({
            names: jobs.map(({ name }) => name),
            wrong: [],
          });
        }),
        { numRuns: amount({ usual: 60, full: 2500 }), seed: 15 },
      );
    },
  );
});
