import * as z from "zod";
import type { JobRecord } from "../../ledger/record.ts";
import { recordForStatus } from "../../view/for-status.ts";
import { nextOccurrences } from "../../view/jobs/due.ts";
import { JOB_STATES, type JobRow, type JobTableParts } from "../../view/jobs/job-row.ts";
import { jobView } from "../../view/jobs/job-view.ts";
import { recordVersion } from "../../view/record-version.ts";
import { runViews } from "../../view/runs/run-view.ts";
import { definitionShape, shapeDefinition } from "../../view/shapes/definition-shape.ts";
import { explanationShape, shapeExplanation } from "../../view/shapes/explanation-shape.ts";
import { jobForStatus, jobKeys, shapeJob } from "../../view/shapes/job-shape.ts";
import { runForStatus, runShape, shapePastRun, shapeRun } from "../../view/shapes/run-shape.ts";
import { instant, list } from "../../view/shapes/shape.ts";
import { shapeVerdict, verdictShape } from "../../view/shapes/verdict-shape.ts";
import type { Caller, RouteRequest } from "../route.ts";
import type { World } from "../world.ts";
import { ApiFault } from "./api-fault.ts";
import { API, type ApiRoute } from "./api-route.ts";
import { json } from "./json-answer.ts";
import { ITEMS, limit, readQuery } from "./read-request.ts";
import { has, type SeenJob, seenAnswer, seenJob, seenRecord, seenRecords, seenScheduler } from "./seen.ts";

const stateKeys = {
  state: z.enum(JOB_STATES).meta({ description: "The most urgent of `states`." }),
  states: list(z.enum(JOB_STATES)).meta({ description: "All that hold, most urgent first." }),
  why: z
    .exactOptional(z.string())
    .meta({ description: "Why it is in that state, as a part of a sentence. Role read." }),
  source: z.exactOptional(z.string()).meta({ description: "files, services or containers" }),
  stack: z.exactOptional(z.string()).meta({ description: "The stack, Compose project or file that declares it." }),
};

const jobItem = z.object({ ...jobKeys, ...stateKeys }).meta({ id: "JobItem" });

const page = z
  .object({
    items: list(jobItem),
    next: z.exactOptional(z.string()).meta({ description: "The value of `after` for the next page: a name." }),
  })
  .meta({ id: "Jobs" });

const counts = z.record(z.string(), z.number().int()) as z.ZodType<Readonly<Record<string, number>>>;

/** What has been counted since the job has a record. */
const totals = z
  .object({
    started: counts.meta({ description: "By trigger." }),
    skipped: counts.meta({ description: "By reason." }),
    missed: counts.meta({ description: "By reason." }),
    ended: z.record(z.string(), counts).meta({ description: "By outcome and trigger." }),
    retries: z.exactOptional(z.number().int()),
    runSeconds: z.object({ sum: z.number(), count: z.number().int() }),
    lastStartAt: z.exactOptional(instant),
    lastCompletionAt: z.exactOptional(instant),
    lastSuccessAt: z.exactOptional(instant),
    lastFailureAt: z.exactOptional(instant),
    lastExitCode: z.exactOptional(z.number().int()),
    notices: z
      .exactOptional(
        z.record(z.string(), z.object({ delivered: z.exactOptional(counts), dropped: z.exactOptional(counts) })),
      )
      .meta({ description: "What each channel was told, and what it never got, by kind. Role read." }),
  })
  .meta({ id: "Totals" });

export const jobDetail = z
  .object({
    ...jobKeys,
    ...stateKeys,
    version: z
      .exactOptional(z.string())
      .meta({ description: "Names the state of its record, as the ETag and events do." }),
    next: list(instant).meta({ description: "When it is due next: at most 10." }),
    last: list(runShape).meta({ description: "The last runs, newest first: at most 10." }),
    verdicts: list(verdictShape).meta({ description: "The last 20, oldest first." }),
    totals: z.exactOptional(totals),
    definition: z.exactOptional(definitionShape).meta({ description: "As this scheduler carries it out. Role read." }),
  })
  .meta({ id: "JobDetail" });

const listing = z.object({
  state: z.enum(JOB_STATES, { error: `must be one of ${JOB_STATES.join(", ")}` }).optional(),
  q: z
    .string()
    .max(200)
    .optional()
    .meta({ description: "Words that are all found in name, schedules, stack or place." }),
  limit: limit.optional(),
  after: z.string().max(63).optional().meta({ description: "A name: jobs after it." }),
});

export const jobRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: `${API}/jobs`,
    role: "status",
    doc: {
      summary: "Jobs, by name",
      query: listing,
      answers: { 200: { description: "Some of the jobs", shape: page } },
      faults: ["bad-request", "ledger-unavailable"],
    },
    answer: async (request, world) => {
      const { state, q, after = "", limit: most = ITEMS } = readQuery(listing, request.query);
      const parts = await tableParts(request.caller, world);
      const query = { ...(state && { state }), ...(q !== undefined && { text: q }) };
      const found = world.jobRows.find(parts, query).filter((name) => name > after);
      const shown = found.slice(0, most);
      const items = shown.flatMap((name) => {
        const row = world.jobRows.row(name, parts);
        return row === undefined ? [] : (shapeItem(row, parts, { caller: request.caller, world }) ?? []);
      });
      const last = shown.at(-1);
      return json({ items, ...(found.length > most && last !== undefined && { next: last }) });
    },
  },
  {
    method: "GET",
    path: `${API}/jobs/:job`,
    role: "status",
    doc: {
      summary: "A job",
      description: "Its ETag names the state of its record; `If-Match` with it makes a change conditional.",
      answers: {
        200: { description: "The job", shape: jobDetail, headers: { ETag: "The state of its record" } },
      },
      faults: ["no-such-job", "unreadable-record", "ledger-unavailable"],
    },
    answer: async (request, world) => showJob(seenJob(request, world), request, world),
  },
  {
    method: "GET",
    path: `${API}/explain/:job`,
    role: "read",
    doc: {
      summary: "Why a job ran or did not, and what comes next, in sentences",
      answers: { 200: { description: "The sentences, and the facts that they state", shape: explanationShape } },
      faults: ["no-such-job", "unreadable-record", "ledger-unavailable"],
    },
    answer: async (request, world) => {
      const record = seenRecord(request, world);
      const answer = seenAnswer(request.caller, world);
      const { timetables, clock } = world;
      const parts = { states: await world.states(), timetables, now: clock.now(), answer, instance: world.instance() };
      const explanation = shapeExplanation(record, parts);
      if (explanation === undefined) throw new ApiFault("no-such-job", `There is no job "${record.job}" any longer.`);
      return json(explanation);
    },
  },
];

async function tableParts(caller: Caller, world: World): Promise<JobTableParts> {
  const records = seenRecords(caller, world);
  return {
    records,
    instance: world.instance(),
    scheduler: seenScheduler(caller, world),
    states: await world.states(),
    now: world.clock.now(),
  };
}

interface Showing {
  readonly caller: Caller;
  readonly world: World;
}

function shapeItem(row: JobRow, { records, scheduler, now }: JobTableParts, { caller, world }: Showing) {
  const { job, state, states, why, source, stack } = row;
  const view = jobView(job, records.get(job), {
    answer: { kind: "answers", view: scheduler },
    timetables: world.timetables,
    now,
    instance: world.instance(),
  });
  if (view === undefined) return undefined;
  const shape = shapeJob(view);
  const reads = has("read", caller);
  return {
    ...(reads ? shape : jobForStatus(shape)),
    state,
    states,
    ...(reads && why !== undefined && { why }),
    ...(source && { source }),
    ...(stack !== undefined && { stack }),
  };
}

/** Answers with everything about the job that the caller may see. */
export async function showJob({ job, record }: SeenJob, { caller }: Pick<RouteRequest, "caller">, world: World) {
  const parts = await tableParts(caller, world);
  // What was just changed may not be known to the table yet.
  const current = record === undefined ? parts : { ...parts, records: new Map([[job, record]]) };
  const row = world.jobRows.row(job, current);
  const item = row && shapeItem(row, current, { caller, world });
  if (item === undefined) throw new ApiFault("no-such-job", `There is no job "${job}" any longer.`, { job });
  const definition = has("read", caller) ? world.definition(job) : undefined;
  const version = record && recordVersion(record);
  const shown = record && (has("read", caller) ? record : recordForStatus(record));
  const body = {
    ...item,
    ...(version !== undefined && { version }),
    next: record === undefined ? [] : nextOccurrences(record, world.timetables, { now: parts.now, count: SHOWN }),
    last: record === undefined ? [] : lastRuns(record, parts, { caller, world }),
    verdicts: (shown?.verdicts ?? []).map(shapeVerdict),
    ...(shown && { totals: shown.totals }),
    ...(definition && { definition: shapeDefinition(definition) }),
  };
  return json(body, version === undefined ? {} : { headers: { ETag: `"${version}"` } });
}

const SHOWN = 10;

function lastRuns(record: JobRecord, { states, now }: JobTableParts, { caller, world }: Showing) {
  const kept = runViews(record, { states, now }).map((view) => shapeRun(view, record.job));
  const past = world.jobRows
    .pastOf(record)
    .runs.flatMap((run) => (run.hasDetails ? [] : (shapePastRun(record.job, run) ?? [])));
  const runs = [...kept, ...past].sort((a, b) => b.scheduledAt.getTime() - a.scheduledAt.getTime()).slice(0, SHOWN);
  return has("read", caller) ? runs : runs.map(runForStatus);
}
