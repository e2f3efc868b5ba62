import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { objectName, runId } from "../../src/runs/names.ts";

const start = { trigger: "schedule", scheduledAt: new Date("2026-11-18T03:00:00Z") } as const;

describe("names", () => {
  it("are made of job, occurrence and attempt", () => {
    expect(runId("backup", start)).toBe("backup-20261118t030000z");
    expect(objectName("shipbell", "backup-20261118t030000z", 1)).toBe("backup-20261118t030000z-1");
  });

  it("tell a manual start from the occurrence of the same second, and two of them apart", () => {
    const ids = [
      runId("backup", start),
      runId("backup", { ...start, wish: "k3f" }),
      runId("backup", { ...start, wish: "p9a" }),
    ];
    expect(new Set(ids).size).toBe(3);
  });

  it("put the instance first, unless it is the default one", () => {
    expect(objectName("staging", "backup-20261118t030000z", 2)).toBe("staging-backup-20261118t030000z-2");
  });

  it("keep jobs apart whose names differ only in what cannot stand in a service's name", () => {
    expect(runId("a.b", start)).not.toBe(runId("a-b", start));
    expect(runId("a.b", start)).toMatch(/^a-b-[0-9a-f]{6}-20261118t030000z$/);
  });

  it("are always DNS-safe and at most 63 characters", () => {
    const job = fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,62}$/);
    const instance = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,31}$/);
    fc.assert(
      fc.property(
        job,
        instance,
        fc.option(fc.stringMatching(/^[a-z0-9]{6}$/), { nil: undefined }),
        (name, inst, wish) => {
          const id = runId(name, { ...start, ...(wish && { wish }) });
          expect(objectName(inst, id, 1)).toMatch(/^[a-z0-9][a-z0-9_-]{0,62}$/);
          expect(objectName("shipbell", id, 100).length).toBeLessThanOrEqual(63);
        },
      ),
    );
  });
});
