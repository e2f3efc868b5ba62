import type { Template } from "../../job/job.ts";
import { hashOf } from "../../job/job-hash.ts";
import { fitJobName } from "../values/job-name.ts";
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

/**
 * True where the object itself declares this job, with this very process. The object has the name of the one that the job
 * was read from, but may be another, and labels say nothing about other objects (promise 7). Schedules and policies may
 * differ: after a mistake in one of those the job stays as it was last read.
 */
export function declaresRun(
  { job, template }: RunOfJob,
  object: Declarer,
  reader: { readonly instance: string; readonly labelPrefix: string },
): boolean {
  if (Object.hasOwn(object.labels, RUN_LABEL) || !isFor(reader, object)) return false;
  const group = groupLabels(object.labels, reader.labelPrefix).find((each) => jobOf(each, object) === job);
  const declared = group && readTemplate(group, object);
  return declared !== undefined && processOf(declared) === processOf(template);
}

function jobOf({ name }: LabelGroup, object: Declarer): string | undefined {
  const own = fitJobName(object.name);
  return own === undefined || name === undefined ? own : `${own}.${name}`;
}

const PROCESS_KEYS: readonly string[] = Object.keys(processSchema.shape);

function readTemplate({ values }: LabelGroup, object: Declarer): Template | undefined {
  const process = [...values].filter(([key]) => PROCESS_KEYS.includes(key) || key.startsWith(ENVIRONMENT));
  const read = processSchema.safeParse(asWrittenInFiles(new Map(process)));
  return read.success ? makeLabelledTemplate(read.data, object) : undefined;
}

/** Returns a text that is equal for templates that run the same process, in whatever object. */
function processOf(template: Template): string {
  if (template.kind === "compose") return hashOf(template);
  const { environment = {} } = template;
  if (template.kind === "clone") {
    const { of: _of, ...process } = template;
    return hashOf({ ...process, environment });
  }
  const { within: _within, needsShell: _needsShell, ...process } = template;
  return hashOf({ ...process, environment });
}
