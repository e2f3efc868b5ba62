import { type Issue, part } from "../values/issue.ts";
import { normalizePath } from "../values/normalize-path.ts";
import { checkResources, type WrittenKeys } from "./check-resources.ts";
import type { JobKeys } from "./job-schema.ts";

/** What is wrong between keys that are right by themselves. Of the keys that are `written`, the wrong ones are left out. */
export function checkTemplate(keys: Partial<JobKeys>, written: WrittenKeys = keys): Issue[] {
  return [
    ...sameTargets(keys),
    ...sameMounts(keys),
    ...ownHostInAnother(keys),
    ...twoLimits(keys),
    ...reservedAboveLimit(keys),
    ...networkThatStandsAlone(keys),
    ...modeBesideNetworks(keys),
    ...checkResources(keys, written),
  ];
}

/** Of two files in one place, one would hide the other. */
function sameTargets({ secrets, configs }: Partial<JobKeys>): Issue[] {
  const files = Object.entries({ secrets, configs }).flatMap(([kind, list]) =>
    (list ?? []).map(({ source, target }, index) => ({ kind, source, target, index })),
  );
  const byTarget = new Map(files.toReversed().map((file) => [file.target, file]));
  return files.flatMap((file) => {
    const { kind, source, target, index } = file;
    const first = byTarget.get(target);
    if (first === undefined || first === file) return [];
    const message = `${kind} puts ${part(source)} at ${part(target)}, where ${part(first.source)} of ${first.kind} is already`;
    return [{ path: [kind, index], on: "value" as const, message, hint: "give one of them another target" }];
  });
}

/** Docker Engine refuses a second mount in one place. (A tmpfs it puts above it.) */
function sameMounts({ volumes }: Partial<JobKeys>): Issue[] {
  const places = (volumes ?? []).map(({ target }) => normalizePath(target));
  const first = new Map(places.map((place, index) => [place, index] as const).reverse());
  return (volumes ?? []).flatMap(({ target }, index) => {
    if (first.get(places[index] ?? "") === index) return [];
    const message = `volumes mounts something at ${part(target)}, where something else is mounted already`;
    return [{ path: ["volumes", index], on: "value" as const, message, hint: "give one of them another target" }];
  });
}

/** What is the host's, or another container's, cannot be set for this one alone: Docker Engine refuses it. */
function ownHostInAnother({
  network_mode,
  networks,
  uts,
  hostname,
  mac_address,
  dns,
  extra_hosts,
}: Partial<JobKeys>): Issue[] {
  const names = [network_mode, ...(networks ?? []).map(({ name }) => name)];
  const isShared = names.some((name) => name?.startsWith("container:"));
  const given = Object.entries({ hostname, mac_address, dns, extra_hosts }).flatMap(([key, value]) =>
    value == null ? [] : key,
  );
  const foreign = isShared ? given : uts === "host" ? given.filter((key) => key === "hostname") : [];
  return foreign.map((key) => {
    const whose = isShared ? "the job uses another container's network" : "with uts: host it has the host's name";
    return { path: [key], on: "key", message: `${key} cannot be set: ${whose}`, hint: "keep one of them" };
  });
}

/** Two words for one thing; as in Compose, they may not differ. */
function twoLimits({ mem_limit, mem_reservation, cpus, pids_limit, deploy }: Partial<JobKeys>): Issue[] {
  const { limits, reservations } = deploy?.resources ?? {};
  return [
    ...differing("mem_limit", mem_limit, "limits.memory", limits?.memory),
    ...differing("mem_reservation", mem_reservation, "reservations.memory", reservations?.memory),
    ...differing("cpus", cpus, "limits.cpus", limits?.cpus),
    ...differing("pids_limit", pids_limit, "limits.pids", limits?.pids),
  ];
}

type Amount = number | null | undefined;

function differing(key: string, value: Amount, other: string, otherValue: Amount): Issue[] {
  if (value == null || otherValue == null || value === otherValue) return [];
  const message = `${key} differs from deploy.resources.${other}, which means the same`;
  return [{ path: [key], on: "key", message, hint: "keep one of them" }];
}

/** Docker Engine refuses it, and a Swarm would find a node for memory that may not be used. */
function reservedAboveLimit({ mem_limit, mem_reservation, deploy }: Partial<JobKeys>): Issue[] {
  const limit = deploy?.resources?.limits?.memory ?? mem_limit;
  const below = deploy?.resources?.reservations?.memory;
  const reserved = below ?? mem_reservation;
  if (limit == null || reserved == null || reserved <= limit) return [];
  const path = below == null ? ["mem_reservation"] : ["deploy", "resources", "reservations", "memory"];
  const message = `${path.join(".")} is more than the limit of memory`;
  return [{ path, on: "value", message, hint: "lower it, or raise the limit" }];
}

/** These are no networks that a container could be connected to beside others. */
function networkThatStandsAlone({ networks }: Partial<JobKeys>): Issue[] {
  const names = (networks ?? []).map(({ name }) => name);
  const alone = names.find((name) => name === "host" || name === "none" || name.startsWith("container:"));
  if (alone === undefined || names.length === 1) return [];
  const message = `networks cannot hold ${part(alone)} beside others`;
  return [{ path: ["networks"], on: "value", message, hint: `leave out ${part(alone)}, or the others` }];
}

function modeBesideNetworks({ network_mode, networks }: Partial<JobKeys>): Issue[] {
  if (network_mode == null || networks == null || networks.length === 0) return [];
  const message = "network_mode stands in the place of networks: there cannot be both";
  return [{ path: ["network_mode"], on: "key", message, hint: "keep one of them" }];
}
