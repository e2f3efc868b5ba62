import type { Issue } from "./issue.ts";
import type { JobKeys } from "./job-schema.ts";

/** What is wrong between keys that are right by themselves. */
export function checkTemplate(keys: JobKeys): Issue[] {
  return [...sameTargets(keys), ...twoLimits(keys), ...reservedAboveLimit(keys), ...networkThatStandsAlone(keys)];
}

/** Of two files in one place, one would hide the other. */
function sameTargets({ secrets, configs }: JobKeys): Issue[] {
  const files = Object.entries({ secrets, configs }).flatMap(([kind, list]) =>
    (list ?? []).map(({ source, target }, index) => ({ kind, source, target, index })),
  );
  return files.flatMap(({ kind, source, target, index }, position) => {
    const first = files.slice(0, position).find((other) => other.target === target);
    if (first === undefined) return [];
    const message = `${kind} puts ${source} at ${target}, where ${first.source} of ${first.kind} is already`;
    return [{ path: [kind, index], on: "value" as const, message, hint: "give one of them another target" }];
  });
}

/** Two words for one thing; as in Compose, they may not differ. */
function twoLimits({ mem_limit, cpus, deploy }: JobKeys): Issue[] {
  const limits = deploy?.resources?.limits;
  return [
    ...differing("mem_limit", mem_limit, "memory", limits?.memory),
    ...differing("cpus", cpus, "cpus", limits?.cpus),
  ];
}

type Amount = number | null | undefined;

function differing(key: string, value: Amount, limit: string, other: Amount): Issue[] {
  if (value == null || other == null || value === other) return [];
  const message = `${key} differs from deploy.resources.limits.${limit}, which means the same`;
  return [{ path: [key], on: "key", message, hint: "keep one of them" }];
}

/** Docker Engine refuses it, and a Swarm would find a node for memory that may not be used. */
function reservedAboveLimit({ mem_limit, deploy }: JobKeys): Issue[] {
  const limit = deploy?.resources?.limits?.memory ?? mem_limit;
  const reserved = deploy?.resources?.reservations?.memory;
  if (limit == null || reserved == null || reserved <= limit) return [];
  const path = ["deploy", "resources", "reservations", "memory"];
  return [
    {
      path,
      on: "value",
      message: `${path.join(".")} is more than the limit of memory`,
      hint: "lower it, or raise the limit",
    },
  ];
}

/** These are no networks that a container could be connected to beside others. */
function networkThatStandsAlone({ networks }: JobKeys): Issue[] {
  const alone = networks?.find((name) => name === "host" || name === "none" || name.startsWith("container:"));
  if (alone === undefined || networks?.length === 1) return [];
  const message = `networks cannot hold ${alone} beside others`;
  return [{ path: ["networks"], on: "value", message, hint: `leave out ${alone}, or the others` }];
}
