import { expect, test } from "vitest";
import { givenOf } from "../../../src/definition/values/given.ts";

interface Part {
  readonly cpuShares?: number;
  readonly cpuRtPeriod?: number;
}

test("a part of a template has the keys that were given, under their names there", () =>
  expect(givenOf<Part>({ cpu_shares: 73, cpu_rt_period: null }, ["cpu_shares", "cpu_rt_period"])).toEqual({
    cpuShares: 73,
  }));

test("a part of which nothing was given is absent, so that it does not change a job's hash", () =>
  expect(givenOf<Part>({ cpu_shares: undefined }, ["cpu_shares"])).toBeUndefined());

test("the compiler refuses a key of the schema that the template has no field for", () => {
  // @ts-expect-error Part has no cpuQuota.
  expect(givenOf<Part>({ cpu_shares: 73 }, ["cpu_shares", "cpu_quota"])).toEqual({ cpuShares: 73 });
});
