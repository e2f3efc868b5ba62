import type { Problem } from "../job/problem.ts";
import { unreadDockerVariables } from "./docker-host.ts";
import { plainText } from "./plain-text.ts";
import type { Environment, Given, Setting, Surroundings } from "./setting.ts";
import { type SettingName, type SettingValues, settingTable } from "./table.ts";
import { readVariable, unknownVariables } from "./variables.ts";

/**
 * How this scheduler is set up. Each setting has a flag, a `SHIPBELL_*` variable (whose value may also stand in
 * the file that `SHIPBELL_*_FILE` names) and a default, in this order of precedence; `settings/table.ts` has them all.
 */
export interface Settings extends SettingValues {
  /** Those that somebody chose. What is only a default (a folder, a file) may well not be there. */
  readonly given: ReadonlySet<SettingName>;
  /** What is set around it, and not read. */
  readonly warnings: readonly Problem[];
}

export type { DockerHost } from "./docker-host.ts";
export type { ListenAddress } from "./parse-values.ts";
export type { Environment } from "./setting.ts";
export type { LogLevel, SettingName } from "./table.ts";

/** As the command line gives them: by flag; a flag that came several times has a list. */
export type Flags = Readonly<Record<string, unknown>>;

export interface SettingsInput extends Surroundings {
  readonly flags: Flags;
  readonly env: Environment;
  /** Returns the text, or throws. */
  readonly readFile: (path: string) => string;
}

export type SettingsRead = { readonly settings: Settings } | { readonly problems: readonly Problem[] };

/** All settings, or everything that is wrong with them. A variable that is empty, or blank, counts as not given. */
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
  // Each value comes from its own row, and the table's type binds the row to the setting.
  if (problems.length > 0) return { problems };
  const isHostGiven = given.has("dockerHost") || Boolean(input.env.DOCKER_HOST?.trim());
  const warnings = unreadDockerVariables(input.env, isHostGiven);
  return { settings: { ...(values as unknown as SettingValues), given, warnings } };
}

/** What a setting is here, as it is written, and where. Without `text` it depends on what is known later. */
export interface SettingFound {
  readonly setting: Setting<unknown>;
  /** `--listen`, `SHIPBELL_LISTEN`, `default`. */
  readonly at: string;
  readonly text?: string;
  readonly wrong?: string;
}

/** Each setting, for people: none is left out, be it wrong. */
export function findSettings(input: SettingsInput): readonly SettingFound[] {
  return Object.values(settingTable).map((setting: Setting<unknown>) => {
    const found = readFlag(setting, input.flags) ?? readVariable(setting, input.env, input.readFile);
    const given = found ?? setting.default.find(input);
    if (given === undefined) return { setting, at: "default" };
    if ("message" in given) return { setting, at: given.at, wrong: given.message };
    const parsed = setting.parse(given.text, input);
    return { setting, ...given, ...("wrong" in parsed && { wrong: parsed.wrong }) };
  });
}

/** The value, or what is wrong with it; undefined when it is not given and has no default here. */
function readSetting(
  setting: Setting<unknown>,
  input: SettingsInput,
): { readonly value: unknown; readonly isChosen: boolean } | Problem | undefined {
  const chosen = readFlag(setting, input.flags) ?? readVariable(setting, input.env, input.readFile);
  const found = chosen ?? setting.default.find(input);
  if (found === undefined || "message" in found) return found;
  const text = plainText(setting, found.text);
  if (typeof text !== "string") return { at: found.at, ...text };
  const parsed = setting.parse(text, input);
  if ("value" in parsed) return { value: parsed.value, isChosen: chosen !== undefined };
  return { at: found.at, message: parsed.wrong, ...(parsed.hint === undefined ? {} : { hint: parsed.hint }) };
}

function readFlag(setting: Setting<unknown>, flags: Flags): Given | Problem | undefined {
  const at = `--${setting.flag}`;
  const written = flags[setting.flag];
  if (written === undefined) return undefined;
  const texts = Array.isArray(written) ? written.map(String) : [String(written)];
  if (texts.length > 1 && !setting.isList) return { at, message: "is given more than once" };
  return { at, text: texts.join(",") };
}
