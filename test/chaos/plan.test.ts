import { describe, expect, it } from "vitest";
import { FAULT_NAMES, kindOf } from "./fault-kinds.ts";
import { lengthOf, partsOf, planFaults } from "./plan.ts";

const seeds = Array.from({ length: 50 }, (_, seed) => seed);

describe("a plan of faults", () => {
  it("follows from its seed alone", () => {
    expect(planFaults(7, 60)).toEqual(planFaults(7, 60));
    expect(planFaults(7, 60)).not.toEqual(planFaults(8, 60));
  });

  it("of a longer time begins as that of a shorter one", () => {
    const short = planFaults(7, 5);
    expect(planFaults(7, 60).slice(0, short.length)).toEqual(short);
  });

  it("takes as long as it is asked for, and at least one burst", () => {
    for (const seed of seeds) {
      const lengthMs = planFaults(seed, 30).reduce((sum, burst) => sum + lengthOf(burst), 0);
      expect(lengthMs).toBeLessThanOrEqual(30 * 60_000);
      expect(lengthMs).toBeGreaterThan(25 * 60_000);
      expect(planFaults(seed, 0)).toHaveLength(1);
    }
  });

  it("never breaks the same thing twice at once", () => {
    for (const { faults } of seeds.flatMap((seed) => planFaults(seed, 30))) {
      const all = faults.flatMap((fault) => partsOf(fault).map((part) => ({ ...fault, part })));
      const twice = all.filter(({ part, afterMs }, index) =>
        all.slice(0, index).some((other) => other.part === part && other.afterMs + other.lastsMs >= afterMs),
      );
      expect(twice).toEqual([]);
    }
  });

  it("never breaks two managers in one burst", () => {
    for (const { faults } of seeds.flatMap((seed) => planFaults(seed, 30))) {
      expect(faults.filter(({ name }) => name.startsWith("manager-")).length).toBeLessThanOrEqual(1);
    }
  });

  it("of an hour has every kind of fault, within its bounds", () => {
    for (const seed of seeds) {
      const faults = planFaults(seed, 60).flatMap(({ faults }) => faults);
      expect(new Set(faults.map(({ name }) => name))).toEqual(new Set(FAULT_NAMES));
      const wrong = faults.filter(({ name, target, lastsMs }) => {
        const { targets, lastsS } = kindOf(name);
        return !targets.includes(target) || lastsMs < lastsS[0] * 1000 || lastsMs > lastsS[1] * 1000;
      });
      expect(wrong).toEqual([]);
    }
  });
});
