import type { Problem } from "../job/problem.ts";
import { unreadDockerVariables } from "./docker-host.ts";
import { readTraces, type TraceSettings } from "./open-telemetry.ts";
import { didYouMean, plainText } from "./parse-values.ts";
import { type Environment, type Given, type Setting, type Surroundings, variableOf } from "./setting.ts";
import { type SettingName, type SettingValues, settingTable } from "./table.ts";

/**
 * How this scheduler is set up. Each setting has a flag, a `SHIPBELL_*` variable (whose value may also stand in
 * the file that `SHIPBELL_*_FILE` names) and a default, in this order of precedence; `settings/table.ts` has them all.
 */
export interface Settings extends SettingValues {
  /** Those that the operator chose. A default folder or file, unlike a chosen one, need not exist. */
  readonly given: ReadonlySet<SettingName>;
  /** About variables of others: of Docker's tools that are set and not read, and of OpenTelemetry that cannot be used. */
  readonly warnings: readonly Problem[];
  /** Where the traces of runs are sent. Absent: nowhere. */
  readonly traces?: TraceSettings;
}

export { type DockerHost, otherHostOf } from "./docker-host.ts";
export {
  findTraceVariables,
  shownTraces,
  TRACE_VARIABLES,
  type TraceSettings,
  type TraceVariable,
} from "./open-telemetry.ts";
export { commandSocket, reachable } from "./own-address.ts";
export type { ListenAddress } from "./parse-values.ts";
export { type Environment, type Setting, variableOf } from "./setting.ts";
export { type LogLevel, type SettingName, settingTable } from "./table.ts";

/** The flags of a command line, by name; a flag that was given several times has a list. */
export type Flags = Readonly<Record<string, unknown>>;

interface SettingsInput extends Surroundings {
  readonly flags: Flags;
  readonly env: Environment;
  /** Returns the text, or throws. */
  readonly readFile: (path: string) => string;
}

type SettingsRead = { readonly settings: Settings } | { readonly problems: readonly Problem[] };

/** Returns all settings, or everything that is wrong with them. An empty or blank variable counts as not given. */
export function readSettings(input: SettingsInput): SettingsRead {
  const problems = unknownVariables(Object.values(settingTable), input.env);
  const values: Partial<Record<SettingName, unknown>> = {};
  const given = new Set<SettingName>();
  for (const name of Object.keys(settingTable) as SettingName[]) {
    const found = readSetting(settingTable[name], input);
    if (found === undefined) continue;
    if ("message" in found) {
      problems.push(found);
      continue;
    }
    values[name] = found.value;
    if (found.isChosen) given.add(name);
  }
  // The cast is sound: each value comes from its own row, and the table's type ties the row to the setting.
  if (problems.length > 0) return { problems };
  const isHostGiven = given.has("dockerHost") || Boolean(input.env.DOCKER_HOST?.trim());
  const { traces, warnings: aboutTraces } = readTraces(input.env);
  const warnings = [...unreadDockerVariables(input.env, isHostGiven), ...aboutTraces];
  return { settings: { ...(values as unknown as SettingValues), given, warnings, ...(traces && { traces }) } };
}

/**
 * A setting as it is written here, and where; of a secret, what may be shown. Without `text`, it depends on what becomes
 * known later.
 */
export interface SettingFound {
  readonly setting: Setting<unknown>;
  /** `--listen`, `SHIPBELL_LISTEN`, `default`. */
  readonly at: string;
  readonly text?: string;
  readonly wrong?: string;
}

/** The flag that names a file with the value of a secret setting. */
export function fileFlagOf({ flag }: Pick<Setting<unknown>, "flag">): string {
  return `${flag}-file`;
}

/** Returns every setting for display, wrong ones included. */
export function findSettings(input: SettingsInput): readonly SettingFound[] {
  return Object.values(settingTable).map((setting: Setting<unknown>) => {
    const found = readFlag(setting, input) ?? readVariable(setting, input.env, input.readFile);
    const given = found ?? setting.default.find(input);
    if (given === undefined) return { setting, at: "default" };
    if ("message" in given) return { setting, at: given.at, wrong: given.message };
    const parsed = setting.parse(given.text, input);
    const shown = setting.secret === undefined ? given : { ...given, text: setting.secret.shown(given.text) };
    return { setting, ...shown, ...("wrong" in parsed && { wrong: parsed.wrong }) };
  });
}

/** Returns the value, or what is wrong with it; undefined when it is not given and has no default here. */
function readSetting(
  setting: Setting<unknown>,
  input: SettingsInput,
): { readonly value: unknown; readonly isChosen: boolean } | Problem | undefined {
  const chosen = readFlag(setting, input) ?? readVariable(setting, input.env, input.readFile);
  const found = chosen ?? setting.default.find(input);
  if (found === undefined || "message" in found) return found;
  const text = plainText(setting, found.text);
  if (typeof text !== "string") return { at: found.at, ...text };
  const parsed = setting.parse(text, input);
  if ("value" in parsed) return { value: parsed.value, isChosen: chosen !== undefined };
  return { at: found.at, message: parsed.wrong, ...(parsed.hint === undefined ? {} : { hint: parsed.hint }) };
}

function readFlag(
  setting: Setting<unknown>,
  { flags, readFile }: Pick<SettingsInput, "flags" | "readFile">,
): Given | Problem | undefined {
  const at = `--${setting.flag}`;
  const written = flags[setting.flag];
  const file = setting.secret === undefined ? undefined : flags[fileFlagOf(setting)];
  if (file !== undefined) {
    const given = `--${fileFlagOf(setting)}`;
    if (written !== undefined) return { at, message: `is given, and so is ${given}; give one of the two` };
    if (Array.isArray(file)) return { at: given, message: "is given more than once" };
    return readValueFile(given, String(file), readFile);
  }
  if (written === undefined) return undefined;
  const texts = Array.isArray(written) ? written.map(String) : [String(written)];
  if (texts.length > 1 && !setting.isList) return { at, message: "is given more than once" };
  return { at, text: texts.join(",") };
}

const prefix = "SHIPBELL_";

/** The variables that shipbell sets for its jobs. A job may itself be a shipbell command. */
const givenToJobs: readonly string[] = ["JOB", "RUN", "SCHEDULED_AT", "ATTEMPT", "TRIGGER", "AFTER_RUN", "EXEC"].map(
  (name) => prefix + name,
);

/** Returns a setting's value from the environment; undefined when it is absent or blank. */
function readVariable(
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

/** Returns a problem for each variable that has our prefix and no meaning: a misspelt setting would silently not hold. */
function unknownVariables(settings: readonly Setting<unknown>[], env: Environment): Problem[] {
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

/** Kubernetes, and Docker's old links, set such variables in every container for a service whose name begins like ours. */
function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_(HOST|PORT(_.+)?)$/.test(name)) return true;
  if (/_PORT(_\d+_(TCP|UDP|SCTP))?$/.test(name)) return /^(tcp|udp|sctp):\/\//.test(value);
  if (/_PORT_\d+_(TCP|UDP|SCTP)_(ADDR|PORT|PROTO)$/.test(name)) return true;
  return /_NAME$/.test(name) && value.startsWith("/");
}
