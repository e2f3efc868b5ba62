import { findSettings, findTraceVariables, type SettingFound, variableOf } from "../../settings/settings.ts";
import type { Command } from "../command.ts";
import { appearanceOf, wrap } from "../terminal/appearance.ts";
import { readFormat, sentencesOption } from "../terminal/format-option.ts";
import { exitCodes } from "../terminal/terminal.ts";

/** All settings with their values here: with these flags and this environment. */
export const settingsCommand: Command = {
  usage: "settings",
  describe: "Settings that all commands take, with their values here",
  options: sentencesOption,
  async run(args, terminal) {
    const format = readFormat(args, terminal, "text");
    if (format === undefined) return exitCodes.usage;
    const settings = findSettings({ ...terminal, flags: args });
    if (format === "json") {
      const ofTraces = findTraceVariables(terminal.env).map(traceJson);
      terminal.out(JSON.stringify([...settings.map(settingJson), ...ofTraces], null, 2));
      return exitCodes.ok;
    }
    const { columns, paint } = appearanceOf(terminal);
    for (const found of settings) {
      const { flag, placeholder, describe } = found.setting;
      terminal.out(`${paint("strong", `--${flag} ${placeholder}`)}  ${variableOf(found.setting)}`);
      terminal.out(`    ${wrap(`${describe.replaceAll("`", "")}.`, columns - 4, "    ")}`);
      terminal.out(`    ${wrap(`Now: ${valueWords(found)}`, columns - 4, "    ")}`);
    }
    for (const found of findTraceVariables(terminal.env)) {
      terminal.out(paint("strong", found.variable.name));
      terminal.out(`    ${wrap(`${found.variable.describe}.`, columns - 4, "    ")}`);
      terminal.out(`    ${wrap(`Now: ${traceWords(found)}`, columns - 4, "    ")}`);
    }
    return exitCodes.ok;
  },
};

function valueWords({ setting, at, text, wrong }: SettingFound): string {
  if (wrong !== undefined) return `${at}: ${wrong}`;
  if (text === undefined) return `${setting.default.text.replaceAll("`", "")} (default)`;
  return `${text} (${at})`;
}

type TraceVariableFound = ReturnType<typeof findTraceVariables>[number];

function traceWords({ variable, at, text, wrong }: TraceVariableFound): string {
  return wrong === undefined ? `${text ?? variable.default} (${at})` : `${at}: ${wrong}`;
}

/** They have no flags. */
function traceJson({ variable, at, text, wrong }: TraceVariableFound): Record<string, unknown> {
  const { name, describe, default: otherwise } = variable;
  const value = text !== undefined && { value: text };
  return { variable: name, describe, default: otherwise, ...value, from: at, ...(wrong !== undefined && { wrong }) };
}

function settingJson({ setting, at, text, wrong }: SettingFound): Record<string, unknown> {
  return {
    flag: `--${setting.flag}`,
    variable: variableOf(setting),
    describe: setting.describe.replaceAll("`", ""),
    default: setting.default.text.replaceAll("`", ""),
    ...(text !== undefined && { value: text }),
    from: at,
    ...(wrong !== undefined && { wrong }),
  };
}
