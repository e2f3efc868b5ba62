import * as z from "zod";
import type { ObjectKind, Template } from "../job/job.ts";
import { isWarning } from "../job/problem.ts";
import { type Declared, useDeclared } from "./compose/declared.ts";
import { withFiles } from "./compose/environment.ts";
import { checkAddresses } from "./compose/networks.ts";
import {
  checkEngine,
  checkTemplate,
  makeTemplate,
  type TemplateSettings,
  templateKeys,
  withoutExtensions,
} from "./compose/template.ts";
import { doubtBinds, type HostPathSettings } from "./compose/volumes.ts";
import { refuseNodesOfContainers } from "./each-node.ts";
import { type DateFiles, withDateFiles } from "./exclusions.ts";
import { isExec, makeExec, noExecInSwarm, readExecKeys } from "./exec-form.ts";
import { isHttp, makeHttp, noHttpInSwarm, readHttpKeys, withTimeout } from "./http-form.ts";
import { withSchedule } from "./inputs.ts";
import { type Launch, launchOf } from "./launches.ts";
import { type PolicyKeys, policyKeys } from "./policies.ts";
import type { Form, FormReading } from "./read-job.ts";
import { explainSchemaIssues } from "./schema-issues.ts";
import { type TellingKeys, tellingKeys } from "./telling.ts";
import { choice } from "./values/fields.ts";
import type { Issue } from "./values/issue.ts";
import type { YamlMap } from "./values/yaml.ts";
import type { EnvFileSettings } from "./variables/env-file.ts";

/**
 * `run`: in a container of its own. `exec`: in one that is running already (`exec-form.ts`). `http`: the scheduler sends a
 * request (`http-form.ts`).
 */
const launch = choice("run", "exec", "http").nullish();

/** A job with a container of its own. Every scalar comes as text; every unknown key is an issue. */
export const jobSchema = z.strictObject({ ...policyKeys, ...tellingKeys, launch, ...templateKeys });

type JobKeys = z.output<typeof jobSchema>;

export interface ComposeFormSettings extends TemplateSettings, HostPathSettings, EnvFileSettings, DateFiles {
  readonly declared: Declared;
  /** What jobs run as; absent when that is not known. What it cannot honour is an issue. */
  readonly engine?: ObjectKind;
}

/** Reads what is run from the keys of a Compose service, or what `launch` has in place of one. */
export function composeForm(written: YamlMap, settings: ComposeFormSettings): Form {
  return { launch: launchOf(written), read: () => readKeys(withSchedule(written), settings) };
}

function readKeys(written: YamlMap, settings: ComposeFormSettings): FormReading {
  const { engine, declared } = settings;
  const known = withoutExtensions(written);
  const { keys, template, issues } = READERS[launchOf(written)](known, settings);
  // Of a value that is not valid it would mislead to say what an engine makes of it.
  const refused = (engine === undefined ? [] : refusedBy(engine, written, declared)).filter(
    ({ path }) => !issues.some((issue) => !isWarning(issue) && isWithinOther(issue.path, path)),
  );
  const all = [...issues, ...refused];
  const used = template?.kind === "compose" ? useDeclared(template, declared) : template;
  const isValid = keys !== undefined && used !== undefined && all.every(isWarning);
  return { issues: all, valid: isValid ? { policies: keys, template: used } : undefined };
}

/** True where one place is the other, or lies below it. */
function isWithinOther(a: Issue["path"], b: Issue["path"]): boolean {
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  return shorter.length > 0 && shorter.every((step, index) => step === longer[index]);
}

function refusedBy(engine: ObjectKind, written: YamlMap, declared: Declared): Issue[] {
  const hint = "describe a container of its own for the job, or run jobs as plain containers with --engine container";
  const exec = engine === "service" && isExec(written) ? [noExecInSwarm(hint)] : [];
  const nodes = engine === "container" ? refuseNodesOfContainers(written) : [];
  const http = engine === "service" && isHttp(written) ? [noHttpInSwarm()] : [];
  return [...checkEngine(written, engine, declared), ...exec, ...http, ...nodes];
}

interface ReadKeys {
  readonly keys?: (PolicyKeys & TellingKeys) | undefined;
  readonly template?: Template | undefined;
  readonly issues: readonly Issue[];
}

const READERS: Readonly<Record<Launch, (written: YamlMap, settings: ComposeFormSettings) => ReadKeys>> = {
  run: readRun,
  exec: readExec,
  http: readHttp,
};

function readExec(written: YamlMap, settings: ComposeFormSettings): ReadKeys {
  const read = readExecKeys(written);
  if (read.keys === undefined) return read;
  const { keys, issues } = withDateFiles(read.keys, settings);
  return { keys, template: makeExec(keys, settings.variables), issues: [...read.issues, ...issues] };
}

function readHttp(written: YamlMap, settings: ComposeFormSettings): ReadKeys {
  const read = readHttpKeys(written);
  if (read.keys === undefined) return read;
  const { keys, issues } = withDateFiles(read.keys, settings);
  return { keys: withTimeout(keys), template: makeHttp(keys), issues: [...read.issues, ...issues] };
}

function readRun(written: YamlMap, settings: ComposeFormSettings): ReadKeys {
  const parsed = jobSchema.safeParse(written);
  if (!parsed.success) {
    const usable = readUsableKeys(written);
    const invalid = explainSchemaIssues(parsed.error.issues, written);
    const inFiles = [...withFiles(usable, settings).issues, ...withDateFiles(usable, settings).issues];
    return { issues: [...invalid, ...checkTemplate(usable, written), ...inFiles] };
  }
  const dated = withDateFiles(parsed.data, settings);
  const { keys, issues } = withFiles(dated.keys, settings);
  return {
    keys,
    template: makeTemplate(keys, settings),
    issues: [
      ...checkTemplate(keys, written),
      ...dated.issues,
      ...issues,
      ...doubtBinds(keys, settings),
      ...checkAddresses(keys, settings.declared),
    ],
  };
}

/** Returns the valid keys of a job in which others are not: what they say together is checked all the same. */
function readUsableKeys(written: YamlMap): Partial<JobKeys> {
  const entries = Object.entries(jobSchema.shape).flatMap(([key, schema]) => {
    const read = Object.hasOwn(written, key) ? schema.safeParse(written[key]) : undefined;
    return read?.success ? [[key, read.data] as const] : [];
  });
  return Object.fromEntries(entries) as Partial<JobKeys>;
}
