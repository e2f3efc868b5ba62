import { nearestWord } from "../../../job/problem.ts";
import { clockChanges } from "../clock-changes.ts";
import { type ComposeFile, type ComposeService, type Label, readComposeFile } from "../compose/read-compose-file.ts";
import { variableOfScheduler } from "../compose/zone-of-scheduler.ts";
import type {
  Entry,
  FileValue,
  Finding,
  FindingCode,
  Imported,
  ImportSettings,
  Place,
  Quote,
  SourceText,
} from "../imported.ts";
import { readCron, readInterval, readUnits, type Trigger, type WrongTrigger } from "./apscheduler.ts";
import { splitShlex } from "./shlex.ts";

/** Reads the services of a Compose file that have jobs of deck-chores in their labels. */
export function readDeckChores(source: SourceText, given: ImportSettings): Imported {
  const file = readComposeFile(source);
  if ("wrong" in file) {
    const finding: Finding = { code: "import-line", place: file.place, message: file.wrong };
    return {
      entries: [{ kind: "not-imported", place: file.place, quotes: [], findings: [finding] }],
      findings: [],
      notes: [],
    };
  }
  const scheduler = variableOfScheduler(file, /deck-chores/, "TIMEZONE");
  const zone = given.zone.isGiven ? given.zone.name : (scheduler?.value?.replaceAll(" ", "_") ?? "UTC");
  const read = file.services.map((service) =>
    readService(service, file, { ...given, zone: { name: zone, isGiven: true } }),
  );
  const entries = read.flatMap((each) => each.entries);
  const jobs = entries.filter((entry) => entry.kind === "job");
  const [first] = jobs;
  const isZoneKnown = given.zone.isGiven || scheduler !== undefined;
  const unknownZone: readonly Finding[] =
    first === undefined || isZoneKnown
      ? []
      : [
          {
            code: "import-zone",
            place: first.place,
            message: "the TIMEZONE of deck-chores is not known here; UTC is taken, its default",
            hint: "--timezone says which it was",
            severity: "warning",
          },
        ];
  return {
    entries,
    findings: [
      ...file.elsewhere,
      ...unknownZone,
      ...read.flatMap((each) => each.findings),
      ...clockChanges("deck-chores", jobs, AN_HOUR_LATER),
    ],
    notes: jobs.length === 0 ? [] : [DEFAULTS],
  };
}

const AN_HOUR_LATER = "starts jobs twice whose time comes twice, and later by as much those whose time does not exist";

const DEFAULTS =
  "deck-chores starts no run of a job while one is active unless max is above 1 (overlap), makes up for nothing it missed by more than a second (catch_up), and runs a job in one container of a service. Jobs in the labels of images are not seen here.";

const PREFIX = "deck-chores.";
const ATTRIBUTES = "command cron date interval jitter max timezone user workdir".split(" ");

interface ReadService {
  readonly entries: readonly Entry[];
  readonly findings: readonly Finding[];
}

function readService(service: ComposeService, file: ComposeFile, settings: ImportSettings): ReadService {
  const own = service.labels.filter(({ key }) => key.startsWith(PREFIX));
  const misplaced = service.deployLabels.filter(({ key }) => key.startsWith(PREFIX));
  const options = own.filter(({ key }) => key.startsWith(`${PREFIX}options.`));
  const user = options.findLast(({ key }) => key === `${PREFIX}options.user`)?.value;
  const byName = Map.groupBy(
    own.filter((label) => !options.includes(label)),
    ({ key }) => key.slice(PREFIX.length).split(".")[0] ?? "",
  );
  const quoted = new Set<number>();
  const quotesOf = (labels: readonly Label[]): readonly Quote[] =>
    labels
      .flatMap(({ quotes }) => quotes)
      .filter(({ line }) => !quoted.has(line) && quoted.add(line))
      .toSorted((a, b) => a.line - b.line);
  const entries: Entry[] = options.length === 0 ? [] : [{ kind: "remark", quotes: quotesOf(options) }];
  const target = targetOf(service, settings.project ?? file.project);
  for (const [name, labels] of byName)
    entries.push(entryOf({ name, labels, quotes: quotesOf(labels), target, user }, settings));
  const [first] = misplaced;
  if (first !== undefined) {
    const message = "labels under deploy are those of a service, and not of its containers, which alone are looked at";
    const finding: Finding = { code: "import-key", place: first.place, message };
    entries.push({ kind: "not-imported", place: first.place, quotes: quotesOf(misplaced), findings: [finding] });
  }
  return { entries, findings: options.flatMap(onOption) };
}

function onOption({ key, place }: Label): readonly Finding[] {
  if (key === `${PREFIX}options.user`) return [];
  const message =
    key === `${PREFIX}options.flags`
      ? "deck-chores 1.4 looks for the flags of a container under another name: these have no effect"
      : `deck-chores knows no label ${key}`;
  return [{ code: "import-unknown", place, message, severity: "warning" }];
}

/** One container of the service has the job: that is what its flag `service` does. */
function targetOf({ name, keys }: ComposeService, project: string | undefined): Readonly<Record<string, FileValue>> {
  const container = keys.container_name;
  if (typeof container === "string") return { container };
  return { service: name, ...(project !== undefined && { project }) };
}

interface LabelledJob {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly quotes: readonly Quote[];
  readonly target: Readonly<Record<string, FileValue>>;
  /** For all jobs of the container. */
  readonly user: string | undefined;
}

function entryOf({ name, labels, quotes, target, user: shared }: LabelledJob, settings: ImportSettings): Entry {
  const place: Place = labels[0]?.place ?? { line: 1, column: 1 };
  const findings: Finding[] = [];
  const warn = (code: FindingCode, message: string, key?: string) =>
    findings.push({ code, place, message, severity: "warning", ...(key !== undefined && { key }) });
  const refuse = (code: FindingCode, message: string, hint?: string): Entry => ({
    kind: "not-imported",
    place,
    quotes,
    findings: [...findings, { code, place, message, ...(hint !== undefined && { hint }) }],
  });
  const notRun = (why: string, hint?: string) =>
    refuse("import-line", `deck-chores does not run ${name}: ${why}`, hint);
  const values = new Map<string, string>();
  const environment = new Map<string, string>();
  for (const { key, value } of labels) {
    const attribute = key.slice(PREFIX.length + name.length + 1);
    if (attribute.startsWith("env.")) environment.set(attribute.slice("env.".length), value);
    else values.set(attribute, value);
  }
  if (!/^[a-z0-9-]+$/.test(name)) return notRun(`a name has a-z, 0-9 and -, and "${name}" has more`);
  const unknown = [...values.keys()].find((key) => !ATTRIBUTES.includes(key));
  if (unknown !== undefined) {
    const nearest = nearestWord(unknown, ATTRIBUTES);
    return notRun(`it knows no "${unknown}"`, nearest === undefined ? undefined : `did you mean ${nearest}?`);
  }
  const command = values.get("command");
  if (command === undefined) return notRun("it has no command");
  const variable = ["cron", "date", "interval"].find((key) => values.get(key)?.includes("$"));
  if (variable !== undefined)
    return refuse(
      "import-variables",
      `its ${variable} is "${values.get(variable)}", and the value of the variable is not known`,
      "write the schedule in its place",
    );
  const trigger = triggerOf(values);
  if ("wrong" in trigger)
    return trigger.code === "import-line"
      ? notRun(trigger.wrong, trigger.hint)
      : refuse(trigger.code, trigger.wrong, trigger.hint);
  const timezone = values.get("timezone") ?? settings.zone.name;
  const wrong = settings.checkSchedule(trigger.schedule, timezone);
  if (wrong !== undefined) return refuse("import-schedule", wrong);
  if (trigger.note !== undefined) warn(trigger.note.code, trigger.note.message, "schedule");
  const jitter = values.get("jitter");
  if (jitter !== undefined) {
    const seconds = /\p{L}/u.test(jitter) ? readUnits(jitter) : /^\s*\d+\s*$/.test(jitter) ? Number(jitter) : undefined;
    if (seconds === undefined) return notRun(`its jitter "${jitter}" is no number of seconds`);
    warn(
      "import-jitter",
      `deck-chores 1.4 delays it by up to one second, whatever number jitter has (${jitter}); here it starts on time`,
      "schedule",
    );
  }
  const max = values.get("max") ?? "1";
  if (!/^\s*\+?\d{1,9}\s*$/.test(max) || Number(max) < 1) return notRun(`its max "${max}" is no number from 1`);
  if (Number(max) > 1)
    warn(
      "import-overlap",
      `at most ${Number(max)} of its runs are active there; here there is no such limit`,
      "overlap",
    );
  const user = values.get("user") ?? shared ?? "";
  if (user !== "" && !/^[a-zA-Z0-9_.][a-zA-Z0-9_.-]*$/.test(user) && !user.includes("$"))
    return notRun(`its user "${user}" has more than letters, digits, _, . and -`);
  const folder = values.get("workdir");
  if (folder !== undefined && !/^[/$]/.test(folder)) return notRun(`its workdir "${folder}" does not begin with /`);
  const words = splitShlex(command);
  if (words === undefined) return notRun("a quote of its command has no end");
  return {
    kind: "job",
    name,
    isNamed: true,
    place,
    quotes,
    findings,
    keys: {
      schedule: trigger.schedule,
      timezone,
      overlap: Number(max) > 1 ? "allow" : "forbid",
      catch_up: "none",
      launch: "exec",
      ...target,
      command: words,
      ...(user !== "" && { user }),
      ...(folder !== undefined && { working_dir: folder }),
      ...(environment.size > 0 && { environment: Object.fromEntries(environment) }),
    },
  };
}

function triggerOf(values: ReadonlyMap<string, string>): Trigger | WrongTrigger {
  const [cron, date, interval] = [values.get("cron"), values.get("date"), values.get("interval")];
  const given = [cron, date, interval].filter((each) => each !== undefined);
  if (given.length !== 1)
    return {
      code: "import-line",
      wrong: `it has ${given.length === 0 ? "none" : "several"} of cron, date and interval`,
    };
  if (cron !== undefined) return readCron(cron);
  if (interval !== undefined) return readInterval(interval);
  return { schedule: `@at ${date?.trim().replace(/\s+/, "T")}` };
}
