import type { Problem } from "../job/problem.ts";
import { didYouMean } from "./parse-values.ts";
import { type Environment, type Given, type Setting, variableOf } from "./setting.ts";

const prefix = "SHIPBELL_";

/** What a job's process finds in its environment; a job may well be a shipbell command. */
const givenToJobs: readonly string[] = ["JOB", "RUN", "SCHEDULED_AT", "ATTEMPT", "TRIGGER", "EXEC"].map(
  (name) => prefix + name,
);

/** What stands in the environment for a setting; undefined when nothing does, or only blanks. */
export function readVariable(
  setting: Setting<unknown>,
  env: Environment,
  readFile: (path: string) => string,
): Given | Problem | undefined {
  const variable = variableOf(setting);
  const text = env[variable]?.trim() || undefined;
  const path = env[`${variable}_FILE`]?.trim() || undefined;
  if (text !== undefined && path !== undefined) {
    return { at: variable, message: `is given, and so is ${variable}_FILE; give one of the two` };
  }
  if (path !== undefined) return readValueFile(`${variable}_FILE`, path, readFile);
  return text === undefined ? undefined : { at: variable, text };
}

function readValueFile(at: string, path: string, readFile: (path: string) => string): Given | Problem {
  try {
    const text = readFile(path).trim();
    return text === "" ? { at, message: `${path} is empty` } : { at: `${at} (${path})`, text };
  } catch (error) {
    return { at, message: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Variables that carry our prefix and mean nothing: most likely a slip, so the setting meant would silently not hold. */
export function unknownVariables(settings: readonly Setting<unknown>[], env: Environment): Problem[] {
  const known = settings.map(variableOf).flatMap((variable) => [variable, `${variable}_FILE`]);
  const allowed = new Set([...known, ...givenToJobs]);
  return Object.keys(env)
    .filter((name) => name.startsWith(prefix) && !allowed.has(name) && !isServiceLink(name, env[name] ?? ""))
    .sort()
    .map((at) => ({ at, message: "there is no such setting", ...listOrNearest(at, known) }));
}

function listOrNearest(written: string, known: readonly string[]): { hint: string } {
  const { hint } = didYouMean(written, known);
  return {
    hint: hint ?? `known are ${known.filter((name) => !name.endsWith("_FILE")).join(", ")}, each also with _FILE`,
  };
}

/** Kubernetes, and Docker's old links, tell every container in this form about a service whose name begins like ours. */
function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_(HOST|PORT(_.+)?)$/.test(name)) return true;
  if (/_PORT(_\d+_(TCP|UDP|SCTP))?$/.test(name)) return /^(tcp|udp|sctp):\/\//.test(value);
  if (/_PORT_\d+_(TCP|UDP|SCTP)_(ADDR|PORT|PROTO)$/.test(name)) return true;
  return /_NAME$/.test(name) && value.startsWith("/");
}
