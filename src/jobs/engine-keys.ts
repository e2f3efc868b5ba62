import type { Issue } from "./issue.ts";
import type { ObjectRef } from "./job.ts";
import type { YamlMap, YamlValue } from "./yaml-value.ts";

/** What a run becomes: a container of one Docker Engine, or a service of a Swarm. */
export type ObjectKind = ObjectRef["kind"];

/**
 * What the engine cannot honour of what a job asks for, by its keys as they were written; they need not be right
 * otherwise. Nothing when it is not known which engine will run the job.
 */
export function checkEngine(written: YamlMap, engine: ObjectKind | undefined): Issue[] {
  if (engine === undefined) return [];
  return engine === "service" ? beyondServices(written) : beyondContainers(written);
}

function beyondServices({ volumes_from, networks, launch }: YamlMap): Issue[] {
  const exec: Issue = {
    path: ["launch"],
    on: "value",
    message: "launch: exec cannot be honoured: a Swarm cannot run a command in a container that is there already",
    hint: "describe a container of its own for the job, or run jobs as plain containers with --engine container",
  };
  const volumesFrom: Issue = {
    path: ["volumes_from"],
    on: "key",
    message: "volumes_from cannot be honoured: a Swarm service cannot use another container's volumes",
    hint: "name the volumes under volumes",
  };
  return [
    ...(launch === "exec" ? [exec] : []),
    ...(isGiven(volumes_from) ? [volumesFrom] : []),
    ...namesIn(networks).flatMap(networkBeyondServices),
  ];
}

interface Named {
  readonly name: string;
  readonly step: string | number;
}

/** A list of networks, or a map of them. */
function namesIn(networks: YamlValue | undefined): Named[] {
  if (typeof networks !== "object" || networks === null) return [];
  if (!Array.isArray(networks)) return Object.keys(networks).map((name) => ({ name, step: name }));
  return networks.flatMap((name, step) => (typeof name === "string" ? [{ name: name.trim(), step }] : []));
}

function networkBeyondServices({ name, step }: Named): Issue[] {
  const [why, hint] = networkFault(name) ?? [];
  if (why === undefined || hint === undefined) return [];
  const message = `networks cannot hold ${name}: ${why}`;
  return [{ path: ["networks", step], on: typeof step === "string" ? "key" : "value", message, hint }];
}

function networkFault(name: string): readonly [why: string, hint: string] | undefined {
  if (name === "none")
    return ["a Swarm service always has a network", "name an overlay network that was made with --internal"];
  if (name === "default") return ["a Swarm has no network of that name", "leave it out for the bridge of the node"];
  if (name.startsWith("container:"))
    return ["a Swarm service cannot use another container's network", "name a network that both are on"];
  return undefined;
}

const RUN_AS_SERVICES = "run jobs as services with --engine swarm";

function beyondContainers({ secrets, configs, deploy }: YamlMap): Issue[] {
  const stored = Object.entries({ secrets, configs }).filter(([, value]) => isGiven(value));
  const placement = within(deploy, "placement");
  const choosesNode = isGiven(within(placement, "constraints")) || isGiven(within(placement, "preferences"));
  const cpus = within(within(within(deploy, "resources"), "reservations"), "cpus");
  return [
    ...stored.map(([key]) => onlySwarm([key], "keeps them", `mount a file under volumes, or ${RUN_AS_SERVICES}`)),
    ...(choosesNode ? [onlySwarm(["deploy", "placement"], "has nodes to choose from")] : []),
    ...(isGiven(cpus) ? [onlySwarm(["deploy", "resources", "reservations", "cpus"], "reserves CPUs")] : []),
  ];
}

function onlySwarm(path: readonly string[], does: string, hint = `leave it out, or ${RUN_AS_SERVICES}`): Issue {
  const message = `${path.join(".")} cannot be honoured: only a Swarm ${does}, and jobs run as plain containers here`;
  return { path, on: "key", message, hint };
}

function within(value: YamlValue | undefined, key: string): YamlValue | undefined {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as YamlMap)[key] : undefined;
}

/** Empty lists and maps ask for nothing. */
function isGiven(value: YamlValue | undefined): boolean {
  if (typeof value !== "object" || value === null) return value !== null && value !== undefined;
  return Object.keys(value).length > 0;
}
