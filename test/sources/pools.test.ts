import { describe, expect, test } from "vitest";
import type { Reading } from "../../src/definition/reading.ts";
import type { Job } from "../../src/job/job.ts";
import { formatProblem } from "../../src/job/problem.ts";
import { emptySnapshot, mergeReadings, type Snapshot } from "../../src/sources/snapshot.ts";
import { aJob } from "../support/a-job.ts";

const NOTHING: ReadonlyMap<string, number> = new Map();

/** `backup:db` is the job backup in the pool db; what follows a second ":" tells versions apart. */
function jobOf(written: string): Job {
  const [name = "", pool = "", hash = "1"] = written.split(":");
  const origin = { source: "files", unit: "a.yml", at: `a.yml, ${name}` } as const;
  return aJob({ name, hash, origin, ...(pool !== "" && { run: { pool } }) });
}

/** `db=2@b.yml` is a pool that b.yml declares; `!b.yml` cannot say which pools it has. */
function reading(...written: readonly string[]): Reading {
  const pools = written
    .filter((word) => word.includes("="))
    .map((word) => {
      const [, name = "", limit, unit = "a.yml"] = /^(\w+)=(\d+)(?:@(.+))?$/.exec(word) ?? [];
      return { name, limit: Number(limit), unit, at: `${unit}:1:8` };
    });
  const brokenPools = written.filter((word) => word.startsWith("!")).map((word) => word.slice(1));
  const jobs = written.filter((word) => /^\w+(:|$)/.test(word) && !word.includes("=")).map(jobOf);
  return { jobs, problems: [], broken: [], pools, brokenPools };
}

function settled(given: ReadonlyMap<string, number> | undefined, ...readings: readonly Reading[]): Snapshot {
  const before: Snapshot = { ...emptySnapshot, ...(given && { givenPools: given }) };
  return readings.reduce((last, each) => mergeReadings(last, [{ source: "files", reading: each }]), before);
}

function shown({ jobs, pools, problems, kept, unread }: Snapshot) {
  return {
    jobs: [...jobs.values()].map(({ name, policies, hash }) => `${name}:${policies.run.pool ?? ""}:${hash}`),
    pools: [...pools].map(([name, limit]) => `${name}=${limit}`),
    says: problems.map(formatProblem),
    ...(kept.size > 0 && { kept: [...kept] }),
    ...(unread.length > 0 && { unread: unread.map(({ job }) => job) }),
  };
}

describe("pools", () => {
  test("of all files and of the setting are one", () => {
    const snapshot = settled(new Map([["mail", 1]]), reading("db=2", "web=3@b.yml", "backup:db", "send:mail"));
    expect(shown(snapshot)).toEqual({
      jobs: ["backup:db:1", "send:mail:1"],
      pools: ["mail=1", "db=2", "web=3"],
      says: [],
    });
  });

  test("that are declared twice with the same number are no problem", () => {
    expect(shown(settled(new Map([["db", 2]]), reading("db=2", "db=2@b.yml")))).toMatchObject({
      pools: ["db=2"],
      says: [],
    });
  });

  test("whose numbers disagree have the smallest, and it is said where", () => {
    expect(shown(settled(new Map([["db", 3]]), reading("db=2", "db=4@b.yml")))).toMatchObject({
      pools: ["db=2"],
      says: [
        "a.yml:1:8: the pool db has 2 slots here, and 3 at --pools; the fewer count: 2 (declare it once, or with the same number)",
        "b.yml:1:8: the pool db has 4 slots here, and 2 at a.yml:1:8; the fewer count: 2 (declare it once, or with the same number)",
      ],
    });
  });

  test("that a file can no longer say stay as they were", () => {
    expect(shown(settled(NOTHING, reading("db=2", "backup:db"), reading("!a.yml", "backup:db")))).toMatchObject({
      jobs: ["backup:db:1"],
      pools: ["db=2"],
    });
  });

  test("that are no longer declared keep their slots while jobs name them, and it is said", () => {
    const snapshot = settled(NOTHING, reading("db=2", "backup:db", "report:db"), reading("backup:db", "report:db"));
    expect(shown(snapshot)).toEqual({
      jobs: ["backup:db:1", "report:db:1"],
      pools: ["db=2"],
      says: [
        "a.yml, backup: the pool db, which is named by backup and 1 more, is no longer declared; it keeps its 2 slots " +
          "(write pools: {db: 2} at the top of a schedule file, or take it from the jobs)",
      ],
    });
    const reading3 = mergeReadings(snapshot, [{ source: "files", reading: reading("backup") }]);
    expect(shown(reading3)).toEqual({ jobs: ["backup::1"], pools: [], says: [] });
  });
});

describe("a job that names a pool which nothing declares", () => {
  const says = [
    "a.yml, backup: the job backup names the pool db, which nothing declares; declared are mail " +
      "(write pools: {db: 2} at the top of a schedule file, or give the scheduler --pools db=2)",
  ];

  test("is a problem, and cannot be read", () => {
    expect(shown(settled(new Map([["mail", 1]]), reading("backup:db")))).toEqual({
      jobs: [],
      pools: ["mail=1"],
      says,
      unread: ["backup"],
    });
  });

  test("goes on as it was before, in another pool or in none", () => {
    for (const before of ["backup::1", "backup:mail:1"])
      expect(shown(settled(new Map([["mail", 1]]), reading(before), reading("backup:db:2")))).toEqual({
        jobs: [before],
        pools: ["mail=1"],
        says,
        kept: ["backup"],
      });
  });

  test("is carried out once the pool is declared", () => {
    expect(shown(settled(NOTHING, reading("backup:db"), reading("backup:db", "db=1")))).toMatchObject({
      jobs: ["backup:db:1"],
      says: [],
    });
  });

  test("is a warning where the pools of the scheduler are not known", () => {
    expect(shown(settled(undefined, reading("backup:db")))).toEqual({
      jobs: ["backup:db:1"],
      pools: [],
      says: [
        "a.yml, backup: warning: the job backup names the pool db, which is not declared here, so the scheduler must know it " +
          "(write pools: {db: 2} at the top of a schedule file, or give the scheduler --pools db=2)",
      ],
    });
  });
});
