// @module-tag full
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { forecast } from "../../../src/view/times/forecast.ts";
import { startsOfDebianCron, unpackDebianCron } from "./debian-cron.ts";
import { importOne } from "./import-one.ts";

interface Seen {
  readonly import: string;
  readonly lines: readonly string[];
}

const corpus: readonly Seen[] = JSON.parse(
  readFileSync(new URL("../../fixtures/import/corpus.json", import.meta.url), "utf8"),
);

/** The schedules of the real crontabs, each once. */
const real = corpus
  .filter((seen) => ["crontab", "crontab --system"].includes(seen.import))
  .flatMap(({ lines }) =>
    lines.map((line) => /^\s*((?:[\d*]\S*\s+){2}\S+\s+\S+\s+\S+|@(?!reboot)\w+)\s/.exec(line)?.[1]),
  )
  .filter((pattern) => pattern !== undefined)
  .map((pattern) => pattern.replaceAll(/\s+/g, " "));

/** What is read differently elsewhere, and what falls into the hours in which clocks change. */
const MORE = [
  "30 2 * * *",
  "0 2 * * *",
  "0 3 * * *",
  "*/20 2 * * *",
  "*/40 * * * *",
  "15 */2 * * *",
  "0 1-3 * * *",
  "* 2 * * SUN",
  "30 1 * * *",
  "59 1 * * 0",
  "0 3 13 * FRI",
  "0 3 */2 * MON",
  "0 3 1-31 * MON",
  "0 3 * * 0-7",
  "0 3 * * 5-7",
  "5-59/25 4,16 1,15 * *",
  "0 */5 * JAN-JUN,OCT *",
  "@midnight",
];
const patterns = [...new Set([...MORE, ...real])];
const DAY_MS = 24 * 3_600_000;
const SEASONS = [
  { name: "clocks go forward", zone: "Europe/Berlin", from: new Date("2026-03-26T12:34:56Z"), days: 5, lines: 100 },
  { name: "clocks go back", zone: "America/New_York", from: new Date("2026-10-30T12:34:56Z"), days: 5, lines: 100 },
  { name: "nothing happens", zone: "UTC", from: new Date("2026-02-20T12:34:56Z"), days: 50, lines: 20 },
] as const;

let folder: string;
let missing: string | undefined;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-cron-"));
  missing = await unpackDebianCron(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.for(SEASONS)(
  "real crontabs are due when Debian's cron starts their jobs, over $days days in which $name",
  async (season, { skip }) => {
    skip(missing !== undefined, missing);
    expect(patterns.length).toBeGreaterThan(40);
    const { zone, from } = season;
    const until = new Date(from.getTime() + season.days * DAY_MS);
    const left = patterns.slice(0, season.lines).values();
    const different: unknown[] = [];
    const compare = async () => {
      for (const pattern of left) {
        const starts = await startsOfDebianCron(folder, { line: `${pattern} a`, zone, from, until, count: 50 });
        // What is due at the end of the gap, and in it as well, is started there twice at that moment.
        const theirs = [...new Set(starts)];
        const { schedules } = await importOne("crontab", `${pattern} a\n`, { flavour: "debian", timezone: zone });
        const mine = (schedules[0] ?? []).map((each) => ({ pattern: each, timezone: zone }));
        const ours = forecast({ schedules: mine, from, count: 50 })
          .instants.map((instant) => instant.getTime())
          .filter((time) => time < until.getTime())
          .slice(0, theirs.length === starts.length ? 50 : theirs.length);
        const longer = ours.length > theirs.length ? ours : theirs;
        const first = longer.findIndex((_, index) => ours[index] !== theirs[index]);
        if (first < 0) continue;
        const shown = (times: readonly number[]) =>
          times.slice(first, first + 3).map((time) => new Date(time).toISOString());
        different.push({ pattern, ours: shown(ours), theirs: shown(theirs) });
      }
    };
    await Promise.all([compare(), compare()]);
    expect(different).toEqual([]);
  },
);
