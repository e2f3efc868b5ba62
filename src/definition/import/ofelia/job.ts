import { nearestWord } from "../../../job/problem.ts";
import { withHostPaths } from "../bind-volumes.ts";
import { inYears, type WrongPattern } from "../fields.ts";
import {
  type Entry,
  type FileValue,
  type Finding,
  type FindingCode,
  type ImportedJob,
  type ImportSettings,
  type Place,
  type Quote,
  TO_DO,
} from "../imported.ts";
import { lockIn } from "../locks.ts";
import { type RobfigPattern, readRobfig } from "../robfig.ts";
import { splitOfeliaWords } from "./words.ts";

export type OfeliaFlavour = "mcuadros" | "netresearch" | "chadburn";
export type OfeliaVersion = "0.3" | "0.4";

/** A job of Ofelia's, from an INI file or from labels. Texts are as a schedule file must have them. */
export interface OfeliaJob {
  /** `job-exec`, `job-run`, `job-local`, `job-service-run`. */
  readonly type: string;
  readonly name: string;
  readonly place: Place;
  readonly quotes: readonly Quote[];
  /** By key in lower case. */
  readonly params: ReadonlyMap<string, readonly string[]>;
  /** What is to be said of how it is written. */
  readonly findings: readonly Finding[];
  /** Where a command of `job-exec` runs if no container is named: that which has the label. */
  readonly target?: Readonly<Record<string, FileValue>>;
}

/** What Ofelia's `[global]` says. */
export interface OfeliaGlobals {
  readonly defaultUser?: string;
  readonly maxRuntime?: string;
}

export interface OfeliaSettings extends ImportSettings {
  readonly flavour: OfeliaFlavour;
  /** That of mcuadros/ofelia, where it is known. `0.3` stands for what came before, too. */
  readonly version?: OfeliaVersion;
  /** Whether an image named the version, and nobody else. */
  readonly isVersionOfImage?: true;
  readonly globals: OfeliaGlobals;
  /** Which jobs start after which; absent where that is not looked at. */
  readonly links?: OfeliaLinks;
}

/** By job: what it starts after, where that alone starts it. */
export type OfeliaLinks = ReadonlyMap<string, NonNullable<ImportedJob["after"]>>;

/**
 * Finds the jobs of netresearch/ofelia that nothing but the end of one other job starts. One with several, or with a schedule too,
 * waits there for them together; that is not so here.
 */
export function linksBetween(jobs: readonly OfeliaJob[]): OfeliaLinks {
  const edges = jobs.flatMap(({ name, params }) => {
    const named = (key: string) =>
      params
        .get(key)
        ?.flatMap((value) => value.split(","))
        .map((each) => each.trim()) ?? [];
    return [
      ...named("depends-on").map((ref) => ({ child: name, after: { ref, on: "succeeded" as const } })),
      ...named("on-success").map((child) => ({ child, after: { ref: name, on: "succeeded" as const } })),
      ...named("on-failure").map((child) => ({ child, after: { ref: name, on: "failed" as const } })),
    ];
  });
  const byName = Map.groupBy(jobs, ({ name }) => name);
  const isOne = (name: string) => byName.get(name)?.length === 1;
  const links = [...Map.groupBy(edges, ({ child }) => child)].flatMap(([child, own]) => {
    const [edge, ...more] = own;
    const schedule = byName.get(child)?.[0]?.params.get("schedule")?.at(-1)?.trim() ?? "";
    const isAlone = edge !== undefined && more.length === 0 && ONLY_STARTED.test(schedule);
    return isAlone && isOne(child) && isOne(edge.after.ref) ? [[child, edge.after] as const] : [];
  });
  return new Map(links);
}

/** Such a schedule starts no job. */
const ONLY_STARTED = /^@(?:triggered|manual|none)$/;

/** Keys that say who is told. */
export const NOTIFIES = /^(?:slack|mail|email|smtp|gotify|webhook|ntfy|pushover|teams)/;
/** Keys that say where output is kept. */
export const SAVES = /^(?:save|restore-history)/;

interface Keys {
  /** Those of all types. */
  readonly common: readonly string[];
  /** Those of one type. */
  readonly types: Readonly<Record<string, readonly string[]>>;
}

const words = (text: string) => text.trim().split(/\s+/);

/** What each program's jobs have, as its own source says. It passes over any other key, or does not start. */
const KEYS: Readonly<Record<OfeliaFlavour, Keys>> = {
  netresearch: {
    common: words(
      `schedule command no-overlap run-on-startup history-limit max-retries maxretries retry-delay-ms retry-exponential
      retry-max-delay-ms depends-on on-success on-failure allow-parallel`,
    ),
    types: {
      "job-exec": words(
        `container user tty environment env-file env-from working-dir workdir privileged console-height console-width
        project service`,
      ),
      "job-run": words(
        `image user network delete pull container tty volume volumes-from environment env-file env-from hostname
        entrypoint container-name working-dir annotations stop-signal stop-timeout max-runtime`,
      ),
      "job-local": words("dir environment env-file env-from"),
      "job-service-run": words(
        "image user network delete tty hostname dir volume environment env-file env-from annotations max-runtime",
      ),
    },
  },
  mcuadros: {
    common: words("schedule command no-overlap"),
    types: {
      "job-exec": words("container user tty environment"),
      "job-run": words("image user network delete pull container tty volume volumes-from environment hostname"),
      "job-local": words("dir environment"),
      "job-service-run": words("image user network delete tty"),
    },
  },
  chadburn: {
    common: words("schedule command no-overlap"),
    types: {
      "job-exec": words("container user tty"),
      "job-run": words("image user network delete pull container tty volume"),
      "job-local": words("dir environment"),
      "job-service-run": words("image user network delete tty"),
    },
  },
};

/** Makes an entry of a job of Ofelia's. */
export function entryOf(written: OfeliaJob, settings: OfeliaSettings): Entry {
  const job = withKnownKeys(written, settings);
  const { place, quotes, name } = job;
  const findings: Finding[] = [...job.findings];
  const warn: Warn = (code, message, more = {}) =>
    findings.push({ code, place, message, severity: "warning", ...more });
  const refuse = (code: FindingCode, message: string, hint?: string): Entry => ({
    kind: "not-imported",
    place,
    quotes,
    findings: [...findings, { code, place, message, ...(hint !== undefined && { hint }) }],
  });
  const one = (key: string) => job.params.get(key)?.at(-1);
  if (job.type === "job-lifecycle")
    return refuse("import-lifecycle", "an event of a container starts it, and here only a schedule or people do");
  const known = KEYS[settings.flavour].types[job.type];
  if (known === undefined)
    return refuse(
      "import-key",
      `${nameOfProgram(settings)} has no "${job.type}" that can run here`,
      job.type === "job-compose" ? "job-compose calls docker compose; declare what it runs as a job" : undefined,
    );
  const unclosed = findings.find(({ severity }) => severity === undefined);
  if (unclosed !== undefined) return { kind: "not-imported", place, quotes, findings };
  warnOfKeys(written, settings, warn);

  const schedule = one("schedule");
  if (schedule === undefined || schedule.trim() === "")
    return refuse("import-schedule", `${job.type} "${name}" has no schedule, so it never runs`);
  if (schedule.includes("$"))
    return refuse(
      "import-variables",
      `the schedule is "${schedule}", and the value of its variable is not known`,
      "write the schedule in its place",
    );
  const read = readSchedule(schedule.trim(), settings);
  if ("wrong" in read)
    return refuse(
      "import-line",
      `${nameOfProgram(settings)} does not take the schedule "${schedule}", so the job never runs: ${read.wrong}`,
      settings.flavour === "chadburn" && schedule.trim().split(/\s+/).length === 6 ? "leave out the second" : undefined,
    );
  const timezone = read.timezone ?? settings.zone.name;
  const wrong = read.schedules.map((each) => settings.checkSchedule(each, timezone)).find((each) => each !== undefined);
  if (wrong !== undefined) return refuse("import-schedule", wrong);
  const after = settings.links?.get(name);
  if (after === undefined) for (const note of read.notes) warn(note.code, note.message, { key: "schedule" });
  const other = readingOfOtherVersion(schedule.trim(), read.schedules, settings);
  if (other !== undefined)
    warn("import-flavour", other, { key: "schedule", hint: "--flavour mcuadros-0.3 or mcuadros-0.4" });

  if (job.type === "job-run" && one("image") === undefined && one("container") !== undefined)
    return refuse(
      "import-lifecycle",
      `it starts the stopped container ${one("container")} again; a run here has a container of its own`,
      "label that container: shipbell.schedule makes each run a copy of it",
    );
  if (job.params.has("env-from"))
    return refuse(
      "import-env",
      `it takes its environment from the container ${one("env-from")}, which has to be running`,
      "write the variables under environment",
    );
  const [first = "", ...others] = read.schedules;
  const keys: Record<string, FileValue> = {
    schedule: read.schedules.length === 1 ? first : read.schedules,
    timezone,
    overlap: isTrue(one("no-overlap")) || hasOneContainer(job, settings) ? "forbid" : "allow",
    catch_up: "none",
    ...retriesOf(one),
    ...keysOf(job, settings, warn),
  };
  if (others.length === 0 && read.schedules.length === 0) delete keys.timezone;
  if (after !== undefined) delete keys.schedule;
  if (keys.image === TO_DO && settings.image === undefined)
    warn("import-image", "the image that has the command is not known: it is TODO, which check refuses", {
      key: "image",
      hint: "--image IMAGE",
    });
  return { kind: "job", name, isNamed: true, place, quotes, keys, findings, ref: name, ...(after && { after }) };
}

/**
 * netresearch/ofelia names the container of a run after its job, or as `container-name` says, so that a second one cannot
 * be created next to it; only an empty `container-name` leaves the name to the engine. Measured next to v0.29.0.
 */
function hasOneContainer({ type, params }: OfeliaJob, { flavour }: OfeliaSettings): boolean {
  return flavour === "netresearch" && type === "job-run" && params.get("container-name")?.at(-1) !== "";
}

type Warn = (code: FindingCode, message: string, more?: { readonly key?: string; readonly hint?: string }) => void;
type One = (key: string) => string | undefined;

function keysOf(job: OfeliaJob, settings: OfeliaSettings, warn: Warn): Record<string, FileValue> {
  const one: One = (key) => job.params.get(key)?.at(-1);
  const list = (key: string) => job.params.get(key)?.filter((each) => each !== "") ?? [];
  const command = splitOfeliaWords(one("command") ?? "");
  const environment = list("environment");
  const shared = {
    ...(environment.length > 0 && { environment }),
    ...(job.params.has("env-file") && job.type !== "job-exec" && { env_file: list("env-file") }),
  };
  const user = userOf(one("user"), settings);
  const withUser = user === undefined ? {} : { user };
  switch (job.type) {
    case "job-exec": {
      if (isTrue(one("tty"))) warn("import-key", "it has a terminal (tty); a command in a container has none here");
      if (isTrue(one("privileged")))
        warn("import-key", "it is privileged; a command in a container has the rights of that container here");
      if (job.params.has("env-file"))
        warn("import-env", `the variables of ${one("env-file")} are not given to the command`, {
          hint: "write them under environment",
        });
      const container = one("container");
      const folder = one("working-dir") ?? one("workdir");
      return {
        launch: "exec",
        ...(container === undefined ? job.target : { container }),
        command,
        ...withUser,
        ...(folder !== undefined && { working_dir: folder }),
        ...shared,
      };
    }
    case "job-local": {
      warn(
        "import-local",
        `${nameOfProgram(settings)} runs this command in itself, with its own files and variables; here it gets a container of its own`,
      );
      const lock = lockIn(one("command") ?? "");
      if (lock !== undefined) warn("import-lock", lock.message, { key: "overlap", hint: lock.hint });
      const folder = one("dir");
      return {
        image: settings.image ?? TO_DO,
        entrypoint: [],
        command,
        ...(folder !== undefined && { working_dir: folder }),
        ...shared,
      };
    }
    case "job-service-run": {
      const network = one("network");
      const runtime = timeoutOf(one("max-runtime"), settings);
      return {
        image: one("image") ?? settings.image ?? TO_DO,
        ...(one("command")
          ? { entrypoint: settings.flavour === "netresearch" ? command : (one("command") ?? "").split(" ") }
          : {}),
        ...withUser,
        ...(network !== undefined && { networks: [network] }),
        ...(one("hostname") !== undefined && { hostname: one("hostname") ?? "" }),
        ...(one("dir") !== undefined && { working_dir: one("dir") ?? "" }),
        ...volumesOf(list("volume")),
        ...shared,
        ...runtime,
      };
    }
    default: {
      const network = one("network");
      const entrypoint = one("entrypoint");
      const folder = one("working-dir");
      return {
        image: one("image") ?? settings.image ?? TO_DO,
        pull_policy: isFalse(one("pull")) ? "missing" : "always",
        ...(entrypoint !== undefined && { entrypoint: splitOfeliaWords(entrypoint) }),
        ...(command.length > 0 && { command }),
        ...withUser,
        ...(folder !== undefined && { working_dir: folder }),
        ...(network !== undefined && { networks: ["bridge", network] }),
        ...(one("hostname") !== undefined && { hostname: one("hostname") ?? "" }),
        ...volumesOf(list("volume")),
        ...(job.params.has("volumes-from") && { volumes_from: list("volumes-from") }),
        ...(isTrue(one("tty")) && { tty: "true" }),
        ...shared,
        ...(one("stop-signal") !== undefined && { stop_signal: signalOf(one("stop-signal") ?? "") }),
        ...(one("stop-timeout") !== undefined && { stop_grace_period: one("stop-timeout") ?? "" }),
        ...timeoutOf(one("max-runtime"), settings),
      };
    }
  }
}

function volumesOf(volumes: readonly string[]): Record<string, FileValue> {
  return volumes.length === 0 ? {} : { volumes: withHostPaths(volumes) };
}

/** mcuadros/ofelia: root. netresearch/ofelia: nobody, unless `default-user` says another; `default` is the image's. */
function userOf(user: string | undefined, { flavour, globals }: OfeliaSettings): string | undefined {
  if (user !== undefined && user !== "") return flavour === "netresearch" && user === "default" ? undefined : user;
  if (flavour !== "netresearch") return "root";
  const fallback = globals.defaultUser ?? "nobody";
  return fallback === "default" || fallback === "" ? undefined : fallback;
}

/** netresearch/ofelia ends what takes longer than a day. */
function timeoutOf(runtime: string | undefined, { flavour, globals }: OfeliaSettings): Record<string, FileValue> {
  if (flavour !== "netresearch") return {};
  const limit = runtime ?? globals.maxRuntime ?? "24h";
  return /^0[hms]?$/.test(limit) ? { timeout: "24h" } : { timeout: limit };
}

function retriesOf(one: One): Record<string, FileValue> {
  const limit = Number(one("max-retries") ?? one("maxretries") ?? 0);
  if (!(limit > 0)) return {};
  const delay = one("retry-delay-ms") ?? "1000";
  const most = isFalse(one("retry-exponential")) ? delay : (one("retry-max-delay-ms") ?? "60000");
  return {
    retries: {
      limit: String(Math.min(limit, 100)),
      delay: `${delay}ms`,
      max_delay: `${most}ms`,
      on: ["failed", "rejected"],
    },
  };
}

function signalOf(signal: string): string {
  return /^SIG/.test(signal) ? signal : `SIG${signal}`;
}

/** As Go's strconv.ParseBool has it, and as weak decoding does. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|t|true|yes|on)$/i.test(value.trim());
}

function isFalse(value: string | undefined): boolean {
  return value !== undefined && /^(?:0|f|false|no|off|never)$/i.test(value.trim());
}

/** Without the keys that its program passes over. */
function withKnownKeys(job: OfeliaJob, settings: OfeliaSettings): OfeliaJob {
  const all = keysOfType(job.type, settings);
  return { ...job, params: new Map([...job.params].filter(([key]) => all.includes(key) || isElsewhere(key))) };
}

function keysOfType(type: string, { flavour }: OfeliaSettings): readonly string[] {
  const { common, types } = KEYS[flavour];
  return [...common, ...(types[type] ?? [])];
}

function isElsewhere(key: string): boolean {
  return NOTIFIES.test(key) || SAVES.test(key);
}

/** True where all that the key says is imported. */
function isLinked({ name, params }: OfeliaJob, key: string, { links }: OfeliaSettings): boolean {
  const named =
    params
      .get(key)
      ?.flatMap((value) => value.split(","))
      .map((each) => each.trim()) ?? [];
  if (key === "depends-on") return named.every((ref) => links?.get(name)?.ref === ref);
  const on = key === "on-success" ? "succeeded" : "failed";
  return named.every((child) => links?.get(child)?.ref === name && links.get(child)?.on === on);
}

function warnOfKeys(job: OfeliaJob, settings: OfeliaSettings, warn: Warn): void {
  const { params, type } = job;
  const one: One = (key) => params.get(key)?.at(-1);
  const keys = [...params.keys()];
  const all = keysOfType(type, settings);
  const notify = keys.filter((key) => NOTIFIES.test(key));
  if (notify.length > 0)
    warn("import-notify", `whom it tells is not imported: ${notify.join(", ")}`, {
      hint: "notify says who is notified",
    });
  const save = keys.filter((key) => SAVES.test(key));
  if (save.length > 0) warn("import-output", `its output is logged here, and not saved to files: ${save.join(", ")}`);
  if (all.includes("run-on-startup") && isTrue(one("run-on-startup")))
    warn("import-lifecycle", "it also runs when Ofelia starts; here it runs by its schedule alone");
  for (const key of ["depends-on", "on-success", "on-failure"])
    if (all.includes(key) && params.has(key) && !isLinked(job, key, settings))
      warn("import-lifecycle", `${key} ties it to ${params.get(key)?.join(", ")}, which is not imported`, {
        hint: "after: in the other job names one whose end starts it",
      });
  if (all.includes("annotations") && params.has("annotations"))
    warn("import-key", "annotations are left out", { hint: "labels" });
  if (isFalse(one("delete")))
    warn("import-key", "delete is false: Ofelia keeps each container; here history says how many are kept");
  for (const key of keys) {
    if (all.includes(key) || isElsewhere(key)) continue;
    const nearest = nearestWord(key, all);
    warn(
      "import-unknown",
      `${type} of ${nameOfProgram(settings)} has no key "${key}", so it is left out`,
      nearest === undefined ? {} : { hint: `did you mean ${nearest}?` },
    );
  }
}

function nameOfProgram({ flavour }: OfeliaSettings): string {
  return flavour === "chadburn" ? "Chadburn" : "Ofelia";
}

type ReadSchedule = RobfigPattern | WrongPattern;

const NEVER: RobfigPattern = {
  schedules: [],
  notes: [
    { code: "import-lifecycle", message: "nothing but people and other jobs starts it there; here only people do" },
  ],
};

function readSchedule(text: string, { flavour, version }: OfeliaSettings): ReadSchedule {
  if (flavour === "mcuadros" && version === "0.3") return readRobfig(text, { isVersion1: true });
  if (flavour === "chadburn") return readRobfig(text, { isStandard: true });
  if (flavour !== "netresearch") return readRobfig(text);
  if (ONLY_STARTED.test(text)) return NEVER;
  const [, zone = "", rest = text] = /^((?:CRON_)?TZ=\S+\s+)?(.*)$/s.exec(text) ?? [];
  const words = rest.split(/\s+/);
  const years = words.at(-1) ?? "";
  // Only a number of three digits makes a last field a year: Ofelia refuses seven fields that end with a star.
  const hasYear = (words.length === 6 || words.length === 7) && /\d{3,}/.test(years);
  if (!hasYear) return readRobfig(text, { isGoCron: true });
  const read = readRobfig(`${zone}${words.slice(0, -1).join(" ")}`, { isGoCron: true });
  return "wrong" in read ? read : { ...read, schedules: read.schedules.map((schedule) => inYears(schedule, years)) };
}

/**
 * What the other version of Ofelia makes of a schedule, where nobody says which it was: 0.3 has robfig/cron 1, whose first field
 * is always the second, and is what the tag `latest` has.
 */
function readingOfOtherVersion(
  text: string,
  schedules: readonly string[],
  { flavour, version, isVersionOfImage }: OfeliaSettings,
): string | undefined {
  const isOld = version === "0.3" && isVersionOfImage === true;
  if (flavour !== "mcuadros" || (version !== undefined && !isOld)) return undefined;
  const other = readRobfig(text, isOld ? {} : { isVersion1: true });
  const asThis = isOld
    ? `Ofelia 0.3, which the image is, reads "${text}" as this; 0.4`
    : `Ofelia 0.4 reads "${text}" as this; 0.3, which the image tag latest is,`;
  if ("wrong" in other) return `${asThis} does not take it: ${other.wrong}`;
  const spelt = other.schedules.join(" and ");
  return spelt === schedules.join(" and ") ? undefined : `${asThis} reads it as "${spelt}"`;
}
