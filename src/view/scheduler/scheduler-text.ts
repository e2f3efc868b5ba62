import * as z from "zod";
import { SOURCES } from "../../job/job.ts";
import { REFUSAL_REASONS } from "../../job/problem.ts";
import type { DeclaredJob, SchedulerView, ViewProblem } from "./scheduler-view.ts";

/** Must be raised when an older command could misread what a scheduler says. */
const FORM = 1;

/**
 * Writes a scheduler's view as lines of JSON, one for the scheduler and one for each job and problem, so that ten thousand
 * jobs are written and read piece by piece. Only a scheduler and the commands of its own version use this form.
 */
export function* writeSchedulerView({ jobs, unsure, problems, ...scheduler }: SchedulerView): Generator<string> {
  yield line({ form: FORM, scheduler });
  for (const [name, job] of jobs) yield line({ name, job });
  for (const name of unsure) yield line({ unsure: name });
  for (const problem of problems) yield line({ problem });
  yield line({ end: true });
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** Reads what `writeSchedulerView` wrote. Undefined for anything else: another program's answer, half an answer, another form. */
export function readSchedulerView(text: string): SchedulerView | undefined {
  const [first = "", ...rest] = text.trimEnd().split("\n");
  const head = headLine.safeParse(parseJson(first));
  if (!head.success || rest.pop() !== line({ end: true }).trimEnd()) return undefined;
  const jobs = new Map<string, DeclaredJob>();
  const unsure = new Set<string>();
  const problems: ViewProblem[] = [];
  for (const text of rest) {
    const read = partLine.safeParse(parseJson(text));
    if (!read.success) return undefined;
    if ("job" in read.data) jobs.set(read.data.name, read.data.job);
    else if ("unsure" in read.data) unsure.add(read.data.unsure);
    else problems.push(read.data.problem);
  }
  return { ...head.data.scheduler, jobs, unsure, problems };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const text = z.string();
const date = z.iso.datetime().transform((text) => new Date(text));
const source = z.enum(SOURCES);

const anyType = {
  default: z.exactOptional(text),
  required: z.exactOptional(z.literal(true)),
  description: z.exactOptional(text),
};
const range = <T extends z.ZodType>(end: T) => ({ min: z.exactOptional(end), max: z.exactOptional(end) });

const input = z.discriminatedUnion("type", [
  z.object({ type: z.literal("string"), ...anyType, pattern: z.exactOptional(text), maxLength: z.number() }),
  z.object({ type: z.literal("integer"), ...anyType, ...range(z.number()) }),
  z.object({ type: z.literal("boolean"), ...anyType }),
  z.object({ type: z.literal("date"), ...anyType, ...range(text) }),
  z.object({ type: z.literal("choice"), ...anyType, options: z.array(text) }),
]);

const attempt = z.object({ job: text, run: text, attempt: z.number() });

const headLine = z.object({
  form: z.literal(FORM),
  scheduler: z.object({
    version: text,
    instance: text,
    ledgerFile: z.exactOptional(text),
    role: z.union([
      z.object({ kind: z.literal("active") }),
      z.object({ kind: z.literal("starting") }),
      z.object({ kind: z.literal("standby"), because: text }),
    ]),
    engineDownBecause: z.exactOptional(text),
    engineDownSince: z.exactOptional(date),
    ledgerDownBecause: z.exactOptional(text),
    starts: z.exactOptional(z.object({ taken: z.number(), all: z.number() })),
    pools: z.exactOptional(
      z.array(z.object({ name: text, limit: z.number(), holders: z.array(attempt), waiting: z.array(attempt) })),
    ),
    channels: z.exactOptional(
      z.array(
        z.object({
          name: text,
          kind: text,
          address: text,
          lastSuccessAt: z.exactOptional(date),
          troubleBecause: z.exactOptional(text),
          troubleSince: z.exactOptional(date),
          troubleAgainAt: z.exactOptional(date),
        }),
      ),
    ),
  }),
});

const startWait = z.union([
  z.object({ since: date, for: z.literal(["turn", "engine"]) }),
  z.object({ since: date, for: z.literal("image"), image: text }),
  z.object({ since: date, for: z.literal("pool"), pool: text }),
]);

const partLine = z.union([
  z.object({
    name: text,
    job: z.object({
      hash: text,
      origin: z.object({
        source,
        unit: text,
        at: text,
        stack: z.exactOptional(text),
        translated: z.exactOptional(z.object({ from: text, native: text })),
        composeJob: z.exactOptional(z.object({ project: z.exactOptional(text) })),
      }),
      schedules: z.array(
        z.object({
          pattern: text,
          timezone: text,
          written: z.exactOptional(text),
          jitter: z.exactOptional(z.object({ ms: z.number(), seed: z.number() })),
        }),
      ),
      exclusions: z.exactOptional(
        z.object({
          timezone: text,
          except: z.exactOptional(text),
          only: z.exactOptional(text),
          quiet: z.exactOptional(z.array(text)),
          defers: z.exactOptional(z.object({ withinMs: z.exactOptional(z.number()) })),
        }),
      ),
      after: z.exactOptional(z.object({ job: text, on: z.enum(["succeeded", "failed", "ended"]) })),
      suspended: z.boolean(),
      inputs: z.exactOptional(z.record(text, input)),
      node: z.exactOptional(
        z.object({
          of: text,
          id: text,
          name: text,
          away: z.exactOptional(z.object({ since: date, because: z.enum(["left", "drain", "pause", "unmatched"]) })),
        }),
      ),
      timeoutMs: z.exactOptional(z.number()),
      expectedDurationMs: z.exactOptional(z.number()),
      maxSuccessAgeMs: z.exactOptional(z.number()),
      isKept: z.boolean(),
      dockerJobs: z.exactOptional(z.array(text)),
      nextRunAt: z.exactOptional(date),
      preparedFor: z.exactOptional(date),
      start: z.exactOptional(startWait),
      troubles: z.exactOptional(z.array(z.object({ cause: text, since: date, againAt: z.exactOptional(date) }))),
    }),
  }),
  z.object({ unsure: text }),
  z.object({
    problem: z.object({
      at: text,
      message: text,
      hint: z.exactOptional(text),
      severity: z.exactOptional(z.literal("warning")),
      refused: z.exactOptional(z.enum(REFUSAL_REASONS)),
      source: z.enum([...SOURCES, "scheduler"]),
      job: z.exactOptional(text),
    }),
  }),
]);
