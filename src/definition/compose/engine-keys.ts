import type { Declared } from "../../job/declared.ts";
import type { ObjectRef } from "../../job/job.ts";
import { type Issue, part } from "../values/issue.ts";
import type { YamlMap, YamlValue } from "../values/yaml.ts";
import { isExec, NO_EXEC_IN_SWARM } from "./exec-schema.ts";
import { filesBeyondContainers } from "./files-beyond-containers.ts";
import { isGiven, KEY_SUPPORT, type KeySupport } from "./key-support.ts";

/** What a run becomes: a container of one Docker Engine, or a service of a Swarm. */
export type ObjectKind = ObjectRef["kind"];

/**
 * What the engine cannot honour of what a job asks for, by its keys as they were written; they need not be right
 * otherwise. Nothing when it is not known which engine will run the job.
 */
export function checkEngine(written: YamlMap, engine: ObjectKind | undefined, declared: Declared): Issue[] {
  if (engine === undefined) return [];
  const refused = KEY_SUPPORT.flatMap((row) => refusals(row, written, engine));
  const beyond = engine === "service" ? beyondServices(written, declared) : filesBeyondContainers(written, declared);
  return [...refused, ...beyond];
}

function refusals({ key, ...support }: KeySupport, written: YamlMap, engine: ObjectKind): Issue[] {
  const refusal = support[engine];
  if (refusal === undefined) return [];
  return find(written, key.split("."), [])
    .filter(({ value }) => isGiven(value) && (refusal.of?.(value) ?? true))
    .map(({ path, value }) => {
      const name = path.filter((step) => typeof step === "string").join(".");
      // Another value could be honoured.
      const isValue = refusal.of !== undefined && typeof value === "string";
      const message = `${name} cannot be ${isValue ? part(value) : "honoured"}: ${refusal.why}`;
      return { path, on: isValue ? "value" : "key", message, hint: refusal.instead };
    });
}

interface Found {
  readonly path: Issue["path"];
  readonly value: YamlValue;
}

function find(value: YamlValue, steps: readonly string[], path: Issue["path"]): Found[] {
  const [step, ...more] = steps;
  if (step === undefined) return [{ path, value }];
  // One value may stand for a list of one, but never for a map.
  if (typeof value === "string" && step === "*" && more.length === 0) return [{ path, value }];
  if (typeof value !== "object" || value === null) return [];
  return childrenOf(value)
    .filter(([key]) => step === "*" || step === key)
    .flatMap(([key, child]) => find(child, more, [...path, key]));
}

function childrenOf(value: YamlMap | readonly YamlValue[]): (readonly [string | number, YamlValue])[] {
  return Array.isArray(value) ? value.map((child, index) => [index, child]) : Object.entries(value);
}

/** These are about names of networks, which a key cannot tell. */
function beyondServices({ networks, network_mode, launch = null }: YamlMap, declared: Declared): Issue[] {
  const exec: Issue = {
    path: ["launch"],
    on: "value",
    message: NO_EXEC_IN_SWARM,
    hint: "describe a container of its own for the job, or run jobs as plain containers with --engine container",
  };
  const mode = typeof network_mode === "string" ? networkFault(network_mode) : undefined;
  const message = `network_mode cannot be ${part(String(network_mode))}: ${mode?.why}`;
  return [
    ...(isExec({ launch }) ? [exec] : []),
    ...namesIn(networks)
      .filter(({ name }) => !declared.networks.has(name))
      .flatMap(networkBeyondServices),
    ...(mode === undefined ? [] : [{ path: ["network_mode"], on: "value" as const, message, hint: mode.instead }]),
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
  const fault = networkFault(name);
  if (fault === undefined) return [];
  const message = `networks cannot hold ${part(name)}: ${fault.why}`;
  return [{ path: ["networks", step], on: typeof step === "string" ? "key" : "value", message, hint: fault.instead }];
}

function networkFault(name: string): { readonly why: string; readonly instead: string } | undefined {
  if (name === "none")
    return {
      why: "a Swarm service always has a network",
      instead: "name an overlay network that was made with --internal",
    };
  if (name === "default")
    return { why: "a Swarm has no network of that name", instead: "leave it out for the bridge of the node" };
  if (name.startsWith("container:"))
    return {
      why: "a Swarm service cannot use another container's network",
      instead: "name a network that both are on",
    };
  return undefined;
}
