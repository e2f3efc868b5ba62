import type { ForeignLabels } from "../../../definition/labels/foreign.ts";
import type { TraceHeaders } from "../../../job/trace.ts";
import type { Trigger, Upstream } from "../../../ledger/record.ts";
import type { AttemptOrder, OwnObject } from "../../engine.ts";

/** Everything that we create carries these labels: whose object it is, and of which attempt. */
export const RUN_LABELS = {
  instance: "shipbell.instance",
  job: "shipbell.job",
  run: "shipbell.run",
  scheduledAt: "shipbell.scheduled-at",
  attempt: "shipbell.attempt",
  trigger: "shipbell.trigger",
  /** The job and the run whose end has started it, with `/` between them. Such a run has the trigger `schedule` here, as older
   * versions know no other and would not take it for theirs. */
  upstream: "shipbell.upstream",
  definition: "shipbell.definition",
  /** The name that it was created under. Labels are copied with images and specifications; names are not. */
  object: "shipbell.object",
} as const;

/** All our labels on objects that run jobs begin so, whatever `label-prefix` is for objects that declare jobs. */
export const RUN_LABELS_PREFIX = "shipbell.";

export type Labels = Readonly<Record<string, string>>;

/** An attempt, as labels describe it. */
export type LabelledAttempt = Omit<OwnObject, "id" | "name" | "inert" | "running">;

export function writeRunLabels(instance: string, order: LabelledAttempt & { readonly objectName: string }): Labels {
  return {
    [RUN_LABELS.instance]: instance,
    [RUN_LABELS.job]: order.job,
    [RUN_LABELS.run]: order.run,
    [RUN_LABELS.scheduledAt]: order.scheduledAt.toISOString(),
    [RUN_LABELS.attempt]: String(order.attempt),
    [RUN_LABELS.trigger]: order.trigger === "after" ? "schedule" : order.trigger,
    ...(order.after && { [RUN_LABELS.upstream]: `${order.after.job}/${order.after.run}` }),
    [RUN_LABELS.definition]: order.definition,
    [RUN_LABELS.object]: order.objectName,
  };
}

/** Older versions appended one each time. */
const AGAIN_SUFFIX = /(-again-[0-9a-f]{6})+$/;

/** The name that a container gets when its start is sent again: that of before with `mark`, six hex digits, in place of the last one. */
export function nameAgain(name: string, mark: string): string {
  return `${name.replace(AGAIN_SUFFIX, "")}-again-${mark}`;
}

/**
 * Undefined when the object is not of this instance, when a label is missing or unreadable, or when it was created
 * under another name: then its labels come from an image made of a run (`docker commit`) or from a copied
 * specification, and the object is the user's. Older versions did not write that name.
 */
export function readRunLabels(
  instance: string,
  { name, labels }: { readonly name: string; readonly labels: Labels },
): LabelledAttempt | undefined {
  if (labels[RUN_LABELS.instance] !== instance) return undefined;
  const madeAs = labels[RUN_LABELS.object];
  // A container has no name while the engine removes it.
  const isOwn = madeAs === undefined || ["", madeAs].includes(name.replace(AGAIN_SUFFIX, ""));
  if (!isOwn) return undefined;
  const { [RUN_LABELS.job]: job, [RUN_LABELS.run]: run, [RUN_LABELS.definition]: definition } = labels;
  const trigger = readTrigger(labels[RUN_LABELS.trigger]);
  const attempt = Number(labels[RUN_LABELS.attempt]);
  const scheduledAt = new Date(labels[RUN_LABELS.scheduledAt] ?? "");
  if (!job || !run || !definition || trigger === undefined) return undefined;
  if (!Number.isInteger(attempt) || attempt < 1 || Number.isNaN(scheduledAt.getTime())) return undefined;
  const after = readUpstream(labels[RUN_LABELS.upstream]);
  return { job, run, attempt, trigger, scheduledAt, definition, ...(after && { trigger: "after", after }) };
}

/** True for an object with labels that begin so, unless it runs a job, of any instance. */
export function declaresJobs(labels: Labels, labelPrefix: string): boolean {
  return labels[RUN_LABELS.run] === undefined && Object.keys(labels).some((key) => key.startsWith(`${labelPrefix}.`));
}

/** By what labels are known to declare jobs. */
export interface LabelReader {
  readonly labelPrefix: string;
  readonly foreign?: Pick<ForeignLabels, "declares"> | undefined;
}

/** The same, with labels of other schedulers that count. */
export function declaresAny(labels: Labels, { labelPrefix, foreign }: LabelReader): boolean {
  return (
    declaresJobs(labels, labelPrefix) || (labels[RUN_LABELS.run] === undefined && foreign?.declares(labels) === true)
  );
}

/** The variables that shipbell gives to the job's process, which has these of its own. */
export function runEnvironment(order: AttemptOrder, own: Variables = {}): Variables {
  return {
    ...traceVariables(order, { ...own, ...order.inputs, ...order.environment }),
    ...order.inputs,
    ...order.environment,
    SHIPBELL_JOB: order.job,
    SHIPBELL_RUN: order.run,
    SHIPBELL_SCHEDULED_AT: order.scheduledAt.toISOString(),
    SHIPBELL_ATTEMPT: String(order.attempt),
    SHIPBELL_TRIGGER: order.trigger,
    ...(order.after && { SHIPBELL_AFTER_RUN: order.after.run }),
  };
}

type Variables = Readonly<Record<string, string>>;

/** Where the process finds its trace: https://opentelemetry.io/docs/specs/otel/context/env-carriers/ */
const TRACE_VARIABLES = { traceparent: "TRACEPARENT", tracestate: "TRACESTATE", baggage: "BAGGAGE" } as const;

/** None where the process is given another trace, and none that it has itself. */
function traceVariables({ trace }: AttemptOrder, own: Variables): Variables {
  if (trace === undefined || own[TRACE_VARIABLES.traceparent] !== undefined) return {};
  const headers = Object.entries({ ...trace }) as [keyof TraceHeaders, string][];
  const told = headers.map(([header, value]) => [TRACE_VARIABLES[header], value] as const);
  return Object.fromEntries(told.filter(([name]) => own[name] === undefined));
}

/**
 * Returns the names of the variables with which shipbell tells a process of its trace, or may tell it: of `written` for it, none
 * that it has itself. A scheduler with other variables of OpenTelemetry tells the same attempt something else, or nothing.
 */
export function traceNames({ trace }: Pick<AttemptOrder, "trace">, written: Variables): ReadonlySet<string> {
  const parent = written[TRACE_VARIABLES.traceparent];
  if (parent !== undefined && parent !== trace?.traceparent) return new Set();
  const told = (Object.keys(TRACE_VARIABLES) as (keyof TraceHeaders)[]).filter(
    (header) => trace?.[header] !== undefined || written[TRACE_VARIABLES[header]] === undefined,
  );
  return new Set(told.map((header) => TRACE_VARIABLES[header]));
}

/** Returns variables in the form of the engine, `NAME=VALUE`, as an object. */
export function readEnvironment(variables: readonly string[] | null | undefined): Variables {
  return Object.fromEntries(
    (variables ?? []).map((variable) => {
      const at = variable.indexOf("=");
      return at === -1 ? [variable, ""] : [variable.slice(0, at), variable.slice(at + 1)];
    }),
  );
}

function readUpstream(text: string | undefined): Upstream | undefined {
  const [job, run, ...more] = text?.split("/") ?? [];
  return job && run && more.length === 0 ? { job, run } : undefined;
}

const TRIGGERS: readonly string[] = ["schedule", "catch-up", "manual"] satisfies Trigger[];

function readTrigger(text: string | undefined): Trigger | undefined {
  return text !== undefined && TRIGGERS.includes(text) ? (text as Trigger) : undefined;
}

export function writeEnvironment(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}
