/**
 * `triggers` of the jobs of Compose files (Docker Engine 29.10, Compose 5.8): when a job is due, in Docker's words. They mean
 * here what they mean to Docker, with its defaults, and become keys of ours before a job is read.
 */
import * as z from "zod";
import { explainSchemaIssues } from "../schema-issues.ts";
import { bool, choice, listOf, mapOf, matching, scalarInput, text, written } from "../values/fields.ts";
import type { Issue } from "../values/issue.ts";
import type { YamlMap, YamlValue } from "../values/yaml.ts";
import type { Variables } from "../variables/interpolate.ts";

const CRON = 'a crontab pattern such as "0 3 * * *"';
const ENTRY = `${CRON}, or a map with cron, timezone, concurrency and missed_fires`;
const ENTRIES = 'a list with one entry, such as - cron: "0 3 * * *"';

const entryKeys = {
  cron: text(CRON),
  timezone: text("a time zone such as Asia/Seoul").nullish(),
  concurrency: choice("forbid", "queue").nullish(),
  missed_fires: choice("one", "skip").nullish(),
};

const entry = written(
  z.preprocess((value) => (typeof value === "string" ? { cron: value } : value), mapOf(entryKeys, ENTRY)),
  { or: scalarInput(ENTRY, [matching(/\S/)]) },
);

const schedule = written(
  z.preprocess(
    (value) => (Array.isArray(value) || value == null ? value : [value]),
    listOf(entry, ENTRIES).check(({ value, issues }) => {
      if (value.length === 1) return;
      const message = `has ${value.length} entries; Docker takes one`;
      const hint = "write schedule: with all of them, next to image, in place of triggers";
      issues.push({ code: "custom", input: value, message, params: { hint } });
    }),
  ),
  { orOne: true },
);

const triggerKeys = { manual: bool.nullish(), schedule: schedule.nullish() };

export const triggersSchema = mapOf(triggerKeys, "a map with schedule or manual").meta({ id: "triggers" });

/** A job without `triggers`, with keys of ours in their place. */
interface Untriggered {
  readonly written: YamlMap;
  readonly issues: readonly Issue[];
  /** Returns the issue where the key that it is about stands in the file. */
  readonly relocate: (issue: Issue) => Issue;
}

interface TriggerSettings {
  readonly defaultTimezone: string;
  readonly variables: Variables;
}

/** Translates the keys by which a job of Compose differs from one of ours; a job without `triggers` stays as it is. */
export function withoutTriggers(name: string, job: YamlMap, settings: TriggerSettings): Untriggered {
  if (!Object.hasOwn(job, "triggers")) return { written: job, issues: [], relocate: (issue) => issue };
  const { triggers, depends_on, profiles, build, ...rest } = job;
  const others = withoutName(rest, name);
  const parsed = triggersSchema.safeParse(triggers);
  // Whether the job has a schedule is not known, and its other keys are looked at all the same.
  if (!parsed.success)
    return {
      written: { ...others, schedule: others.schedule ?? [] },
      issues: explainSchemaIssues(parsed.error.issues, job, { above: ["triggers"], known }),
      relocate: (issue) => issue,
    };
  const { manual } = parsed.data;
  const [due] = parsed.data.schedule ?? [];
  const isInactive = isProfileInactive(profiles ?? null, settings.variables);
  const isOwnZone = due === undefined || due.timezone != null || others.timezone != null;
  return {
    written: {
      ...others,
      // A build without an image is explained where the job is read.
      ...(build !== undefined && others.image === undefined && { build }),
      ...(isInactive && { suspended: "true" }),
      schedule: due === undefined ? [] : [due.cron],
      ...(due !== undefined && {
        timezone: due.timezone ?? others.timezone ?? "UTC",
        overlap: due.concurrency ?? others.overlap ?? "forbid",
        catch_up: due.missed_fires == null ? (others.catch_up ?? "last") : CATCH_UP[due.missed_fires],
      }),
      ...(due?.concurrency === "queue" && { queue_limit: "1" }),
    },
    issues: [
      ...(others.schedule == null ? [] : [TWO_SCHEDULES]),
      ...(due === undefined ? withoutSchedule(manual) : aboutManual(manual)),
      ...(isOwnZone || settings.defaultTimezone === "UTC" ? [] : [readInUtc(settings.defaultTimezone)]),
      ...(due === undefined || DOCKERS_PATTERN.test(due.cron) ? [] : [REFUSED_BY_DOCKER]),
      ...(depends_on === undefined ? [] : [NOT_LOOKED_AT]),
      ...(isInactive ? [INACTIVE] : []),
      ...(build !== undefined && others.image !== undefined ? [NOT_BUILT] : []),
    ],
    relocate: (issue) => relocate(issue, { hasZone: due?.timezone != null }),
  };
}

/** `docker compose config` prints the name of a job inside it once more (compose-go 2.16.2). Another name stays, and is refused. */
function withoutName({ name: inside, ...others }: YamlMap, name: string): YamlMap {
  return inside === undefined || inside === name ? others : { name: inside, ...others };
}

const CATCH_UP = { one: "last", skip: "none" } as const;

/** Lists of numbers, ranges and steps. A step needs a star or a range before it. */
const DOCKERS_PART = String.raw`(?:\*(?:/\d+)?|\d+(?:-\d+(?:/\d+)?)?)`;
const DOCKERS_FIELD = `${DOCKERS_PART}(?:,${DOCKERS_PART})*`;
const DOCKERS_PATTERN = new RegExp(`^${DOCKERS_FIELD}(?:\\s+${DOCKERS_FIELD}){4}$`);

const ENTRY_PATH = ["triggers", "schedule", 0] as const;
const warning = { on: "key", severity: "warning" } as const;

const REFUSED_BY_DOCKER: Issue = {
  ...{ path: [...ENTRY_PATH, "cron"], on: "value", severity: "warning" },
  message: "Docker itself refuses this pattern; it takes five fields of numbers, ranges and steps",
  hint: "write it with numbers, or under schedule: next to image, where names and @daily belong",
};

const TWO_SCHEDULES: Issue = {
  ...{ path: ["schedule"], on: "key" },
  message: "schedule and triggers both say when the job is due",
  hint: "keep one of them",
};

const NOT_LOOKED_AT: Issue = {
  ...{ path: ["depends_on"], ...warning },
  message: "depends_on is not looked at, as by Docker when it starts a job by its schedule",
  hint: "see to it that these services run, or let the command wait for them",
};

const INACTIVE: Issue = {
  ...{ path: ["profiles"], ...warning },
  message: "no profile of the job is active, so it is suspended, as Compose would not register it",
  hint: "set COMPOSE_PROFILES to one of them",
};

const NOT_BUILT: Issue = {
  ...{ path: ["build"], ...warning },
  message: "the image is not built here; it is taken as it is, or pulled",
  hint: "build it beforehand, with docker compose build",
};

function withoutSchedule(manual: boolean | null | undefined): readonly Issue[] {
  if (manual === true) return [];
  const path = ["triggers"];
  if (manual === false)
    return [
      {
        path: ["triggers", "manual"],
        ...warning,
        message: "the job has no schedule, and Docker never runs it; here people may start it",
      },
    ];
  return [
    {
      path,
      on: "key",
      message: "triggers has neither schedule nor manual",
      hint: "add schedule: with a pattern, or manual: true",
    },
  ];
}

function aboutManual(manual: boolean | null | undefined): readonly Issue[] {
  const path = ["triggers", "manual"];
  if (manual === true)
    return [
      {
        path,
        on: "key",
        message: "manual: true next to a schedule is refused by Compose",
        hint: "leave it out: people may start the job all the same",
      },
    ];
  if (manual === false)
    return [
      {
        path,
        ...warning,
        message: "manual: false is not obeyed: operators may start every job here",
        hint: "roles and tokens say who is an operator",
      },
    ];
  return [];
}

function readInUtc(zone: string): Issue {
  const message = `the schedule has no timezone, and is read in UTC, as Docker reads it, not in ${zone}`;
  return { path: ENTRY_PATH, on: "value", message, hint: "write the timezone, UTC included", severity: "warning" };
}

/** `COMPOSE_PROFILES` names the active ones. */
function isProfileInactive(profiles: YamlValue, { COMPOSE_PROFILES = "" }: Variables): boolean {
  const named = Array.isArray(profiles) ? profiles : typeof profiles === "string" ? [profiles] : [];
  const active = COMPOSE_PROFILES.split(",").map((name) => name.trim());
  return named.length > 0 && !active.includes("*") && !named.some((name) => active.includes(String(name)));
}

function relocate(issue: Issue, { hasZone }: { readonly hasZone: boolean }): Issue {
  const [key, ...rest] = issue.path;
  if (key === "schedule") return { ...issue, path: [...ENTRY_PATH, "cron", ...rest.slice(1)] };
  if (key === "timezone" && hasZone) return { ...issue, path: [...ENTRY_PATH, "timezone", ...rest] };
  return issue;
}

function known(place: string) {
  const allowed = place === "triggers" ? Object.keys(triggerKeys) : Object.keys(entryKeys);
  return { allowed, unsupported: new Map<string, string>(), inWords: allowed.join(", ") };
}
