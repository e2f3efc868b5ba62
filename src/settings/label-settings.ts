import { DEFAULT_LABEL_RULES, type LabelRules } from "../job/label-rules.ts";
import { oneOf, splitList } from "./parse-values.ts";
import { always, type Parsed, type Setting } from "./setting.ts";

/** Which labels are read, and what jobs they may declare: rows of the table of settings. */
export const labelSettings: { readonly [Name in keyof LabelRules]: Setting<LabelRules[Name]> } = {
  labelPrefix: {
    flag: "label-prefix",
    placeholder: "PREFIX",
    describe: "What labels that declare jobs begin with: PREFIX.schedule",
    default: always(DEFAULT_LABEL_RULES.labelPrefix),
    parse: parsePrefix,
  },
  allowObjects: {
    flag: "allow-objects",
    placeholder: "GLOBS",
    describe: "Names of the containers or services whose labels may declare jobs: `*` is any text, `?` one character",
    isList: true,
    default: always("*"),
    parse: parseGlobs,
  },
  allowObjectLabels: {
    flag: "allow-object-labels",
    placeholder: "GLOBS",
    describe: "Labels of which a container or service must have one to declare jobs: KEY, or KEY=VALUE",
    isList: true,
    default: always("*"),
    parse: parseGlobs,
  },
  allowStacks: {
    flag: "allow-stacks",
    placeholder: "GLOBS",
    describe: "Stacks, or Compose projects, whose services may declare jobs; `?*` is any, but not none",
    isList: true,
    default: always("*"),
    parse: parseGlobs,
  },
  allowImages: {
    flag: "allow-images",
    placeholder: "GLOBS",
    describe: "Images that jobs in labels may run",
    isList: true,
    default: always("*"),
    parse: parseGlobs,
  },
  allowExec: {
    flag: "allow-exec",
    placeholder: "BOOL",
    describe: "Whether jobs in labels may run inside a container that is running: true, false",
    default: always(String(DEFAULT_LABEL_RULES.allowExec)),
    parse: parseBool,
  },
};

function parseGlobs(text: string): Parsed<readonly string[]> {
  const globs = splitList(text);
  return globs.length > 0
    ? { value: globs }
    : { wrong: "names nothing", hint: "write * for all; to read no labels at all, set sources to files" };
}

const OURS = "shipbell";

/** One dot-separated name after the other. What begins with ours and goes on would be read by every other scheduler. */
function parsePrefix(text: string): Parsed<string> {
  if (!/^[a-z0-9]+([._-]+[a-z0-9]+)*$/.test(text)) {
    const wrong = `"${text}" cannot begin labels: allowed are lower-case letters and digits, with ".", "_" and "-" between them`;
    return { wrong, ...(text.endsWith(".") && { hint: "leave out the dot at the end" }) };
  }
  if (!text.startsWith(`${OURS}.`)) return { value: text };
  const wrong = `"${text}" cannot begin labels: a scheduler with the default prefix would read them as its own`;
  return { wrong, hint: `write ${text.slice(OURS.length + 1)}, or com.example.${text}` };
}

function parseBool(text: string): Parsed<boolean> {
  const parsed = oneOf(["true", "false"])(text.toLowerCase());
  return "value" in parsed ? { value: parsed.value === "true" } : parsed;
}
