import * as z from "zod";
import type { Ulimit } from "../../job/job.ts";
import { parseDuration } from "../values/duration.ts";
import {
  bool,
  byteSize,
  byteSizeOrUnlimited,
  cpus,
  integer,
  listOf,
  mapOf,
  memory,
  scalar,
  textMap,
  wholeNumber,
} from "../values/fields.ts";
import { mustBe } from "../values/issue.ts";
import { devicePath } from "./device-keys.ts";

/** Microseconds: a bare number, as the kernel has them, or a duration. */
const microseconds = scalar({
  expected: "microseconds such as 50000, or a duration such as 50ms",
  read: readMicroseconds,
});

function readMicroseconds(written: string): number | undefined {
  if (/^\d{1,9}$/.test(written)) return Number(written);
  const milliseconds = parseDuration(written);
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 1000);
}

/** As Docker Engine has it; 0 is the default. */
const cpuPeriod = scalar({
  expected: "microseconds from 1000 to 1000000, or a duration from 1ms to 1s",
  read: (written) => {
    const value = readMicroseconds(written);
    return value === 0 || (value !== undefined && value >= 1000 && value <= 1_000_000) ? value : undefined;
  },
});

const cpuQuota = scalar({
  expected: "microseconds from 1000, or a duration from 1ms",
  read: (written) => {
    const value = readMicroseconds(written);
    return value === 0 || (value !== undefined && value >= 1000) ? value : undefined;
  },
});

const cpuset = scalar({
  expected: "CPUs such as 0-3 or 0,2",
  read: (written) => (written.split(",").every(isCpuRange) ? written : undefined),
});

function isCpuRange(written: string): boolean {
  const [, first, last = first] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(written) ?? [];
  return first !== undefined && Number(first) <= Number(last);
}

const limit = scalar({
  expected: "a whole number, or -1 for no limit",
  read: (written) => (/^(?:-1|\d{1,15})$/.test(written) ? Number(written) : undefined),
});

const ulimitKeys = { soft: limit, hard: limit };

const ulimit = z.union([limit.transform((both): Ulimit => ({ soft: both, hard: both })), mapOf(ulimitKeys, "a map")], {
  error: (issue) => mustBe("a number, or a map with soft and hard", issue.input),
});

const ulimits = z.record(z.string(), ulimit, {
  error: (issue) => (issue.code === "invalid_type" ? mustBe("a map such as nofile: 1024", issue.input) : undefined),
});

const weight = integer(10, 1000);
const deviceWeightKeys = { path: devicePath, weight };
const byteRateKeys = { path: devicePath, rate: byteSize };
const rateKeys = { path: devicePath, rate: wholeNumber(1, 999_999_999) };

const weights = listOf(mapOf(deviceWeightKeys, "a map with path and weight"), "a list of maps with path and weight");
const byteRates = listOf(mapOf(byteRateKeys, "a map with path and rate"), "a list of maps with path and rate");
const rates = listOf(mapOf(rateKeys, "a map with path and rate"), "a list of maps with path and rate");

const blkioKeys = {
  weight: weight.nullish(),
  weight_device: weights.nullish(),
  device_read_bps: byteRates.nullish(),
  device_read_iops: rates.nullish(),
  device_write_bps: byteRates.nullish(),
  device_write_iops: rates.nullish(),
};

const pids = scalar({
  expected: "a whole number from 1, or -1 for no limit",
  read: (written) => (/^(?:-1|[1-9]\d{0,8})$/.test(written) ? Number(written) : undefined),
});

/** Older words for what stands under `deploy.resources`, too. */
export const shortResourceKeys = {
  mem_limit: memory.nullish(),
  mem_reservation: memory.nullish(),
  cpus: cpus.nullish(),
  pids_limit: pids.nullish(),
};

/** How much of its host a container may use, beyond the limits that `deploy.resources` has words for. */
export const resourceKeys = {
  memswap_limit: byteSizeOrUnlimited.nullish(),
  mem_swappiness: integer(0, 100).nullish(),
  cpu_shares: integer(0, 262_144).nullish(),
  cpu_quota: cpuQuota.nullish(),
  cpu_period: cpuPeriod.nullish(),
  cpu_rt_runtime: microseconds.nullish(),
  cpu_rt_period: microseconds.nullish(),
  cpu_count: integer(0, 1024).nullish(),
  cpu_percent: integer(0, 100).nullish(),
  cpuset: cpuset.nullish(),
  shm_size: byteSize.nullish(),
  ulimits: ulimits.nullish(),
  oom_score_adj: integer(-1000, 1000).nullish(),
  oom_kill_disable: bool.nullish(),
  blkio_config: mapOf(blkioKeys, "a map with weight, device_read_bps and the like").nullish(),
  storage_opt: textMap("a map of the storage driver's options").nullish(),
};

export const BLKIO_KEYS: readonly string[] = Object.keys(blkioKeys);
export const BLKIO_WEIGHT_KEYS: readonly string[] = Object.keys(deviceWeightKeys);
export const BLKIO_RATE_KEYS: readonly string[] = Object.keys(rateKeys);
export const ULIMIT_KEYS: readonly string[] = Object.keys(ulimitKeys);
