import { describe, expect, test } from "vitest";
import { type Broken, emptyReading, type Reading } from "../../src/definition/reading.ts";
import type { Job, SourceName } from "../../src/job/job.ts";
import { type Answer, emptySnapshot, mergeReadings, type Snapshot } from "../../src/sources/snapshot.ts";
import { aJob } from "../support/a-job.ts";

/** `backup@a.yml` is the job backup of the unit a.yml; what follows a second "@" tells versions apart. */
function jobOf(written: string, source: SourceName): Job {
  const [name = "", unit = "", hash = "1"] = written.split("@");
  return aJob({ name, hash, origin: { source, unit, at: `${unit}:${name}` } });
}

/** A unit is broken as `!a.yml`, a job of it as `!backup@a.yml`; each with a problem. */
function reading(source: SourceName, ...written: string[]): Answer {
  const jobs = written.filter((word) => !word.startsWith("!")).map((word) => jobOf(word, source));
  const broken = written.filter((word) => word.startsWith("!")).map(brokenOf);
  const problems = broken.map(({ unit }) => ({ at: unit, message: "broken" }));
  return { source, reading: { jobs, problems, broken } satisfies Reading };
}

function brokenOf(written: string): Broken {
  const [job = "", unit] = written.slice(1).split("@");
  return unit === undefined ? { unit: job } : { unit, job };
}

const failure = { at: "schedule files", message: "cannot be read" };
const merge = (...answers: Answer[]) =>
  answers.reduce((before, answer) => mergeReadings(before, [answer]), emptySnapshot);
const shownJobs = ({ jobs }: Snapshot) =>
  [...jobs.values()].map(({ name, origin, hash }) => `${name}@${origin.unit}@${hash}`).sort();

describe("what cannot be read keeps its last good version", () => {
  test.each<[string, string[], string[], string[]]>([
    ["a broken job", ["a@x@1", "b@x@1"], ["!a@x", "b@x@2"], ["a@x@1", "b@x@2"]],
    ["each job of a broken unit", ["a@x", "b@x", "c@y"], ["!x", "c@y"], ["a@x@1", "b@x@1", "c@y@1"]],
    ["a job of a half-read unit", ["a@x@1", "b@x"], ["a@x@2", "!x"], ["a@x@2", "b@x@1"]],
    ["nothing that is gone from a unit that is read well", ["a@x", "b@x"], ["a@x"], ["a@x@1"]],
    ["nothing of a unit that is gone", ["a@x", "b@y"], ["b@y"], ["b@y@1"]],
    ["nothing of another unit", ["a@x", "b@y"], ["!a@y", "b@y"], ["b@y@1"]],
    ["no job that was broken from the start", [], ["!a@x", "b@x"], ["b@x@1"]],
  ])("%s", (_what, first, second, expected) => {
    expect(shownJobs(merge(reading("files", ...first), reading("files", ...second)))).toEqual(expected);
  });

  test("for as long as it is broken, and no longer", () => {
    const broken = merge(reading("files", "a@x@1"), reading("files", "!x"), reading("files", "!x"));
    expect([...broken.kept]).toEqual(["a"]);
    const mended = mergeReadings(broken, [reading("files", "a@x@2")]);
    expect(shownJobs(mended)).toEqual(["a@x@2"]);
    expect(mended).toMatchObject({ kept: new Set(), problems: [] });
  });

  test("a source that fails keeps everything, and says so", () => {
    const before = merge(reading("files", "a@x", "!b@x"), reading("containers", "c@box"));
    const after = mergeReadings(before, [{ source: "files", failure }]);
    expect(shownJobs(after)).toEqual(["a@x@1", "c@box@1"]);
    expect(after.problems).toEqual([{ ...failure, source: "files" }]);
    expect([...after.kept]).toEqual(["a"]);
  });

  test("a job that was kept through a failure is still kept when its unit turns out broken", () => {
    const after = merge(reading("files", "a@x"), { source: "files", failure }, reading("files", "!x"));
    expect(shownJobs(after)).toEqual(["a@x@1"]);
  });
});

describe("a name declared twice", () => {
  test.each<[string, Answer[], string, string]>([
    ["files win over services", [reading("services", "a@s"), reading("files", "a@f")], "a@f@1", "services"],
    ["files win over containers", [reading("containers", "a@c"), reading("files", "a@f")], "a@f@1", "files"],
    ["services win over containers", [reading("containers", "a@c"), reading("services", "a@s")], "a@s@1", "containers"],
    ["within a source the first wins", [reading("containers", "a@old", "a@new")], "a@old@1", "containers"],
    [
      "who held the name holds it while it cannot be read",
      [reading("files", "a@x"), reading("files", "!x", "a@y")],
      "a@x@1",
      "files",
    ],
  ])("%s", (_what, answers, winner) => {
    const snapshot = merge(...answers);
    expect(shownJobs(snapshot)).toEqual([winner]);
    const last = snapshot.problems.at(-1);
    expect(last?.message).toBe(`the job a is already declared by ${winner.split("@")[1]}:a, which counts`);
  });

  test("both places are named, in a problem of the source that does not count", () => {
    expect(merge(reading("files", "a@f"), reading("containers", "a@c")).problems).toEqual([
      {
        source: "containers",
        at: "c:a",
        message: "the job a is already declared by f:a, which counts",
        hint: "give one of them another name",
      },
    ]);
  });

  test("the other takes over when the first is gone", () => {
    const both = merge(reading("files", "a@f"), reading("containers", "a@c"));
    expect(shownJobs(mergeReadings(both, [reading("files")]))).toEqual(["a@c@1"]);
  });
});

describe("what has no last good version", () => {
  const x = { source: "files", unit: "x" };
  test.each<[string, Answer[], object[]]>([
    ["is nothing when all is read well", [reading("files", "a@x")], []],
    ["is nothing that has a last good version", [reading("files", "a@x"), reading("files", "!a@x")], []],
    ["is a job that has none", [reading("files", "!a@x", "b@x")], [{ ...x, job: "a" }]],
    ["is a unit that has none", [reading("files", "!x")], [x]],
    [
      "is each of them",
      [reading("files", "!x"), reading("services", "!a@web")],
      [x, { source: "services", unit: "web", job: "a" }],
    ],
    ["is a source that was never read", [{ source: "files", failure }], [{ source: "files" }]],
    [
      "is nothing of a source that was read before it failed",
      [reading("files", "a@x"), { source: "files", failure }],
      [],
    ],
    ["is what was read badly before its source failed", [reading("files", "!x"), { source: "files", failure }], [x]],
    ["is nothing again, when it is mended", [reading("files", "!x"), reading("files")], []],
  ])("%s", (_what, answers, unread) => expect(merge(...answers).unread).toEqual(unread));
});

test("sources that did not answer stay as they were", () => {
  const before = merge(reading("files", "a@x"), reading("containers", "b@box"));
  const after = mergeReadings(before, [{ source: "containers", reading: emptyReading }]);
  expect(shownJobs(after)).toEqual(["a@x@1"]);
});
