import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { objectName, runId } from "../../src/job/names.ts";

const start = { trigger: "schedule", scheduledAt: new Date("2026-11-18T03:00:00Z") } as const;
const nameOf = (instance: string, job: string, attempt = 1) => objectName(instance, runId(job, start), attempt);

describe("names", () => {
  it("are made of job, occurrence and attempt", () => {
    expect(runId("backup", start)).toBe("backup-20261118t030000z");
    expect(objectName("shipbell", "backup-20261118t030000z", 1)).toBe("backup-20261118t030000z-1");
  });

  it("tell a manual start from the occurrence of the same second, and two of them apart", () => {
    const ids = [
      runId("backup", start),
      runId("backup", { ...start, request: "k3f" }),
      runId("backup", { ...start, request: "p9a" }),
    ];
    expect(new Set(ids).size).toBe(3);
  });

  it("put the instance first, unless it is the default one", () => {
    expect(objectName("staging", "backup-20261118t030000z", 2)).toBe("staging--backup-20261118t030000z-2");
  });

  it("keep jobs apart whose names differ only in what cannot stand in a service's name", () => {
    expect(runId("a.b", start)).not.toBe(runId("a-b", start));
    expect(runId("a.b", start)).toMatch(/^a-b__[0-9a-f]{10}-20261118t030000z$/);
  });

  it("keep the job, as far as there is room, and the occurrence readable where they are too long", () => {
    expect(nameOf("a-quite-long-name-of-an-instance", "nightly-backup-of-the-shop")).toMatch(
      /^a-quite-long-n-nightly-backup-of__[0-9a-f]{10}-20261118t030000z-1$/,
    );
  });

  it.each<[string, readonly [string, string], readonly [string, string]]>([
    ["a job that begins like an instance", ["shipbell", "shop-backup"], ["shop", "backup"]],
    ["with the mark in the job's name", ["shipbell", "shop--backup"], ["shop", "backup"]],
    ["with the mark in the instance's name", ["a--b", "c"], ["a", "b--c"]],
    ["with half of the mark at the end", ["a-", "b"], ["a", "-b"]],
    ["with the hash's mark", ["shipbell", "a__0123456789"], ["a", "0123456789"]],
    ["that instance and job divide elsewhere", ["a-b", "c"], ["a", "b-c"]],
    ["of two long instances", [`${"x".repeat(31)}1`, "y".repeat(40)], [`${"x".repeat(31)}2`, "y".repeat(40)]],
    ["of two long jobs", ["shipbell", `${"x".repeat(60)}1`], ["shipbell", `${"x".repeat(60)}2`]],
  ])("of two pairs of instance and job are not the same: %s", (_what, one, other) => {
    expect(nameOf(...one)).not.toBe(nameOf(...other));
  });

  it("of a job that is named like the cut name of another one are not the same", () => {
    for (const job of ["a.b", "x".repeat(63), "a--b", "a__b"]) {
      const id = runId(job, start);
      expect(runId(id.slice(0, id.lastIndexOf("-")), start)).not.toBe(id);
      expect(nameOf("shipbell", id.slice(0, id.lastIndexOf("-")))).not.toBe(nameOf("shipbell", job));
    }
  });

  const job = fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,62}$/);
  const instance = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,31}$/);

  it("are always DNS-safe and at most 63 characters", () => {
    fc.assert(
      fc.property(
        job,
        instance,
        fc.option(fc.stringMatching(/^[a-z0-9]{6}$/), { nil: undefined }),
        (name, inst, request) => {
          const id = runId(name, { ...start, ...(request && { request }) });
          expect(objectName(inst, id, 1)).toMatch(/^[a-z0-9](?:[-_]*[a-z0-9]+)*$/);
          expect(objectName(inst, id, 1).length).toBeLessThanOrEqual(63);
          expect(objectName("shipbell", id, 100).length).toBeLessThanOrEqual(63);
        },
      ),
    );
  });

  it("are different for every two pairs of instance and job", () => {
    // Few letters, so that they meet where they can.
    const short = (least: string, most: number) => fc.stringMatching(new RegExp(`^[as]${least}{0,${most}}$`));
    const pair = fc.tuple(fc.oneof(fc.constant("shipbell"), short("[as_-]", 5)), short("[as._-]", 7));
    fc.assert(
      fc.property(pair, pair, ([instance, job], [otherInstance, otherJob]) => {
        fc.pre(instance !== otherInstance || job !== otherJob);
        expect(nameOf(instance, job)).not.toBe(nameOf(otherInstance, otherJob));
      }),
      { numRuns: 5000 },
    );
  });
});
