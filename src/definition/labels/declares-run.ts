import type { Template } from "../../job/job.ts";
import { hashOf } from "../../job/job-hash.ts";
import { fitJobName } from "../values/job-name.ts";
import type { ForeignJob, ForeignLabels } from "./foreign.ts";
import { makeLabelledTemplate, processSchema } from "./label-form.ts";
import { asWrittenInFiles, ENVIRONMENT, groupLabels, type LabelGroup } from "./label-keys.ts";
import { isFor, type LabelledObject, RUN_LABEL } from "./labelled-object.ts";

/** A job as it is about to be run. */
interface RunOfJob {
  readonly job: string;
  readonly template: Template;
}

/** An object as it is now, under the name by which the job was read: Compose renames what it replaces. */
type Declarer = Pick<LabelledObject, "kind" | "id" | "name" | "version" | "labels">;

/** By what labels are read. */
export interface RunReader {
  readonly instance: string;
  readonly labelPrefix: string;
  readonly foreign?: Pick<ForeignLabels, "read"> | undefined;
}

/**
 * True where the object itself declares this job, with this very process. The object has the name of the one that the job
 * was read from, but may be another, and labels say nothing about other objects (promise 7). Schedules and policies may
 * differ: after a mistake in one of those the job stays as it was last read.
 */
export function declaresRun({ job: name, template }: RunOfJob, object: Declarer, reader: RunReader): boolean {
  const job = (template.kind === "clone" ? template.node?.of : undefined) ?? name;
  if (Object.hasOwn(object.labels, RUN_LABEL) || !isFor(reader, object)) return false;
  const group = groupLabels(object.labels, reader.labelPrefix).find((each) => jobOf(each, object) === job);
  const declared =
    group === undefined
      ? readForeignTemplate(reader.foreign?.read(object) ?? [], job, object)
      : readTemplate(asWrittenInFiles(processLabels(group)), object);
  return declared !== undefined && processOf(declared) === processOf(template);
}

function jobOf({ name }: Pick<LabelGroup, "name">, object: Declarer): string | undefined {
  const own = fitJobName(object.name);
  return own === undefined || name === undefined ? own : `${own}.${name}`;
}

const PROCESS_KEYS: readonly string[] = Object.keys(processSchema.shape);

function processLabels({ values }: LabelGroup): ReadonlyMap<string, string> {
  return new Map([...values].filter(([key]) => PROCESS_KEYS.includes(key) || key.startsWith(ENVIRONMENT)));
}

function readForeignTemplate(jobs: readonly ForeignJob[], job: string, object: Declarer): Template | undefined {
  const { translated } = jobs.find((each) => jobOf(each, object) === job) ?? {};
  if (translated?.as !== "label") return undefined;
  const process = Object.entries(translated.written).filter(([key]) => PROCESS_KEYS.includes(key));
  return readTemplate(Object.fromEntries(process), object);
}

function readTemplate(written: Readonly<Record<string, unknown>>, object: Declarer): Template | undefined {
  const read = processSchema.safeParse(written);
  return read.success ? makeLabelledTemplate(read.data, object) : undefined;
}

/** Returns a text that is equal for templates that run the same process, in whatever object. */
function processOf(template: Template): string {
  if (template.kind === "compose" || template.kind === "http") return hashOf(template);
  const { environment = {} } = template;
  if (template.kind === "clone") {
    const { of: _of, node: _node, ...process } = template;
    return hashOf({ ...process, environment });
  }
  const { within: _within, needsShell: _needsShell, ...process } = template;
  return hashOf({ ...process, environment });
}
