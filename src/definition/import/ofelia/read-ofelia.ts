import { clockChanges } from "../clock-changes.ts";
import { type ComposeFile, type ComposeService, type Label, readComposeFile } from "../compose/read-compose-file.ts";
import { zoneOfScheduler } from "../compose/zone-of-scheduler.ts";
import {
  type Entry,
  type FileValue,
  type Finding,
  type Imported,
  type ImportSettings,
  literal,
  type Place,
  type Quote,
  type SourceText,
} from "../imported.ts";
import { type IniKey, type IniSection, readIni, withoutSecret } from "./ini.ts";
import {
  entryOf,
  isTrue,
  linksBetween,
  NOTIFIES,
  type OfeliaFlavour,
  type OfeliaGlobals,
  type OfeliaJob,
  type OfeliaSettings,
  type OfeliaVersion,
  SAVES,
} from "./job.ts";

/** Reads Ofelia's INI file, or the labels of a Compose file. Which Ofelia it is for is read off its keys if no flavour is given. */
export function readOfelia(source: SourceText, settings: ImportSettings): Imported {
  const [name, toldVersion] = settings.flavour?.split("-") ?? [];
  const given = name === "netresearch" || name === "mcuadros" ? name : undefined;
  const sign = given === undefined ? netresearchSign(source.text) : undefined;
  const flavour = given ?? (sign === undefined ? "mcuadros" : "netresearch");
  const isTold = toldVersion === "0.3" || toldVersion === "0.4";
  const image = isTold ? undefined : imageOfMcuadros(source.text);
  const version = isTold ? toldVersion : image?.version;
  const known = {
    ...(version !== undefined && { version }),
    ...(image !== undefined && { isVersionOfImage: true as const }),
  };
  const read = readAs(source, { ...settings, ...known }, flavour);
  if (given !== undefined || read.entries.every(({ kind }) => kind !== "job")) return read;
  const finding: Finding = {
    code: "import-flavour",
    place: firstPlace(read.entries),
    message: conclusion({ flavour, sign, image }),
    hint: "--flavour says which it is",
    severity: "warning",
  };
  return { ...read, findings: [finding, ...read.findings] };
}

/** Reads Chadburn's INI file, or the labels of a Compose file. It began as a copy of mcuadros/ofelia. */
export function readChadburn(source: SourceText, settings: ImportSettings): Imported {
  return readAs(source, settings, "chadburn");
}

const SIGNS =
  /^\s*-?\s*["']?(?:\[(job-compose)|(default-user|run-on-startup|depends-on|on-success|on-failure|max-runtime|max-retries|env-from|env-file|allow-host-jobs-from-labels|container-name|entrypoint|working-dir|workdir|stop-signal|stop-timeout)\s*[=:]|ofelia\.job-[\w-]+\.[^.]+\.(run-on-startup|depends-on|on-success|on-failure|max-runtime|max-retries|env-from|env-file|entrypoint|working-dir|workdir|stop-signal|stop-timeout)|ofelia\.(job-compose)\.|image:\s*["']?(\S*netresearch\/ofelia))|=\s*(@triggered|@manual|@none)\s*$/m;

/** Returns what only netresearch/ofelia has. */
function netresearchSign(text: string): string | undefined {
  const isIni = /^\s*\[/m.test(text);
  const found = SIGNS.exec(text)
    ?.slice(1)
    .find((each) => each !== undefined);
  // Services of a Compose file have keys of these names themselves.
  return !isIni && /^(?:entrypoint|env-file|container-name)$/.test(found ?? "") ? undefined : found;
}

interface McuadrosImage {
  readonly image: string;
  readonly version?: OfeliaVersion;
}

/** Returns the image of mcuadros/ofelia that a Compose file names, and its version; `latest` is no version before its release. */
function imageOfMcuadros(text: string): McuadrosImage | undefined {
  const [image, tag = "latest"] = /\bmcuadros\/ofelia(?::v?([\w.-]+))?/.exec(text) ?? [];
  if (image === undefined) return undefined;
  if (/^0\.[0-3]\b|^latest$/.test(tag)) return { image, version: "0.3" };
  return /^0\.4\b/.test(tag) ? { image, version: "0.4" } : { image };
}

interface Guess {
  readonly flavour: OfeliaFlavour;
  readonly sign: string | undefined;
  readonly image: McuadrosImage | undefined;
}

function conclusion({ flavour, sign, image }: Guess): string {
  if (sign === undefined && image !== undefined) {
    const version = image.version === undefined ? "" : ` ${image.version}`;
    return `it is read as that of mcuadros/ofelia${version}: the image is ${image.image}`;
  }
  const why = sign === undefined ? "nothing in it is netresearch's alone" : `"${sign}" is netresearch's alone`;
  return `it is read as that of ${flavour}/ofelia: ${why}. The two differ in users, comments and days`;
}

type ReadSettings = ImportSettings & Pick<OfeliaSettings, "version" | "isVersionOfImage">;

function readAs(source: SourceText, settings: ReadSettings, flavour: OfeliaFlavour): Imported {
  const isIni = /^\s*\[[\w-]+(?:\s*"[^"]*"|\s+[\w.-]+)?\s*\]/m.test(source.text);
  return isIni ? readIniFile(source, settings, flavour) : readLabels(source, settings, flavour);
}

/** Sections that declare no job. */
const SETTINGS = /^(?:global|docker|webhook)$/;

function readIniFile(source: SourceText, settings: ReadSettings, flavour: OfeliaFlavour): Imported {
  const { before, stray, sections } = readIni(source.text, flavour === "netresearch" ? "ini.v1" : "gcfg");
  const globals = globalsOf(sections);
  const entries: Entry[] = before.length === 0 ? [] : [{ kind: "remark", quotes: before }];
  const findings: Finding[] = stray.map((place) => strayLine(place, flavour));
  const jobs = new Map(
    sections.flatMap((section) =>
      SETTINGS.test(section.type) ? [] : [[section, jobOfSection(section, flavour)] as const],
    ),
  );
  const links = flavour === "netresearch" ? { links: linksBetween([...jobs.values()]) } : {};
  for (const section of sections) {
    const job = jobs.get(section);
    if (job !== undefined) {
      entries.push(entryOf(job, { ...settings, flavour, globals, ...links }));
      continue;
    }
    entries.push({ kind: "remark", quotes: section.quotes });
    findings.push(...onHeader(section, flavour), ...onGlobals(section));
  }
  return finished(entries, findings, { ...settings, flavour, globals });
}

/** gcfg refuses a file with such a line; ini.v1 has a section without a name for it, which it does not read. */
function strayLine(place: Place, flavour: OfeliaFlavour): Finding {
  if (flavour === "netresearch")
    return { code: "import-line", place, message: "it stands in no section, and has no effect", severity: "warning" };
  const message = `${programOf(flavour)} does not start with this line: it stands in no section`;
  return { code: "import-line", place, message, hint: "begin with a section such as [global]" };
}

function programOf(flavour: OfeliaFlavour): string {
  return flavour === "chadburn" ? "Chadburn" : "Ofelia";
}

/** What is to be said of the lines with which a section begins. */
function onHeader({ type, name, place, again, wrong }: IniSection, flavour: OfeliaFlavour): readonly Finding[] {
  const program = programOf(flavour);
  const findings: Finding[] = again.map((at) => ({
    code: "import-line",
    place: at,
    message: `${type} "${name}" begins a second time: to ${program} both are one, and of a key that both have, the last value counts`,
    severity: "warning",
  }));
  if (wrong === undefined) return findings;
  return [...findings, { code: "import-line", place, message: `${program} does not start with this line: ${wrong}` }];
}

function jobOfSection(section: IniSection, flavour: OfeliaFlavour): OfeliaJob {
  const isExpanded = flavour === "netresearch";
  const params = new Map<string, readonly string[]>();
  const findings: Finding[] = [...onHeader(section, flavour)];
  for (const each of section.keys) {
    const value = isExpanded
      ? literal(each.value).replaceAll(/\$\$\{(\w+(?::-[^}]*)?)\}/g, "$${$1}")
      : literal(each.value);
    params.set(each.key, [...(params.get(each.key) ?? []), value]);
    findings.push(...onKey(each));
    if (isExpanded && /(?:^|[^$])\$\{/.test(value))
      findings.push({
        code: "import-variables",
        place: each.place,
        message: `${each.key} has a variable of Ofelia's own environment: here it is one of the scheduler's`,
        severity: "warning",
      });
  }
  const { type, name, place, quotes } = section;
  return { type, name, place, quotes, params, findings };
}

function onKey({ key, value, cut, lostQuotes, wrong, place }: IniKey): readonly Finding[] {
  if (wrong !== undefined)
    return [{ code: "import-line", place, message: `Ofelia does not start with this line: ${wrong}` }];
  const findings: Finding[] = [];
  if (cut !== undefined && !isMeantAsComment(cut, value)) {
    const message = `what follows "${cut.charAt(0)}" is a comment to Ofelia, quotes or not: "${cut}" never counted, and ${key} is "${value}"`;
    findings.push({ code: "import-cut", place, message, severity: "warning" });
  }
  if (lostQuotes && key === "command")
    findings.push({
      code: "import-cut",
      place,
      message: `Ofelia takes double quotes away before it splits a command into words: it ran "${value}"`,
      hint: "single quotes stay",
      severity: "warning",
    });
  return findings;
}

/** `value  # every night`: nothing is lost with it. */
function isMeantAsComment(cut: string, value: string): boolean {
  return /^#(?:\s|$)/.test(cut) && !/['"]/.test(value.replaceAll(/'[^']*'|"[^"]*"/g, ""));
}

function globalsOf(sections: readonly IniSection[]): OfeliaGlobals {
  const keys = sections.filter(({ type }) => type === "global").flatMap((section) => section.keys);
  const value = (key: string) => keys.findLast((each) => each.key === key)?.value;
  const [defaultUser, maxRuntime] = [value("default-user"), value("max-runtime")];
  return { ...(defaultUser !== undefined && { defaultUser }), ...(maxRuntime !== undefined && { maxRuntime }) };
}

function onGlobals({ keys, place, type }: IniSection): readonly Finding[] {
  const names = keys.map(({ key }) => key);
  return globalFindings(type === "webhook" ? [...names, type] : names, place);
}

/** What settings for all jobs have no counterpart in a schedule file. */
function globalFindings(names: readonly string[], place: Place): readonly Finding[] {
  const warn = (code: "import-notify" | "import-output", message: string, hint: string): Finding => ({
    code,
    place,
    message,
    hint,
    severity: "warning",
  });
  const saves = names.filter((name) => SAVES.test(name));
  return [
    ...(names.some((name) => NOTIFIES.test(name))
      ? [warn("import-notify", "whom it tells of all jobs is not imported", "the setting notify says who is told")]
      : []),
    ...(saves.length > 0
      ? [
          warn(
            "import-output",
            `it saves the output of all jobs to files (${saves.join(", ")}); here output is logged`,
            "the ledger keeps the end of each run's output",
          ),
        ]
      : []),
  ];
}

/** Labels of the container of Ofelia, for all jobs. */
function onGlobalLabels({ labels }: ComposeService, prefix: string): readonly Finding[] {
  const own = labels.filter(({ key }) => key.startsWith(prefix));
  const isScheduler = own.some(({ key, value }) => key === `${prefix}service` && value === "true");
  const globals = own.filter(
    ({ key }) => isScheduler && (key.split(".").length === 2 || key.startsWith(`${prefix}webhook.`)),
  );
  const [first] = globals;
  if (first === undefined) return [];
  return globalFindings(
    globals.map(({ key }) => key.slice(prefix.length)),
    first.place,
  );
}

function readLabels(source: SourceText, given: ReadSettings, flavour: OfeliaFlavour): Imported {
  const file = readComposeFile(source);
  if ("wrong" in file) {
    const finding: Finding = { code: "import-line", place: file.place, message: file.wrong };
    return {
      entries: [{ kind: "not-imported", place: file.place, quotes: [], findings: [finding] }],
      findings: [],
      notes: [],
    };
  }
  const zone = zoneOfScheduler(file, flavour === "chadburn" ? /chadburn/ : /ofelia/) ?? given.zone;
  const settings = { ...given, zone, flavour, globals: globalsOfLabels(file.services, flavour) };
  const entries = file.services.flatMap((service) => readOfeliaLabels(service, file, settings));
  const prefix = prefixOf(flavour);
  const findings = [...file.elsewhere, ...file.services.flatMap((service) => onGlobalLabels(service, prefix))];
  return finished(entries, findings, settings);
}

function prefixOf(flavour: OfeliaFlavour): string {
  return flavour === "chadburn" ? "chadburn." : "ofelia.";
}

/** Reads the jobs that the labels of one container declare. */
export function readOfeliaLabels(
  service: ComposeService,
  file: Pick<ComposeFile, "project">,
  settings: OfeliaSettings,
): readonly Entry[] {
  const prefix = prefixOf(settings.flavour);
  const own = service.labels.filter(({ key }) => key.startsWith(prefix));
  const misplaced = service.deployLabels.filter(({ key }) => key.startsWith(prefix));
  const valueUnder = (key: string) => own.findLast((label) => label.key === `${prefix}${key}`)?.value;
  const isScheduler = valueUnder("service") === "true";
  const isSeen = valueUnder("enabled") === "true";
  const entries: Entry[] = [];
  const rest: Label[] = [];
  const keyless: Label[] = [];
  const byJob = new Map<string, Label[]>();
  for (const label of own) {
    const [, type, name, param] = label.key.split(".");
    if (type === undefined || !type.startsWith("job-")) rest.push(label);
    else if (name === undefined || param === undefined) keyless.push(label);
    else byJob.set(`${type} ${name}`, [...(byJob.get(`${type} ${name}`) ?? []), label]);
  }
  const quoted = new Set<number>();
  const quotesOf = (labels: readonly Label[]): readonly Quote[] => {
    const fresh = labels.flatMap(({ quotes }) => quotes).filter(({ line }) => !quoted.has(line) && quoted.add(line));
    return fresh.toSorted((a, b) => a.line - b.line).map(({ line, text }) => ({ line, text: withoutSecret(text) }));
  };
  if (rest.length > 0) entries.push({ kind: "remark", quotes: quotesOf(rest) });
  for (const labels of byJob.values()) {
    const job = jobOfLabels(labels, { service, file, project: settings.project, quotes: quotesOf(labels) });
    const unseen = unseenBecause(job.type, { isScheduler, isSeen, settings, prefix });
    entries.push(
      unseen === undefined ? entryOf(inItsContainer(job, isScheduler, settings), settings) : notSeen(job, unseen),
    );
  }
  for (const label of keyless)
    entries.push(
      notSeen(
        { place: label.place, quotes: quotesOf([label]) },
        `${label.key} names no key of a job, and is passed over`,
        `${label.key.split(".").slice(0, 3).join(".")}${label.key.split(".").length < 3 ? ".NAME" : ""}.command`,
      ),
    );
  const [first] = misplaced;
  if (first !== undefined)
    entries.push(
      notSeen(
        { place: first.place, quotes: quotesOf(misplaced) },
        "labels under deploy are those of a service, and not of its containers, which alone are looked at",
      ),
    );
  return entries;
}

function jobOfLabels(
  labels: readonly Label[],
  {
    service,
    file,
    project,
    quotes,
  }: {
    readonly service: ComposeService;
    readonly file: Pick<ComposeFile, "project">;
    readonly project: string | undefined;
    readonly quotes: readonly Quote[];
  },
): OfeliaJob {
  const [first] = labels;
  const [, type = "", name = ""] = first?.key.split(".") ?? [];
  const params = new Map<string, readonly string[]>();
  for (const { key, value } of labels) params.set(key.split(".")[3]?.toLowerCase() ?? "", listIn(value));
  const container = service.keys.container_name;
  const known = project ?? file.project;
  const findings = labels.flatMap(onLabel);
  const target: Readonly<Record<string, FileValue>> =
    typeof container === "string"
      ? { container }
      : { service: service.name, ...(known !== undefined && { project: known }) };
  return { type, name, place: first?.place ?? service.place, quotes, params, findings, target };
}

/** A label's key ends after its fourth part, and variables are filled in before the label exists. */
function onLabel({ key, value, place }: Label): readonly Finding[] {
  const findings: Finding[] = [];
  const [prefix, type, name, param, ...more] = key.split(".");
  if (more.length > 0)
    findings.push({
      code: "import-name",
      place,
      message: `${key} is read as the key "${param}" of ${type} "${name}", because a dot ends a name`,
      hint: `${prefix}.${type}.${[name, param, ...more.slice(0, -1)].join("-")}.${more.at(-1)}`,
      severity: "warning",
    });
  if (param?.toLowerCase() === "command" && /(?:^|[^$])(?:\$\$)*\$[\w{]/.test(value))
    findings.push({
      code: "import-variables",
      place,
      message:
        "its command has a variable of the Compose file, whose value counts before the command is split into words: here it is one of the scheduler's, and one word",
      hint: "write the value in its place",
      severity: "warning",
    });
  return findings;
}

/** Off its own container it takes no command for that container; off another one, whatever is named, for that one alone. */
function inItsContainer(job: OfeliaJob, isScheduler: boolean, { flavour }: OfeliaSettings): OfeliaJob {
  if (job.type !== "job-exec") return job;
  const { place, params, findings } = job;
  const name = flavour === "chadburn" ? "Chadburn" : "Ofelia";
  if (isScheduler) {
    if (params.has("container")) return job;
    const message = `it names no container, and ${name} takes none for a job of its own container`;
    return { ...job, findings: [...findings, { code: "import-line", place, message }] };
  }
  if (flavour === "netresearch" || !params.has("container")) return job;
  const [named] = params.get("container") ?? [];
  const others = new Map([...params].filter(([key]) => key !== "container"));
  if (named === job.target?.container) return { ...job, params: others };
  const message = `${name} runs it in the container that has the label, and not in ${named}`;
  return {
    ...job,
    params: others,
    findings: [...findings, { code: "import-key", place, message, severity: "warning" }],
  };
}

/** Some values may be lists in JSON. */
function listIn(value: string): readonly string[] {
  if (!value.trim().startsWith("[")) return [value];
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) && list.every((each) => typeof each === "string") ? list : [value];
  } catch {
    return [value];
  }
}

interface Sight {
  readonly isScheduler: boolean;
  readonly isSeen: boolean;
  readonly settings: OfeliaSettings;
  readonly prefix: string;
}

/** Returns why a job's labels have no effect. */
function unseenBecause(type: string, { isScheduler, isSeen, settings, prefix }: Sight): string | undefined {
  if (!isSeen) return `without ${prefix}enabled: "true" the labels of this container are not looked at`;
  const isFree = type === "job-exec" || (settings.flavour === "netresearch" && type === "job-run");
  if (isScheduler || isFree) return undefined;
  return `${type} is read off the container with ${prefix}service: "true" alone`;
}

function notSeen(
  { place, quotes }: { readonly place: Place; readonly quotes: readonly Quote[] },
  message: string,
  hint?: string,
): Entry {
  const finding: Finding = { code: "import-key", place, message, ...(hint !== undefined && { hint }) };
  return { kind: "not-imported", isUnseen: true, place, quotes, findings: [finding] };
}

/** What Ofelia's own container says of all jobs. */
export function globalsOfLabels(
  services: readonly Pick<ComposeService, "labels">[],
  flavour: OfeliaFlavour,
): OfeliaGlobals {
  const prefix = prefixOf(flavour);
  const scheduler = services.find(({ labels }) =>
    labels.some(({ key, value }) => key === `${prefix}service` && isTrue(value)),
  );
  const maxRuntime = scheduler?.labels.findLast(({ key }) => key === `${prefix}max-runtime`)?.value;
  return maxRuntime === undefined ? {} : { maxRuntime };
}

function finished(entries: readonly Entry[], findings: readonly Finding[], settings: OfeliaSettings): Imported {
  const jobs = entries.filter((entry) => entry.kind === "job");
  const { zone, flavour } = settings;
  const name = flavour === "chadburn" ? "Chadburn" : "Ofelia";
  const unknownZone: Finding = {
    code: "import-zone",
    place: firstPlace(entries),
    message: `${name} reads schedules in the zone of its own TZ, which is not known here; ${zone.name} is taken`,
    hint: "--timezone says which it was",
    severity: "warning",
  };
  const isOnClock = jobs.some(({ keys }) => keys.timezone !== undefined && !String(keys.schedule).startsWith("@every"));
  return {
    entries,
    findings: [...findings, ...(zone.isGiven || !isOnClock ? [] : [unknownZone]), ...clockChanges(name, jobs)],
    notes: jobs.length === 0 ? [] : [defaults(name, flavour)],
  };
}

function defaults(name: string, flavour: OfeliaFlavour): string {
  if (flavour === "netresearch")
    return `Ofelia starts a command in a container next to one that is active unless no-overlap is set; a job-run has one container, which is named after the job, so that a second run cannot start next to it unless container-name is empty (overlap). It makes up for nothing it missed (catch_up), takes the user nobody unless default-user says another (user), and pulls before each run (pull_policy): if that fails, it takes the image that is there, and shipbell rejects the run. It runs ten at once and drops what is due beyond that; shipbell starts them all.`;
  return `${name} starts a run next to one that is active unless no-overlap is set (overlap), makes up for nothing it missed (catch_up), takes the user root (user), and pulls before each run (pull_policy): if that fails, it takes the image that is there, and shipbell rejects the run.`;
}

function firstPlace(entries: readonly Entry[]): Place {
  const first = entries.find((entry) => entry.kind === "job");
  return first?.place ?? { line: 1, column: 1 };
}
