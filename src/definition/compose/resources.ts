import * as z from "zod";
import type { Limits, Reservations, Ulimit } from "../../job/job.ts";
import { didYouMean, nearestWord } from "../../job/problem.ts";
import { byteSize, byteSizeOrUnlimited, memory } from "../values/byte-size.ts";
import { parseDuration } from "../values/duration.ts";
import { bool, cpus, integer, listOf, mapOf, scalar, textMap, wholeNumber } from "../values/fields.ts";
import { given } from "../values/given.ts";
import { type Issue, mustBe } from "../values/issue.ts";
import type { YamlMap } from "../values/yaml.ts";
import { devicePath, reservedDeviceKeys } from "./devices.ts";
import { containersOnly, type KeyGroup, LEAVE_OUT, swarmOnly } from "./key-group.ts";

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

/** The range that Docker Engine takes; 0 is the default. */
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

const pids = scalar({
  expected: "a whole number from 1, or -1 for no limit",
  read: (written) => (/^(?:-1|[1-9]\d{0,8})$/.test(written) ? Number(written) : undefined),
});

const ulimitValue = scalar({
  expected: "a whole number, or -1 for no limit",
  read: (written) => (/^(?:-1|\d{1,15})$/.test(written) ? Number(written) : undefined),
});

const ulimitKeys = { soft: ulimitValue, hard: ulimitValue };

const ulimit = z.union(
  [ulimitValue.transform((both): Ulimit => ({ soft: both, hard: both })), mapOf(ulimitKeys, "a map")],
  { error: (issue) => mustBe("a number, or a map with soft and hard", issue.input) },
);

const ulimits = z.record(z.string(), ulimit, {
  error: (issue) => (issue.code === "invalid_type" ? mustBe("a map such as nofile: 1024", issue.input) : undefined),
});

const weight = integer(10, 1000);
const weightKeys = { path: devicePath, weight };
const byteRateKeys = { path: devicePath, rate: byteSize };
const rateKeys = { path: devicePath, rate: wholeNumber(1, 999_999_999) };

const weights = listOf(mapOf(weightKeys, "a map with path and weight"), "a list of maps with path and weight");
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

/** Older words for what `deploy.resources` says, too. */
const shortKeys = {
  mem_limit: memory.nullish(),
  mem_reservation: memory.nullish(),
  cpus: cpus.nullish(),
  pids_limit: pids.nullish(),
};

/** What `deploy.resources` has no words for. */
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

const limitKeys = { cpus: cpus.nullish(), memory: memory.nullish(), pids: wholeNumber(1, 999_999_999).nullish() };
const reservationKeys = { cpus: cpus.nullish(), memory: memory.nullish(), ...reservedDeviceKeys };
const deployedKeys = {
  limits: mapOf(limitKeys, "a map with cpus, memory or pids").nullish(),
  reservations: mapOf(reservationKeys, "a map with cpus or memory").nullish(),
};

/** `deploy.resources`. */
export const deployedResources = mapOf(deployedKeys, "a map with limits or reservations");

type OwnKeys = z.output<z.ZodObject<typeof shortKeys & typeof resourceKeys>>;

/** All keys that speak of resources, wherever they stand. */
type Keys = Partial<OwnKeys> & {
  readonly deploy?: { readonly resources?: z.output<typeof deployedResources> | null | undefined } | null | undefined;
};

/** That the two ways to write a limit do not differ has been checked. */
export function makeLimits({ deploy, mem_limit, cpus, pids_limit }: Keys): Limits {
  const limits = deploy?.resources?.limits;
  return {
    ...given("cpus", limits?.cpus ?? cpus),
    ...given("memoryBytes", limits?.memory ?? mem_limit),
    ...given("pids", limits?.pids ?? pids_limit),
  };
}

export function makeReservations({ deploy, mem_reservation }: Keys): Reservations {
  const { cpus, memory } = deploy?.resources?.reservations ?? {};
  return { ...given("cpus", cpus), ...given("memoryBytes", memory ?? mem_reservation) };
}

/** Finds what Docker Engine would refuse, or silently ignore. */
function checkResources(keys: Keys, written: YamlMap): Issue[] {
  return [
    ...writtenTwice(keys),
    ...reservedAboveLimit(keys),
    ...swapWithoutMemory(keys, written),
    ...twoCpuLimits(keys),
    ...softAboveHard(keys),
    ...unknownUlimits(keys),
  ];
}

/** As in Compose, two words for one thing may not differ. */
function writtenTwice({ mem_limit, mem_reservation, cpus, pids_limit, deploy }: Keys): Issue[] {
  const { limits, reservations } = deploy?.resources ?? {};
  const pairs = [
    ["mem_limit", mem_limit, "limits.memory", limits?.memory],
    ["mem_reservation", mem_reservation, "reservations.memory", reservations?.memory],
    ["cpus", cpus, "limits.cpus", limits?.cpus],
    ["pids_limit", pids_limit, "limits.pids", limits?.pids],
  ] as const;
  return pairs.flatMap(([key, value, other, otherValue]): Issue[] => {
    if (value == null || otherValue == null || value === otherValue) return [];
    const message = `${key} differs from deploy.resources.${other}, which means the same`;
    return [{ path: [key], on: "key", message, hint: "keep one of them" }];
  });
}

/** Docker Engine refuses it, and a Swarm would look for a node with memory that may not be used. */
function reservedAboveLimit({ mem_limit, mem_reservation, deploy }: Keys): Issue[] {
  const limit = deploy?.resources?.limits?.memory ?? mem_limit;
  const deployed = deploy?.resources?.reservations?.memory;
  const reserved = deployed ?? mem_reservation;
  if (limit == null || reserved == null || reserved <= limit) return [];
  const path = deployed == null ? ["mem_reservation"] : ["deploy", "resources", "reservations", "memory"];
  const message = `${path.join(".")} is more than the limit of memory`;
  return [{ path, on: "value", message, hint: "lower it, or raise the limit" }];
}

function swapWithoutMemory(keys: Keys, written: YamlMap): Issue[] {
  const { memswap_limit, mem_limit, deploy } = keys;
  const memory = deploy?.resources?.limits?.memory ?? mem_limit;
  if (memswap_limit == null || memswap_limit === -1) return [];
  const path = ["memswap_limit"];
  // What is not valid may be a limit of memory all the same.
  const isInvalid = (key: "mem_limit" | "deploy") => written[key] != null && keys[key] === undefined;
  if (memory == null && (isInvalid("mem_limit") || isInvalid("deploy"))) return [];
  if (memory == null) {
    const message = "memswap_limit means nothing without a limit of memory";
    return [{ path, on: "key", message, hint: "add mem_limit" }];
  }
  if (memswap_limit >= memory) return [];
  const message = "memswap_limit is less than the limit of memory";
  return [{ path, on: "value", message, hint: "it counts memory and swap together" }];
}

function twoCpuLimits({ cpus, cpu_quota, cpu_period, deploy }: Keys): Issue[] {
  const isLimited = cpus != null || deploy?.resources?.limits?.cpus != null;
  const other = cpu_quota != null ? "cpu_quota" : cpu_period != null ? "cpu_period" : undefined;
  if (!isLimited || other === undefined) return [];
  const message = `${other} and a limit of cpus are two ways to say one thing`;
  return [{ path: [other], on: "key", message, hint: "keep cpus" }];
}

function softAboveHard({ ulimits }: Keys): Issue[] {
  return Object.entries(ulimits ?? {}).flatMap(([name, { soft, hard }]): Issue[] => {
    if (hard === -1 || (soft !== -1 && soft <= hard)) return [];
    return [{ path: ["ulimits", name], on: "value", message: `ulimits.${name} has a soft limit above its hard one` }];
  });
}

/** The kernel's limits; Docker Engine only looks at them when it starts the container. */
const ULIMITS: readonly string[] =
  "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(" ");

function unknownUlimits({ ulimits }: Keys): Issue[] {
  const unknown = Object.keys(ulimits ?? {}).filter((name) => !ULIMITS.includes(name.toLowerCase()));
  return unknown.map((name) => {
    const message = `ulimits.${name} is not a limit that the kernel has`;
    const hint = didYouMean(nearestWord(name, ULIMITS)) ?? `known are ${ULIMITS.join(", ")}`;
    return { path: ["ulimits", name], on: "key", message, hint };
  });
}

const LIMITS = "knows no limits of a service but those of memory, cpus, pids and ulimits";
const USE_LIMITS = "use deploy.resources.limits";

/** How much of its host a container may use. */
export const resourceGroup = {
  keys: { ...shortKeys, ...resourceKeys },
  inner: {
    "ulimits.*": Object.keys(ulimitKeys),
    blkio_config: Object.keys(blkioKeys),
    "blkio_config.weight_device": Object.keys(weightKeys),
    "blkio_config.device_read_bps": Object.keys(byteRateKeys),
    "blkio_config.device_read_iops": Object.keys(rateKeys),
    "blkio_config.device_write_bps": Object.keys(byteRateKeys),
    "blkio_config.device_write_iops": Object.keys(rateKeys),
    "deploy.resources": Object.keys(deployedKeys),
    "deploy.resources.limits": Object.keys(limitKeys),
    "deploy.resources.reservations": Object.keys(reservationKeys),
  },
  userNamed: ["ulimits", "storage_opt"],
  support: [
    ...[
      ...["memswap_limit", "mem_swappiness"],
      ...["cpu_shares", "cpu_quota", "cpu_period", "cpu_rt_runtime", "cpu_rt_period"],
      ...["cpu_count", "cpu_percent", "cpuset"],
    ].map((key) => containersOnly(key, LIMITS, USE_LIMITS)),
    ...["oom_kill_disable", "blkio_config", "storage_opt"].map((key) => containersOnly(key, LIMITS, LEAVE_OUT)),
    swarmOnly("deploy.resources.reservations.cpus", "reserves CPUs"),
  ],
  check: checkResources,
} satisfies KeyGroup<Keys>;
