import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { isWarning } from "../../../../src/job/problem.ts";
import { forecast } from "../../../../src/view/times/forecast.ts";
import { importOne } from "../import-one.ts";
import { askSystemd, needSystemd } from "./systemd-analyze.ts";

interface Seen {
  readonly repository: string;
  readonly path: string;
  readonly lines: readonly string[];
  readonly refused?: number;
}

const corpus: readonly Seen[] = JSON.parse(
  readFileSync(new URL("../../../fixtures/import/systemd.json", import.meta.url), "utf8"),
);
const missing = await needSystemd();
const FROM = new Date("2026-02-20T12:34:56Z");

test("there are more than forty real timers", () => expect(corpus.length).toBeGreaterThan(40));

describe("a real timer and its service are imported: what comes in comes out, or is named", () => {
  it.each(corpus)("$repository: $path", async ({ lines, refused = 0 }) => {
    const { jobs, notImported, findings, text } = await importOne("systemd", `${lines.join("\n")}\n`);
    expect(jobs.length + notImported.length).toBe(lines.filter((line) => line === "[Timer]").length);
    expect(notImported).toHaveLength(refused);
    expect(findings.filter((finding) => !isWarning(finding))).toHaveLength(refused);
    const comments = text.split("\n").filter((line) => /^ *# file:\d+ {2}/.test(line));
    expect(comments.map((line) => line.replace(/^ *# file:\d+ {2}/, ""))).toEqual(lines);
  });
});

test("the next fifty times of each are those of systemd-analyze", { timeout: 300_000 }, async ({ skip }) => {
  skip(missing !== undefined, missing);
  const given = corpus.map(({ lines }) =>
    lines.filter((line) => line.startsWith("OnCalendar=")).map((line) => line.slice(11)),
  );
  const events = [...new Set(given.flat())];
  const answers = await askSystemd(events, { from: FROM, count: 50 });
  const timesOf = new Map(events.map((event, index) => [event, answers[index] ?? []]));
  for (const [index, { lines }] of corpus.entries()) {
    const { jobs, codes } = await importOne("systemd", `${lines.join("\n")}\n`);
    const [job] = jobs;
    const mine = given[index] ?? [];
    // An interval is said to count from elsewhere.
    if (job === undefined || mine.length === 0 || codes.includes("warning import-interval")) continue;
    const theirs = [...new Set(mine.flatMap((event) => timesOf.get(event) ?? []))]
      .toSorted((a, b) => a - b)
      .slice(0, 50);
    const schedules = job.schedules.map((pattern) => ({ pattern, timezone: job.timezone }));
    const ours = forecast({ schedules, from: FROM, count: 50 }).instants.map((instant) => instant.getTime());
    expect([lines[0], ours]).toEqual([lines[0], theirs]);
  }
});
