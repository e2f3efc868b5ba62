import { isMap } from "yaml";
import { isWarning } from "../../../job/problem.ts";
import { withoutTriggers } from "../../files/triggers.ts";
import type { Issue } from "../../values/issue.ts";
import type { YamlMap } from "../../values/yaml.ts";
import { withHostPaths } from "../bind-volumes.ts";
import { clockChanges } from "../clock-changes.ts";
import { type Dialect, type PatternNote, readPattern } from "../fields.ts";
import type {
  Entry,
  FileValue,
  Finding,
  FindingCode,
  Imported,
  ImportSettings,
  Quote,
  SourceText,
} from "../imported.ts";
import { readNodes, type YamlNodes } from "../yaml-nodes.ts";
import { type FileMap, mapOf, namesIn, sourcesIn, volumesIn } from "./service-job.ts";

/** Reads the `jobs` of a Compose file (Docker Engine 29.10, Compose 5.8), which the engine starts by their `triggers`. */
export function readComposeJobs(source: SourceText, settings: ImportSettings): Imported {
  const read = readNodes(source, (nodes) => new JobsReader(nodes, source.text, settings).read());
  if (!("wrong" in read)) return read;
  const { place, wrong: message } = read;
  const finding: Finding = { code: "import-line", place, message };
  return { entries: [{ kind: "not-imported", place, quotes: [], findings: [finding] }], findings: [], notes: [] };
}

const DEFAULTS =
  "Docker reads schedules in UTC where no timezone is given, drops a start while a run is active or keeps one (overlap), makes up for one start or none (catch_up), runs no init, and creates folders of the host that are missing.";

/** Its patterns have numbers alone. */
const DOCKER: Dialect = {
  seven: "sunday",
  names: "short",
  stepFromValue: "refused",
  stepTooLarge: "first",
  hasQuestionMark: false,
  hasSpecialDays: false,
  days: "one-begins-with-star",
};

/** A pattern in our words, or none where people start the job. */
interface Times {
  readonly text: FileValue;
  readonly notes: readonly PatternNote[];
}

interface NoTimes {
  readonly code: FindingCode;
  readonly wrong: string;
}

/** What the top of the file must declare for a job. */
type Top = Record<string, Record<string, FileValue>>;

class JobsReader {
  readonly #nodes: YamlNodes;
  readonly #lines: readonly string[];
  readonly #settings: ImportSettings;
  readonly #top: FileMap;
  readonly #project: string | undefined;
  readonly #used: Top = {};
  #isProjectGuessed = false;

  constructor(nodes: YamlNodes, text: string, settings: ImportSettings) {
    this.#nodes = nodes;
    this.#lines = text.split("\n");
    this.#settings = settings;
    this.#top = nodes.map(nodes.root);
    const { name } = this.#top;
    this.#project = settings.project ?? (typeof name === "string" && name !== "" ? name : undefined);
  }

  read(): Imported {
    const node = this.#nodes.pairs(this.#nodes.root).get("jobs")?.value;
    const jobs = this.#nodes.pairs(node);
    if (jobs.size === 0) return refused("there are no jobs in this file: import reads those that have triggers");
    const entries = [...jobs].map(([name, pair]) => this.#entry(name, pair));
    const imported = entries.filter((entry) => entry.kind === "job");
    const [first] = imported;
    const unknown: readonly Finding[] =
      first !== undefined && this.#isProjectGuessed
        ? [
            {
              code: "import-project",
              place: first.place,
              message: "the name of the project begins the names of its networks and volumes, and is not known",
              hint: "--project NAME, or set the variable COMPOSE_PROJECT_NAME for the scheduler",
              severity: "warning",
            },
          ]
        : [];
    return {
      entries,
      findings: [...unknown, ...clockChanges("Docker", imported, "leaves starts out, and starts jobs twice")],
      notes: imported.length === 0 ? [] : [DEFAULTS],
      top: this.#used,
    };
  }

  #entry(name: string, { key, value }: { readonly key: unknown; readonly value: unknown }): Entry {
    const place = this.#nodes.place(key);
    const quotes = this.#quotes(place.line, this.#nodes.end(value ?? key).line);
    const findings: Finding[] = [];
    const refuse = (code: FindingCode, message: string, hint?: string): Entry => {
      const finding = { code, place, message, ...(hint !== undefined && { hint }) };
      return { kind: "not-imported", place, quotes, findings: [...findings, finding] };
    };
    if (!isMap(this.#nodes.resolve(value))) return refuse("import-line", "it is no map of keys");
    const fields = this.#nodes.map(value);
    if (fields.triggers === undefined) return refuse("import-line", "it has no triggers, which Compose demands");
    const { written, issues } = withoutTriggers(name, fields as YamlMap, { defaultTimezone: "UTC", variables: {} });
    // A pattern that Docker refuses is not imported, which says so.
    for (const issue of issues.filter((each) => isWarning(each) && !each.path.includes("cron")))
      findings.push({ ...findingOf(issue), place, severity: "warning" });
    const error = issues.find((issue) => !isWarning(issue));
    if (error !== undefined) return refuse("import-key", error.message, error.hint);
    const { schedule, timezone, overlap, catch_up, queue_limit, suspended, ...others } = written as FileMap;
    const [pattern] = Array.isArray(schedule) ? schedule : [];
    const times: Times | NoTimes =
      typeof pattern === "string" ? this.#times(pattern, String(timezone)) : { text: [], notes: [] };
    if ("wrong" in times) return refuse(times.code, times.wrong);
    for (const note of times.notes) findings.push({ ...note, place, severity: "warning", key: "schedule" });
    return {
      kind: "job",
      name,
      isNamed: true,
      place,
      quotes,
      findings,
      keys: {
        schedule: times.text,
        ...(timezone !== undefined && { timezone }),
        ...(overlap !== undefined && { overlap }),
        ...(queue_limit !== undefined && { queue_limit }),
        ...(catch_up !== undefined && { catch_up }),
        ...(suspended !== undefined && { suspended }),
        ...this.#template(others),
      },
    };
  }

  #times(pattern: string, timezone: string): Times | NoTimes {
    if (pattern.includes("$"))
      return {
        code: "import-variables",
        wrong: `the schedule is "${pattern}", and the value of its variable is not known`,
      };
    const read = readPattern(pattern.trim().split(/\s+/), DOCKER);
    const isDockers = /^[\d*,/\s-]+$/.test(pattern);
    if ("wrong" in read) return { code: "import-line", wrong: `Docker refuses "${pattern}": ${read.wrong}` };
    if (!isDockers || pattern.trim().split(/\s+/).length !== 5)
      return { code: "import-line", wrong: `Docker refuses "${pattern}": it takes five fields of numbers` };
    const [text = ""] = read.schedules;
    const wrong = this.#settings.checkSchedule(text, timezone);
    return wrong === undefined ? { text, notes: read.notes } : { code: "import-schedule", wrong };
  }

  /** The same keys; networks and volumes have the names that they have in the project. */
  #template(fields: FileMap): FileMap {
    const { networks = null, volumes, init, ...others } = fields;
    const kept = Object.fromEntries(Object.entries(others).filter(([key]) => !key.startsWith("x-")));
    const isOwnNetwork = !("network_mode" in fields);
    const names = isOwnNetwork ? (networks === null ? ["default"] : namesIn(networks)) : [];
    for (const name of names) this.#use("networks", name);
    for (const name of volumesIn(volumes)) this.#use("volumes", name);
    for (const kind of ["secrets", "configs"] as const)
      for (const name of sourcesIn(fields[kind])) {
        const declared = mapOf(this.#top[kind] ?? null)[name];
        if (declared !== undefined) this.#declare(kind, name, declared);
      }
    return {
      ...kept,
      init: init ?? "false",
      ...(volumes !== undefined && { volumes: Array.isArray(volumes) ? withHostPaths(volumes) : volumes }),
      ...(isOwnNetwork && { networks: networks ?? ["default"] }),
    };
  }

  #use(kind: "networks" | "volumes", name: string): void {
    const declared = mapOf(mapOf(this.#top[kind] ?? null)[name] ?? null);
    const { external, name: own, ...rest } = declared;
    const isExternal = external === "true";
    const known = typeof own === "string" ? own : isExternal ? name : `${this.#projectName()}_${name}`;
    // A volume is made where it is missing; networks are Compose's to make.
    const isMade = kind === "volumes" && !isExternal;
    this.#declare(kind, name, { ...(isMade ? rest : { external: "true" }), name: known });
  }

  #declare(kind: string, name: string, value: FileValue): void {
    const section = this.#used[kind] ?? {};
    this.#used[kind] = section;
    section[name] = value;
  }

  #projectName(): string {
    if (this.#project === undefined) this.#isProjectGuessed = true;
    return this.#project ?? UNKNOWN_PROJECT;
  }

  #quotes(from: number, to: number): readonly Quote[] {
    const lines = Array.from({ length: Math.max(0, to - from) + 1 }, (_, index) => from + index);
    return lines.flatMap((line) => {
      const text = this.#lines[line - 1] ?? "";
      return text.trim() === "" ? [] : [{ line, text: text.replace(/\r$/, "") }];
    });
  }
}

const UNKNOWN_PROJECT = "$" + "{COMPOSE_PROJECT_NAME:?the name of the project, as docker compose ls shows it}";

function findingOf({ path, message, hint }: Issue): Pick<Finding, "code" | "message" | "hint"> {
  const code = path[0] === "depends_on" ? "import-lifecycle" : "import-key";
  return { code, message, ...(hint !== undefined && { hint }) };
}

function refused(message: string): Imported {
  const place = { line: 1, column: 1 };
  const finding: Finding = { code: "import-line", place, message };
  return { entries: [{ kind: "not-imported", place, quotes: [], findings: [finding] }], findings: [], notes: [] };
}
