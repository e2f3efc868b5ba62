import { withHostPaths } from "../bind-volumes.ts";
import { nameOfCommand } from "../command-name.ts";
import {
  type Entry,
  type FileValue,
  type Finding,
  type FindingCode,
  type ImportSettings,
  literal,
  type Quote,
  TO_DO,
} from "../imported.ts";
import { splitBashWords } from "./bash-words.ts";
import type { Definition } from "./config.ts";
import { readDockerArgs } from "./docker-args.ts";
import { type CrontabFlavour, readSchedule } from "./schedule.ts";

export interface CrontabSettings extends ImportSettings {
  readonly flavour: CrontabFlavour;
}

type Fields = Readonly<Record<string, FileValue>>;
type Warn = (code: FindingCode, message: string, more?: { readonly key?: string; readonly hint?: string }) => void;

/** What keeps a job from being imported. */
interface Refusal {
  readonly code: FindingCode;
  readonly refused: string;
  readonly hint?: string;
}

/** Makes entries of a job of docker-crontab's: one for itself, and one for each that it triggers. */
export function entriesOf(
  definition: Definition,
  quotes: readonly Quote[],
  settings: CrontabSettings,
): readonly Entry[] {
  const { fields, place } = definition;
  const ref = `${place.line}:${place.column}`;
  const job = jobOf(definition, quotes, settings);
  const triggers = Array.isArray(fields.trigger) ? (fields.trigger as readonly FileValue[]) : [];
  const [only] = triggers;
  if (only !== undefined && triggers.length === 1) {
    const after = { ref, of: nameOf(definition) };
    return [job.kind === "job" ? { ...job, ref } : job, jobOf({ fields: fieldsOf(only), place }, [], settings, after)];
  }
  const triggered = triggers.map((trigger): Entry => {
    const message = `"${textIn(fieldsOf(trigger), "command") ?? ""}" runs when ${nameOf(definition)} has succeeded, one after the other with those before it`;
    const hint = "make one command of them, or a job with after: for each";
    return { kind: "not-imported", place, quotes: [], findings: [{ code: "import-lifecycle", place, message, hint }] };
  });
  return [job, ...triggered];
}

/** The job whose success starts one that has no schedule. */
interface After {
  readonly ref: string;
  readonly of: string;
}

function jobOf(definition: Definition, quotes: readonly Quote[], settings: CrontabSettings, after?: After): Entry {
  const { fields, place } = definition;
  const findings: Finding[] = [];
  const warn: Warn = (code, message, more = {}) =>
    findings.push({ code, place, message, severity: "warning", ...more });
  const refuse = ({ code, refused: message, hint }: Refusal): Entry => ({
    kind: "not-imported",
    place,
    quotes,
    findings: [...findings, { code, place, message, ...(hint !== undefined && { hint }) }],
  });
  const [schedule, command] = [textIn(fields, "schedule"), textIn(fields, "command")];
  if (schedule === undefined && after === undefined)
    return refuse({ code: "import-schedule", refused: "it has no schedule: docker-crontab passes over it" });
  if (command === undefined)
    return refuse({ code: "import-line", refused: "it has no command: docker-crontab passes over it" });
  const when = after === undefined ? whenOf(schedule ?? "", settings, warn) : undefined;
  if (when !== undefined && "refused" in when) return refuse(when);
  if (after !== undefined)
    warn(
      "import-overlap",
      `docker-crontab runs it in the script of ${after.of}, which does not start again meanwhile; here it does`,
      {
        key: "overlap",
      },
    );
  const process = processOf(fields, command, settings, warn);
  if ("refused" in process) return refuse(process);
  if (textIn(fields, "onstart") === "true")
    warn("import-lifecycle", "it also runs when docker-crontab starts; here it runs by its schedule alone");
  for (const key of Object.keys(fields).filter((each) => !KNOWN.has(each)))
    warn("import-unknown", `docker-crontab knows no key "${key}"`);
  const name = textIn(fields, "name");
  return {
    kind: "job",
    name: nameOf(definition),
    ...(name !== undefined && { isNamed: true as const }),
    place,
    quotes,
    findings,
    keys: { ...when, overlap: process.overlap, catch_up: "none", ...process.keys },
    ...(after && { after: { ref: after.ref, on: "succeeded" as const } }),
  };
}

function whenOf(
  schedule: string,
  settings: CrontabSettings,
  warn: Warn,
): { readonly schedule: string; readonly timezone: string } | Refusal {
  const read = readSchedule(schedule, settings.flavour);
  if ("wrong" in read) return refusal("import-line", `docker-crontab does not run "${schedule}": ${read.wrong}`);
  // Its image has no time zones.
  const timezone = settings.zone.isGiven ? settings.zone.name : "UTC";
  const wrong = read.schedules.map((each) => settings.checkSchedule(each, timezone)).find((each) => each !== undefined);
  if (wrong !== undefined) return refusal("import-schedule", wrong);
  for (const note of read.notes) warn(note.code, note.message, { key: "schedule" });
  const [first = ""] = read.schedules;
  return { schedule: first, timezone };
}

const KNOWN: ReadonlySet<string> = new Set(
  "name comment schedule command image project container dockerargs trigger onstart volumes ports expose network networks environment".split(
    " ",
  ),
);

interface Process {
  readonly overlap: "forbid" | "allow";
  readonly keys: Readonly<Record<string, FileValue>>;
}

/** crond starts no line whose script runs still; a script ends at once if its container is detached. */
function processOf(fields: Fields, command: string, settings: CrontabSettings, warn: Warn): Process | Refusal {
  const image = textIn(fields, "image");
  if (image !== undefined) return containerOf(fields, { image, command, settings }, warn);
  const container = textIn(fields, "container");
  if (container !== undefined) return execOf(fields, { container, command, settings }, warn);
  warn("import-local", "docker-crontab runs this command in itself, by bash; here it gets a container of its own");
  if (settings.image === undefined)
    warn("import-image", "the image that has the command is not known: it is TODO, which check refuses", {
      key: "image",
      hint: "--image IMAGE",
    });
  return {
    overlap: "forbid",
    keys: {
      image: settings.image ?? TO_DO,
      entrypoint: [],
      command: ["/bin/bash", "-c", literal(command)],
    },
  };
}

function containerOf(
  fields: Fields,
  {
    image,
    command,
    settings,
  }: { readonly image: string; readonly command: string; readonly settings: CrontabSettings },
  warn: Warn,
): Process | Refusal {
  const args = argsOf(fields, "run", warn);
  if ("refused" in args) return args;
  const words = wordsOf(command, warn);
  if ("refused" in words) return words;
  const environment = [...listIn(args.keys, "environment"), ...listIn(fields, "environment").map(literal)];
  const volumes = [...((args.keys.volumes ?? []) as readonly FileValue[]), ...withHostPaths(listIn(fields, "volumes"))];
  const network = textIn(fields, "network");
  const networks = [...listIn(args.keys, "networks"), ...listIn(fields, "networks"), ...(network ? [network] : [])];
  const left = [...args.left, ...["ports", "expose"].filter((key) => listIn(fields, key).length > 0)];
  if (left.length > 0) warn("import-key", `left out: ${left.join(", ")}; a run has none of these`);
  const isNamed = args.isNamed || textIn(fields, "name") !== undefined || settings.flavour === "simplicityguy";
  return {
    overlap: args.isDetached && !isNamed ? "allow" : "forbid",
    keys: {
      image: filledIn(image, warn, "image"),
      ...(words.words.length > 0 && { command: words.words }),
      ...args.keys,
      ...(environment.length > 0 && { environment }),
      ...(volumes.length > 0 && { volumes }),
      ...(networks.length > 0 && { networks }),
    },
  };
}

function execOf(
  fields: Fields,
  { container, command }: { readonly container: string; readonly command: string; readonly settings: CrontabSettings },
  warn: Warn,
): Process | Refusal {
  const args = argsOf(fields, "exec", warn);
  if ("refused" in args) return args;
  const words = wordsOf(command, warn);
  if ("refused" in words) return words;
  const project = textIn(fields, "project");
  if (project !== undefined)
    warn(
      "import-replicas",
      `docker-crontab runs it in each container of ${container}, one after the other; here it runs in one, the first that is running`,
      { key: "service", hint: "make a job for each, with container: and its name" },
    );
  const target =
    project === undefined
      ? { container: filledIn(container, warn, "container") }
      : { service: filledIn(container, warn, "service"), project: literal(project) };
  return {
    overlap: args.isDetached ? "allow" : "forbid",
    keys: { launch: "exec", ...target, command: words.words, ...args.keys },
  };
}

function argsOf(fields: Fields, command: "run" | "exec", warn: Warn) {
  const written = textIn(fields, "dockerargs") ?? "";
  const split = splitBashWords(written);
  if ("wrong" in split) return refusal("import-key", `the options "${written}" are not followed: ${split.wrong}`);
  const args = readDockerArgs(split.words, command);
  if ("unknown" in args)
    return refusal(
      "import-key",
      `docker ${command} gets the option ${args.unknown}, and what it does is not translated`,
    );
  sayVariables(split.variables, "dockerargs", warn);
  if (args.keys.env_file !== undefined)
    warn("import-env", "docker reads this file in docker-crontab itself; here the scheduler reads it", {
      key: "env_file",
    });
  return args;
}

function wordsOf(command: string, warn: Warn) {
  const split = splitBashWords(command);
  if ("wrong" in split)
    return refusal(
      "import-local",
      `${split.wrong}: bash runs that in docker-crontab itself, and only what stands before it runs in the container`,
      "put all of it into quotes: sh -c '…'",
    );
  sayVariables(split.variables, "command", warn);
  if (split.output !== undefined)
    warn("import-output", `the output goes to ${split.output} in docker-crontab itself; shipbell logs it`, {
      key: "command",
    });
  return split;
}

function refusal(code: FindingCode, refused: string, hint?: string): Refusal {
  return { code, refused, ...(hint !== undefined && { hint }) };
}

/** envsubst fills in names, with and without braces. */
function filledIn(text: string, warn: Warn, key: string): string {
  const names = [...text.matchAll(/\$(?:(\w+)|\{(\w+)\})/g)].map(([, a, b]) => a ?? b ?? "");
  sayVariables(names, key, warn);
  return literal(text).replaceAll(/\$\$(?:(\w+)|\{(\w+)\})/g, (_, a, b) => `$\{${a ?? b}}`);
}

function sayVariables(names: readonly string[], key: string, warn: Warn): void {
  if (names.length === 0) return;
  const all = [...new Set(names)].join(", ");
  const message = `${all} ${names.length > 1 ? "are variables" : "is a variable"} of docker-crontab's own environment: here of the scheduler's`;
  warn("import-variables", message, key === "dockerargs" ? {} : { key });
}

function nameOf({ key, fields }: Definition): string {
  const isKey = key !== undefined && key !== "null" && key !== "";
  return textIn(fields, "name") ?? (isKey ? key : nameOfCommand(textIn(fields, "command") ?? ""));
}

function fieldsOf(value: FileValue): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** As jq prints it: null is a text that its script takes for nothing. */
function textIn(fields: Fields, key: string): string | undefined {
  const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
  return typeof value === "string" && value !== "null" ? value : undefined;
}

function listIn(fields: Fields, key: string): readonly string[] {
  const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
