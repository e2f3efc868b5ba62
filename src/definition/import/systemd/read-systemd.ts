import { changes, isAtNight } from "../clock-changes.ts";
import type {
  Entry,
  FileValue,
  Finding,
  FindingCode,
  Imported,
  ImportedJob,
  ImportSettings,
  Place,
  Quote,
  SourceText,
} from "../imported.ts";
import { fillSpecifiers, specifiersOf } from "./exec-line.ts";
import { warnOfConditions, warnOfOtherKeys, warnOfOutput, warnOfUnknownKeys } from "./known-keys.ts";
import { readService } from "./service.ts";
import { lastOf, type Refusal, readTimer, type Warn } from "./timer.ts";
import { readUnits, type Unit } from "./unit-files.ts";

/**
 * Reads timers with their services and drop-ins: files of one folder, or what `systemctl cat` prints of them. All texts of
 * one call belong together, and everything is returned for the first.
 */
export function readSystemd(source: SourceText, settings: ImportSettings): Imported {
  const { texts: all = [source] } = settings;
  if (source !== all[0]) return { entries: [], findings: [], notes: [] };
  const units = readUnits(all);
  const timers = units.filter(({ name }) => name.endsWith(".timer"));
  const used = new Set<Unit>();
  const entries = timers.map((timer) => readPair(timer, { units, used, settings }));
  const alone = units.filter((unit) => !timers.includes(unit) && !used.has(unit));
  const findings = alone.map(
    ({ name, place }): Finding => ({
      code: "import-unit",
      place,
      message: name.endsWith("(drop-in)")
        ? `the unit that ${name} belongs to is not among the files`
        : `no timer among the files starts ${name}: it becomes no job`,
      // Files of a folder may have services of other kinds; without any timer, they were meant to be something else.
      ...(timers.length > 0 && { severity: "warning" as const }),
    }),
  );
  const jobs = entries.filter((entry) => entry.kind === "job");
  return {
    entries: [...entries, ...alone.map(({ quotes }) => ({ kind: "remark" as const, quotes }))],
    findings: [...findings, ...generalFindings(jobs, settings)],
    notes: jobs.length === 0 ? [] : [DEFAULTS],
  };
}

const DEFAULTS =
  "systemd starts nothing while a unit is active; if it came due meanwhile, it starts once more as soon as the unit ends: overlap: queue says so. Without Persistent= it makes up for nothing it missed: catch_up says so. The defaults, forbid and last, are the better choice for most jobs.";

interface Surroundings {
  readonly units: readonly Unit[];
  /** Services that belong to a timer. */
  readonly used: Set<Unit>;
  readonly settings: ImportSettings;
}

function readPair(timer: Unit, { units, used, settings }: Surroundings): Entry {
  const findings: Finding[] = [];
  const { place } = timer;
  const warn: Warn = (code, message, { at, key, hint } = {}) =>
    findings.push({
      code,
      place: at?.place ?? place,
      message,
      severity: "warning",
      ...(key !== undefined && { key }),
      ...(hint !== undefined && { hint }),
    });
  const name = withInstance(timer);
  const service = "refused" in name ? undefined : findService(name.unit, timer, units);
  const found = service !== undefined && "found" in service ? service.found : undefined;
  const quotes: readonly Quote[] = [...timer.quotes, ...(found === undefined || used.has(found) ? [] : found.quotes)];
  if (found !== undefined) used.add(found);
  const refuse = ({ code, refused, hint, at }: Refusal): Entry => ({
    kind: "not-imported",
    place,
    quotes,
    findings: [...findings, { code, place: at?.place ?? place, message: refused, ...(hint !== undefined && { hint }) }],
  });
  warnOfUnit(timer, warn);
  const due = readTimer(timer, settings, warn);
  if ("refused" in due) return refuse(due);
  if ("refused" in name) return refuse(name);
  if (service === undefined || "refused" in service) return refuse(service ?? noService(timer));
  const unit = { ...service.found, name: service.name };
  warnOfUnit(unit, warn);
  const run = readService(unit, settings, warn);
  if ("refused" in run) return refuse(run);
  const isPlain =
    "image" in run.keys && "entrypoint" in run.keys && (run.keys.entrypoint as readonly FileValue[]).length === 0;
  if (isPlain) warnOfOtherKeys(unit, warn);
  warnOfOutput([lastOf(unit, "Service", "StandardOutput"), lastOf(unit, "Service", "StandardError")], warn);
  const { queue_limit, ...rest } = due.keys;
  const policies = run.isDetached ? { ...rest, overlap: "allow" } : due.keys;
  return {
    kind: "job",
    name: name.unit.replace(/\.timer$/, "").replaceAll("@", "-"),
    isNamed: true,
    place,
    quotes,
    keys: { ...policies, ...run.keys },
    findings,
  };
}

function warnOfUnit(unit: Unit, warn: Warn): void {
  for (const { place, message } of unit.faults)
    warn("import-line", `${message}: systemd passes over it`, { at: { section: "", key: "", value: "", place } });
  warnOfConditions(unit, warn);
  warnOfUnknownKeys(unit, warn);
}

/** The name of a timer; of a template, with its default instance. */
function withInstance(timer: Unit): { readonly unit: string } | Refusal {
  if (!timer.name.endsWith("@.timer")) return { unit: timer.name };
  const instance = lastOf(timer, "Install", "DefaultInstance")?.value;
  if (instance !== undefined) return { unit: timer.name.replace("@", `@${instance}`) };
  return {
    code: "import-variables",
    refused: `${timer.name} is a template, and its instances are not known here`,
    hint: `name the file after an instance: ${timer.name.replace("@", "@NAME")}`,
  };
}

function findService(
  name: string,
  timer: Unit,
  units: readonly Unit[],
): { readonly found: Unit; readonly name: string } | Refusal | undefined {
  const given = lastOf(timer, "Timer", "Unit");
  const filled =
    given === undefined ? name.replace(/\.timer$/, ".service") : fillSpecifiers(given.value, specifiersOf(name));
  if (typeof filled !== "string")
    return { code: "import-variables", refused: `${filled.unknown} stands for something that only the machine knows` };
  if (!filled.endsWith(".service"))
    return {
      code: "import-lifecycle",
      refused: `it starts ${filled}, which is no service`,
      ...(given && { at: given }),
    };
  const template = filled.replace(/@.*(?=\.service$)/s, "@");
  const found = units.find((unit) => unit.name === filled) ?? units.find((unit) => unit.name === template);
  if (found !== undefined) return { found, name: filled };
  // Texts without names: one timer, one service.
  const services = units.filter((unit) => unit.name.endsWith(".service"));
  const timers = units.filter((unit) => unit.name.endsWith(".timer"));
  const [only] = services;
  const isPair = given === undefined && only !== undefined && services.length === 1 && timers.length === 1;
  if (isPair && !/\.(?:timer|service)$/.test(timer.place.path ?? "")) return { found: only, name: filled };
  return noService(timer, filled);
}

function noService({ name }: Unit, service = "its service"): Refusal {
  return {
    code: "import-unit",
    refused: `${service}, which ${name} starts, is not among the files`,
    hint: `systemctl cat ${name} ${service} prints both`,
  };
}

function generalFindings(jobs: readonly ImportedJob[], { zone }: ImportSettings): readonly Finding[] {
  const schedulesOf = ({ keys }: ImportedJob) =>
    [keys.schedule ?? []]
      .flat()
      .map(String)
      .filter((each) => !each.startsWith("@every"));
  const timed = jobs.filter((job) => schedulesOf(job).length > 0);
  const findings: { code: FindingCode; place: Place; message: string; hint?: string }[] = [];
  const [local] = timed.filter(({ keys }) => !zone.isGiven && keys.timezone === zone.name);
  if (local !== undefined)
    findings.push({
      code: "import-zone",
      place: local.place,
      message: `systemd read these times in the zone of its machine, which is not known here; ${zone.name} is taken`,
      hint: "--timezone says which it was",
    });
  const [changing] = timed.filter(
    (job) =>
      changes(String(job.keys.timezone)) &&
      schedulesOf(job).some((each) => isAtNight(each) || each.split(" ").at(-4)?.startsWith("*") === true),
  );
  if (changing !== undefined)
    findings.push({
      code: "import-dst",
      place: changing.place,
      message:
        "when clocks change, systemd leaves out times that do not exist, and takes those that come twice once; here a fixed time that does not exist is due right afterwards, and one with a star comes twice",
    });
  return findings.map((finding) => ({ ...finding, severity: "warning" }));
}
