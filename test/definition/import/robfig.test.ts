import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { forecast } from "../../../src/view/times/forecast.ts";
import { importOne } from "./import-one.ts";

interface Measured {
  readonly dialect: "ofelia" | "kubernetes";
  readonly pattern: string;
  /** The seconds from each of its starts to the next, for each of `ASKED`: `86400x49` are 49 days. */
  readonly waits: readonly string[];
}

/**
 * What robfig/cron v3.0.1 said itself, for each pattern of the real files and for those that are read differently elsewhere: `Next`, fifty times,
 * of a parser with optional seconds, as Ofelia and swarm-cronjob have it, or of the standard one, which is that of Kubernetes.
 */
const measured: readonly Measured[] = JSON.parse(
  readFileSync(new URL("../../fixtures/import/robfig.json", import.meta.url), "utf8"),
);

const SPRING = Date.UTC(2026, 1, 20, 12, 34, 56);
const AUTUMN = Date.UTC(2026, 8, 20, 12, 34, 56);
const ASKED = [
  { zone: "UTC", from: SPRING },
  { zone: "Europe/Berlin", from: SPRING },
  { zone: "Europe/Berlin", from: AUTUMN },
  { zone: "Australia/Lord_Howe", from: SPRING },
  { zone: "Australia/Lord_Howe", from: AUTUMN },
] as const;

function textOf({ dialect, pattern }: Measured, timeZone: string): string {
  if (dialect === "ofelia") return `[job-exec "a"]\nschedule = ${pattern}\ncontainer = b\ncommand = c\n`;
  const pod = { restartPolicy: "Never", containers: [{ name: "a", image: "b:1" }] };
  const spec = { schedule: pattern, timeZone, jobTemplate: { spec: { template: { spec: pod } } } };
  return JSON.stringify({ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "a" }, spec });
}

function timesAfter(from: number, waits: string): readonly number[] {
  let time = from;
  return waits.split(" ").flatMap((word) => {
    const [seconds = 0, count = 1] = word.split("x").map(Number);
    return Array.from({ length: count }, () => {
      time += seconds * 1000;
      return time;
    });
  });
}

/** The times that one of the two lists has alone, as far as both go. */
function onlyInOne(a: readonly number[], b: readonly number[]): readonly number[] {
  const end = Math.min(a.at(-1) ?? 0, b.at(-1) ?? 0);
  return [...a.filter((time) => !b.includes(time)), ...b.filter((time) => !a.includes(time))].filter((t) => t <= end);
}

const HALF_A_DAY_MS = 12 * 3_600_000;

/** True near a change of the clocks. */
function isNearChange(time: number, zone: string): boolean {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  const offset = (at: number) => format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value;
  return offset(time - 2 * HALF_A_DAY_MS) !== offset(time + HALF_A_DAY_MS);
}

describe("the next fifty times are those of robfig/cron, or import-dst says when they are not", () => {
  it.each(measured)("$dialect: $pattern", async (each) => {
    for (const [index, { zone, from }] of ASKED.entries()) {
      const options = { timezone: zone, ...(each.dialect === "ofelia" && { flavour: "mcuadros" }) };
      const { schedules, codes } = await importOne(each.dialect, textOf(each, zone), options);
      const mine = (schedules[0] ?? []).map((pattern) => ({ pattern, timezone: zone }));
      const ours = forecast({ schedules: mine, from: new Date(from), count: 50 }).instants.map(Number);
      const theirs = timesAfter(from, each.waits[index] ?? "");
      expect(theirs).toHaveLength(50);
      const isSaid = codes.includes("warning import-dst");
      // Where clocks change by half an hour, it passes over some more; but it adds none.
      const isExpected = (time: number) =>
        isNearChange(time, zone) || (zone === "Australia/Lord_Howe" && ours.includes(time));
      const different = onlyInOne(ours, theirs).filter((time) => !(isSaid && isExpected(time)));
      expect({ zone, different: different.map((time) => new Date(time).toISOString()) }).toEqual({
        zone,
        different: [],
      });
    }
  });
});
