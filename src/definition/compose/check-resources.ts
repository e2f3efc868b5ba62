import { didYouMean, nearestWord } from "../../job/problem.ts";
import type { Issue } from "../values/issue.ts";
import type { JobKeys } from "./job-schema.ts";

/** Keys as they are written, right or wrong. */
export type WrittenKeys = Readonly<Record<string, unknown>>;

/** What Docker Engine would refuse of limits, or silently leave out. */
export function checkResources(keys: Partial<JobKeys>, written: WrittenKeys): Issue[] {
  return [...swapWithoutMemory(keys, written), ...twoCpuLimits(keys), ...softAboveHard(keys), ...unknownUlimits(keys)];
}

function swapWithoutMemory(keys: Partial<JobKeys>, written: WrittenKeys): Issue[] {
  const { memswap_limit, mem_limit, deploy } = keys;
  const memory = deploy?.resources?.limits?.memory ?? mem_limit;
  if (memswap_limit == null || memswap_limit === -1) return [];
  const path = ["memswap_limit"];
  const hint = "it counts memory and swap together";
  // What is wrong may be a limit of memory all the same.
  const isWrong = (key: "mem_limit" | "deploy") => written[key] != null && keys[key] === undefined;
  if (memory == null && (isWrong("mem_limit") || isWrong("deploy"))) return [];
  if (memory == null)
    return [
      { path, on: "key", message: "memswap_limit means nothing without a limit of memory", hint: "add mem_limit" },
    ];
  if (memswap_limit >= memory) return [];
  return [{ path, on: "value", message: "memswap_limit is less than the limit of memory", hint }];
}

/** Two ways to say one thing. */
function twoCpuLimits({ cpus, cpu_quota, cpu_period, deploy }: Partial<JobKeys>): Issue[] {
  const isLimited = cpus != null || deploy?.resources?.limits?.cpus != null;
  const other = cpu_quota != null ? "cpu_quota" : cpu_period != null ? "cpu_period" : undefined;
  if (!isLimited || other === undefined) return [];
  const message = `${other} and a limit of cpus are two ways to say one thing`;
  return [{ path: [other], on: "key", message, hint: "keep cpus" }];
}

function softAboveHard({ ulimits }: Partial<JobKeys>): Issue[] {
  return Object.entries(ulimits ?? {}).flatMap(([name, { soft, hard }]) => {
    if (hard === -1 || (soft !== -1 && soft <= hard)) return [];
    const path = ["ulimits", name];
    return [{ path, on: "value" as const, message: `${path.join(".")} has a soft limit above its hard one` }];
  });
}

/** The kernel's; Docker Engine finds out when it starts the container. */
const ULIMITS: readonly string[] =
  "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(" ");

function unknownUlimits({ ulimits }: Partial<JobKeys>): Issue[] {
  const unknown = Object.keys(ulimits ?? {}).filter((name) => !ULIMITS.includes(name.toLowerCase()));
  return unknown.map((name) => {
    const message = `ulimits.${name} is not a limit that there is`;
    return {
      path: ["ulimits", name],
      on: "key",
      message,
      hint: didYouMean(nearestWord(name, ULIMITS)) ?? `known are ${ULIMITS.join(", ")}`,
    };
  });
}
