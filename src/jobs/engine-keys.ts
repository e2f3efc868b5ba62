import { brokenKey, type Declared } from "./declared.ts";
import type { Issue } from "./issue.ts";
import type { ObjectRef } from "./job.ts";
import type { YamlMap, YamlValue } from "./yaml-value.ts";

/** What a run becomes: a container of one Docker Engine, or a service of a Swarm. */
export type ObjectKind = ObjectRef["kind"];

/**
 * What the engine cannot honour of what a job asks for, by its keys as they were written; they need not be right
 * otherwise. Nothing when it is not known which engine will run the job.
 */
export function checkEngine(written: YamlMap, engine: ObjectKind | undefined, declared: Declared): Issue[] {
  if (engine === undefined) return [];
  return engine === "service" ? beyondServices(written, declared) : beyondContainers(written, declared);
}

function beyondServices({ volumes_from, networks }: YamlMap, declared: Declared): Issue[] {
  const volumesFrom: Issue = {
    path: ["volumes_from"],
    on: "key",
    message: "volumes_from cannot be honoured: a Swarm service cannot use another container's volumes",
    hint: "name the volumes under volumes",
  };
  const undeclared = namesIn(networks).filter(({ name }) => !declared.networks.has(name));
  return [...(isGiven(volumes_from) ? [volumesFrom] : []), ...undeclared.flatMap(networkBeyondServices)];
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

/** What a plain container can have of secrets and configs: those of which the file says what they hold. */
function filesBeyondContainers(kind: "secrets" | "configs", files: YamlValue | undefined, declared: Declared): Issue[] {
  if (!Array.isArray(files)) return [];
  const broken = declared.broken.has(brokenKey(kind));
  const kept: Issue[] = [];
  const fixed: Issue[] = [];
  for (const [index, file] of files.entries()) {
    const source = typeof file === "string" ? file : within(file, "source");
    if (typeof source !== "string" || broken || declared.broken.has(brokenKey(kind, source))) continue;
    const content = declared[kind].get(source)?.content;
    if (content?.from === "file") fixed.push(...asOnTheHost([kind, index], file));
    if (content !== undefined || kept.length > 0) continue;
    const hint = `declare ${source} under ${kind} at the top of the file, with what it holds, or ${RUN_AS_SERVICES}`;
    kept.push(onlySwarm([kind], "keeps them", hint));
  }
  return [...kept, ...fixed];
}

function asOnTheHost(path: Issue["path"], file: YamlValue): Issue[] {
  const given = ["uid", "gid", "mode"].filter((key) => isGiven(within(file, key)));
  return given.map((key) => {
    const message = `${path[0]}.${key} cannot be honoured: the file is mounted, and stays as it is on the host`;
    return { path: [...path, key], on: "key", message, hint: `leave it out, or ${RUN_AS_SERVICES}` };
  });
}

const RUN_AS_SERVICES = "run jobs as services with --engine swarm";

function beyondContainers({ secrets, configs, deploy }: YamlMap, declared: Declared): Issue[] {
  const placement = within(deploy, "placement");
  const choosesNode = isGiven(within(placement, "constraints")) || isGiven(within(placement, "preferences"));
  const cpus = within(within(within(deploy, "resources"), "reservations"), "cpus");
  return [
    ...filesBeyondContainers("secrets", secrets, declared),
    ...filesBeyondContainers("configs", configs, declared),
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
