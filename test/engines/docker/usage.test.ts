import { expect, it } from "vitest";
import { readUsage } from "../../../src/engines/docker/usage.ts";
import type { Usage } from "../../../src/ledger/record.ts";

const MIB = 1_048_576;
const cpu_stats = { cpu_usage: { total_usage: 2_100_999_999, usage_in_kernelmode: 1 }, throttling_data: {} };
const ended = { cpu_usage: { total_usage: 0 } };

it.each<[string, unknown, Usage | undefined]>([
  [
    "with cgroup v1, memory is without inactive files, and no peak that has them",
    {
      cpu_stats,
      memory_stats: {
        usage: 309 * MIB,
        max_usage: 309 * MIB,
        stats: { total_inactive_file: 300 * MIB, inactive_file: 7 },
      },
    },
    { cpuMs: 2100, peakMemoryBytes: 9 * MIB },
  ],
  [
    "with cgroup v2, it is the same under another name",
    { cpu_stats, memory_stats: { usage: 309 * MIB, stats: { anon: 5, file: 301 * MIB, inactive_file: 300 * MIB } } },
    { cpuMs: 2100, peakMemoryBytes: 9 * MIB },
  ],
  [
    "memory is all of it where the engine does not say what is cached",
    { cpu_stats, memory_stats: { usage: 9 * MIB } },
    { cpuMs: 2100, peakMemoryBytes: 9 * MIB },
  ],
  [
    "memory is all of it where two counts were taken at different times",
    { cpu_stats, memory_stats: { usage: MIB, stats: { inactive_file: 2 * MIB } } },
    { cpuMs: 2100, peakMemoryBytes: MIB },
  ],
  ["a host that does not count memory leaves that figure unknown", { cpu_stats, memory_stats: {} }, { cpuMs: 2100 }],
  [
    "an engine that does not count CPU time leaves that figure unknown",
    { cpu_stats: null, memory_stats: { usage: MIB, stats: null } },
    { peakMemoryBytes: MIB },
  ],
  ["a process that has ended is not one that used nothing", { cpu_stats: ended, memory_stats: {} }, undefined],
  [
    "counts that have gone below zero are not known, as a number and as what 64 bits make of it",
    { cpu_stats: { cpu_usage: { total_usage: -5e6 } }, memory_stats: { usage: 2 ** 64 - 4096 } },
    undefined,
  ],
  [
    "what is cached is not less than nothing",
    { cpu_stats, memory_stats: { usage: 2 * MIB, stats: { inactive_file: -MIB } } },
    { cpuMs: 2100, peakMemoryBytes: 2 * MIB },
  ],
  [
    "half a day of ninety processors is no mistake",
    { cpu_stats: { cpu_usage: { total_usage: 4e15 } } },
    { cpuMs: 4e9 },
  ],
  ["less CPU time than a millisecond says nothing", { cpu_stats: { cpu_usage: { total_usage: 999 } } }, undefined],
  ["an answer without words says nothing", undefined, undefined],
  ["an answer of another form says nothing", { cpu_stats: { cpu_usage: { total_usage: "much" } } }, undefined],
])("%s", (_name, body, expected) => {
  expect(readUsage(body)).toStrictEqual(expected);
});
