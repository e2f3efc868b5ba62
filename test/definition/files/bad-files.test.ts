import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatProblem } from "../../../src/job/problem.ts";
import { doubtOf } from "../../../src/schedule/crontab/doubt.ts";
import { checkSchedule } from "../../../src/schedule/timetable.ts";
import { parse } from "../parse.ts";
import { badFiles } from "./bad-files.ts";

const folder = new URL("../../fixtures/bad/", import.meta.url);

test("every bad file is in the table", () => {
  expect(readdirSync(folder).sort()).toEqual(Object.keys(badFiles).sort());
});

test.each(Object.entries(badFiles))("%s is told in these words", (path, { says, lives, broken }) => {
  const text = readFileSync(new URL(path, folder), "utf8");
  const reading = parse(text, { path, checkSchedule, doubtSchedule: doubtOf });
  expect(reading.problems.map(formatProblem)).toEqual(says.map((line) => `${path}:${line}`));
  expect(reading.jobs.map(({ name }) => name)).toEqual(lives);
  expect(reading.broken.map(({ job }) => job ?? "the whole file")).toEqual(broken);
});
