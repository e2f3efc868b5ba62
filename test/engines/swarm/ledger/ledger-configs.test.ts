import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  counterConfigName,
  damagedConfigName,
  mayBelongTo,
  recordConfigName,
} from "../../../../src/engines/swarm/ledger/ledger-configs.ts";

/** What Swarm takes for a config's name. */
const allowed = /^[a-zA-Z0-9](?:[a-zA-Z0-9-_.]{0,62}[a-zA-Z0-9])?$/;

/** From few characters, so that pairs run into each other. */
const letters = (longest: number, characters: string) =>
  fc.stringMatching(new RegExp(`^[a-c0-1][${characters}]{0,${longest - 1}}$`));
const instances = letters(32, "a-c_-");
const jobs = letters(63, "a-c_.-");
const pairs = fc.tuple(fc.oneof(instances, letters(3, "a-")), fc.oneof(jobs, letters(3, "a.-")));

describe("the name of a record's config", () => {
  it.each([
    ["shipbell", "backup", "shipbell-backup"],
    ["shipbell", "mysql-backup", "shipbell-mysql-backup"],
    ["a", "b-c", "a-b-c"],
    ["s_1", "b.c", "s_1-b.c"],
  ])("of %s and %s is %s", (instance, job, name) => {
    expect(recordConfigName(instance, job)).toBe(name);
  });

  it.each([
    ["an instance that has a -", "a-b", "c"],
    ["an end that Swarm does not allow", "a", "b-"],
    ["what looks like a hash", "a", "b..c"],
    ["more than 64 characters", "shipbell", "x".repeat(63)],
  ])("ends with a hash for %s", (_why, instance, job) => {
    expect(recordConfigName(instance, job)).toMatch(/\.\.[0-9a-f]{32}$/);
  });

  it("is plain up to 64 characters", () => {
    expect(recordConfigName("shipbell", "x".repeat(55))).toBe(`shipbell-${"x".repeat(55)}`);
  });

  it("is another one for every other pair", () => {
    expect(recordConfigName("a", "b-c")).not.toBe(recordConfigName("a-b", "c"));
    const alike = fc.tuple(pairs, pairs).filter(([[a, b], [c, d]]) => a !== c || b !== d);
    fc.assert(
      fc.property(alike, ([[a, b], [c, d]]) => recordConfigName(a, b) !== recordConfigName(c, d)),
      { numRuns: 2_000 },
    );
  });

  it("is never the one of a counter or of a damaged record, and is one that Swarm takes and the instance knows", () => {
    fc.assert(
      fc.property(pairs, pairs, fc.string(), ([instance, job], [other, otherJob], text) => {
        const record = recordConfigName(instance, job);
        const names = [record, counterConfigName(instance), damagedConfigName(instance, job, text)];
        expect(names.filter((name) => !allowed.test(name) || !mayBelongTo(instance, name))).toEqual([]);
        expect([counterConfigName(other), damagedConfigName(other, otherJob, text)]).not.toContain(record);
      }),
      { numRuns: 2_000 },
    );
  });
});
