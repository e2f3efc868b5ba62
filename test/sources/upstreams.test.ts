import { describe, expect, it } from "vitest";
import type { Job } from "../../src/job/job.ts";
import { formatProblem } from "../../src/job/problem.ts";
import { emptySnapshot, mergeReadings, type Snapshot } from "../../src/sources/snapshot.ts";
import { aJob } from "../support/a-job.ts";

/** `a < b`: a starts after b; `a`: it starts after none. The hash tells the versions of a job apart. */
function jobsOf(...lines: readonly string[]): readonly Job[] {
  return lines.map((line) => {
    const [name = "", upstream] = line.split(" < ");
    const after = upstream === undefined ? {} : { after: { job: upstream, on: "succeeded" } as const };
    return aJob({ name, hash: line, schedules: [], ...after, origin: { source: "files", unit: "f", at: `f:${name}` } });
  });
}

function read(before: Snapshot, lines: readonly string[], broken: readonly { unit: string; job?: string }[] = []) {
  return mergeReadings(before, [{ source: "files", reading: { jobs: jobsOf(...lines), problems: [], broken } }]);
}

const inWords = ({ problems }: Snapshot) => problems.map(formatProblem);
const declared = ({ jobs }: Snapshot) => [...jobs.values()].map(({ hash }) => hash).sort();

describe("jobs that start after each other in a circle", () => {
  it("are refused, with the path", () => {
    const snapshot = read(emptySnapshot, ["a < c", "b < a", "c < b", "d < c", "e"]);
    expect(inWords(snapshot)).toEqual([
      "f:a: the job a would start itself again and again by after: a → b → c → a (take after away from one of them)",
      "f:c: the job c would start itself again and again by after: c → a → b → c (take after away from one of them)",
      "f:b: the job b would start itself again and again by after: b → c → a → b (take after away from one of them)",
    ]);
    expect(declared(snapshot)).toEqual(["d < c", "e"]);
    expect(snapshot.unread, "what a scheduler knew of them before stays").toEqual(
      ["a", "c", "b"].map((job) => ({ source: "files", unit: "f", job })),
    );
  });

  it("are refused also where a job on each node starts after that of one", () => {
    const jobs = jobsOf("clean < clean.host-1").map((job): Job => ({ ...job, eachNode: { constraints: [] } }));
    const snapshot = mergeReadings(emptySnapshot, [{ source: "files", reading: { jobs, problems: [], broken: [] } }]);
    expect(inWords(snapshot)).toMatchObject([expect.stringContaining("clean → clean")]);
  });

  it("are refused also where a job starts after itself", () => {
    expect(inWords(read(emptySnapshot, ["a < a"]))).toMatchObject([expect.stringContaining("a → a")]);
  });

  it("stand by their last good definitions, where these are no circle; what was not changed is in force", () => {
    const good = read(emptySnapshot, ["a", "b < a", "c < b"]);
    const circular = read(good, ["a < c", "b < a", "c < b"]);
    expect(declared(circular)).toEqual(["a", "b < a", "c < b"]);
    expect([...circular.kept]).toEqual(["a"]);
    expect(inWords(circular)).toEqual([expect.stringMatching(/^f:a: .*a → b → c → a/)]);
    expect(declared(read(circular, ["a < c", "b < a", "c < b"])), "however often it is read").toEqual(
      declared(circular),
    );
    const mended = read(circular, ["a", "b < a", "c < b"]);
    expect(inWords(mended)).toEqual([]);
    expect([...mended.kept]).toEqual([]);
  });

  it("never come about from last good definitions of different times", () => {
    const first = read(emptySnapshot, ["a < b", "b"]);
    const second = read(first, ["a < b", "b < a"]);
    expect(declared(second)).toEqual(["a < b", "b"]);
    const third = read(second, ["a", "b < a"]);
    expect(declared(third)).toEqual(["a", "b < a"]);
    expect(declared(read(third, ["a < b", "b < a"]))).toEqual(["a", "b < a"]);
  });
});

describe("a job that starts after one that is not declared", () => {
  it("stays, with a warning that says what may have been meant", () => {
    const snapshot = read(emptySnapshot, ["a < dmp", "dump"]);
    expect(inWords(snapshot)).toEqual([
      "f:a: warning: after of the job a names dmp, which is not declared: no end of it will start the job (did you mean dump?)",
    ]);
    expect(declared(snapshot)).toEqual(["a < dmp", "dump"]);
  });

  it("stays without one while something that cannot be read may declare it", () => {
    expect(inWords(read(emptySnapshot, ["a < dump"], [{ unit: "other", job: "dump" }]))).toEqual([]);
  });

  it("is warned of where that is a job on each node, and may start after that of one node", () => {
    const [clean, ...others] = jobsOf("clean", "a < clean", "b < clean.host-1", "c < tidy.host-1");
    const jobs = [{ ...(clean as Job), eachNode: { constraints: [] } }, ...others];
    const snapshot = mergeReadings(emptySnapshot, [{ source: "files", reading: { jobs, problems: [], broken: [] } }]);
    expect(inWords(snapshot)).toEqual([
      "f:a: warning: after of the job a names clean, which is a job on each node: no end of it will start the job (name that of one node, such as clean.NODE)",
      expect.stringContaining("names tidy.host-1, which is not declared"),
    ]);
  });

  it("is warned of once the other one is gone", () => {
    const snapshot = read(read(emptySnapshot, ["a < dump", "dump"]), ["a < dump"]);
    expect(inWords(snapshot)).toHaveLength(1);
  });
});
