import * as z from "zod";
import { LONGEST_REASON, whyWrongReason } from "../../job/reason.ts";
import type { JobRecord, RefuseReason } from "../../ledger/record.ts";
import { cancel } from "../../operate/cancel.ts";
import type { JobChange, OperateParts, Refused } from "../../operate/operation.ts";
import { type AllChange, pause, pauseAll, resume, resumeAll } from "../../operate/pause.ts";
import { reset } from "../../operate/reset.ts";
import { withdrawRun } from "../../operate/run.ts";
import { readUntil } from "../../schedule/read-time.ts";
import { isWrong } from "../../schedule/wrong.ts";
import { pauseOfAll } from "../../view/jobs/pause-view.ts";
import { pauseShape } from "../../view/shapes/job-shape.ts";
import { type RunDetailShape, runDetailShape } from "../../view/shapes/run-shape.ts";
import type { Answer } from "../answer.ts";
import { Fault } from "../fault.ts";
import type { Deed, RouteRequest } from "../route.ts";
import type { World } from "../world.ts";
import { ApiFault, refusedFault } from "./api-fault.ts";
import { API, type ApiRoute, type RouteDoc } from "./api-route.ts";
import { matching } from "./if-match.ts";
import { jobDetail, showJob } from "./jobs.ts";
import { json } from "./json-answer.ts";
import { headerOf, ifMatch, readBody } from "./read-request.ts";
import { type FoundRun, findAnyRun, requestedRun, showRun } from "./runs.ts";
import { noSuchRun, openLedger, orUnavailable, seenJob, seenRecords, seenZone } from "./seen.ts";

export const reason = z
  .string()
  .max(LONGEST_REASON, { error: ({ input }) => whyWrongReason(String(input)) })
  .refine((text) => whyWrongReason(text) === undefined, { error: ({ input }) => whyWrongReason(String(input)) })
  .meta({ description: "Why, for those who read it later." });

export const cancelBody = z.strictObject({ reason: reason.optional() });
export const pauseBody = z.strictObject({
  reason: reason.optional(),
  until: z
    .string()
    .max(40)
    .optional()
    .meta({
      description:
        "When it ends by itself: an instant (`2026-11-18T06:00Z`), a duration from now (`2h`), a time of day (`06:00`), the last in " +
        "the zone of the job, or that of most jobs; `resumed`: only when it is ended.",
      example: "2h",
    }),
});
export const nothing = z.strictObject({});

/** The pause of all jobs. */
const allShape = z
  .object({ paused: z.exactOptional(pauseShape).meta({ description: "Absent when they are not paused." }) })
  .meta({ id: "AllJobs" });

const ofAll: Omit<RouteDoc, "summary"> = {
  answers: {
    200: { description: "The pause of all jobs as it is now", shape: allShape },
  },
  faults: ["bad-request", "bad-input", "unclear", "ledger-unavailable"],
};

const conditional = z.object({
  "If-Match": ifMatch.optional().meta({ description: "The ETag of the job: changes it only in that state." }),
});

const ofJob: Omit<RouteDoc, "summary"> = {
  headers: conditional,
  answers: {
    200: { description: "The job as it is now", shape: jobDetail },
  },
  faults: ["bad-request", "no-such-job", "unreadable-record", "changed", "unclear", "ledger-unavailable"],
};

export const operateRoutes: readonly ApiRoute[] = [
  {
    method: "POST",
    path: `${API}/runs/:run/cancel`,
    role: "operate",
    doc: {
      summary: "End of a run",
      description: "Its scheduler sends the stop signal, and kills it after the job's `stop_grace_period`.",
      body: cancelBody,
      answers: {
        200: { description: "The run, which has ended", shape: runDetailShape },
        202: { description: "The run, which is being stopped", shape: runDetailShape },
      },
      faults: ["bad-request", "no-such-run", "unclear", "ledger-unavailable"],
    },
    answer: cancelRun,
  },
  {
    method: "POST",
    path: `${API}/jobs/:job/pause`,
    role: "operate",
    doc: { summary: "Pause of a job: what is due is skipped", body: pauseBody, ...ofJob },
    answer: async (request, world) => {
      const value = await readBody(pauseBody, request);
      const { record } = seenJob(request, world);
      const terms = termsOf(value, { request, world, record });
      return changeJob(request, world, {
        what: "pause",
        change: (job, parts) => pause({ job, ...terms }, parts),
      });
    },
  },
  {
    method: "POST",
    path: `${API}/jobs/:job/resume`,
    role: "operate",
    doc: { summary: "End of a job's pause", body: nothing, ...ofJob },
    answer: async (request, world) => {
      await readBody(nothing, request);
      return changeJob(request, world, { what: "resume", change: resume });
    },
  },
  {
    method: "POST",
    path: `${API}/jobs/:job/reset`,
    role: "operate",
    doc: {
      summary: "New beginning of a job's schedule",
      description: "What was due and is not decided is skipped; a record that is decided up to the future is mended.",
      body: nothing,
      ...ofJob,
    },
    answer: async (request, world) => {
      await readBody(nothing, request);
      const { timetables } = world;
      return changeJob(request, world, {
        what: "reset",
        change: (job, parts) => reset(job, { ...parts, timetables }),
      });
    },
  },
  {
    method: "POST",
    path: `${API}/pause`,
    role: "operate",
    doc: {
      summary: "Pause of all jobs, also of those that are declared later",
      description: "For callers who may operate all jobs.",
      body: pauseBody,
      ...ofAll,
    },
    answer: async (request, world) => {
      const value = await readBody(pauseBody, request);
      const terms = termsOf(value, { request, world, record: undefined });
      return changeAll(request, world, { what: "pause", change: (parts) => pauseAll(terms, parts) });
    },
  },
  {
    method: "POST",
    path: `${API}/resume`,
    role: "operate",
    doc: {
      summary: "End of the pause of all jobs; those with a pause of their own stay paused",
      description: "For callers who may operate all jobs.",
      body: nothing,
      ...ofAll,
    },
    answer: async (request, world) => {
      await readBody(nothing, request);
      return changeAll(request, world, { what: "resume", change: resumeAll });
    },
  },
];

interface Terms {
  readonly request: RouteRequest;
  readonly world: World;
  /** Of the job that is paused; undefined for all jobs. */
  readonly record: JobRecord | undefined;
}

export function termsOf(
  { reason, until }: z.output<typeof pauseBody>,
  { request: { by, caller }, world, record }: Terms,
) {
  const zone = () => ({ now: world.clock.now(), timezone: seenZone(record, caller, world) });
  const read = until === undefined ? undefined : readUntil(until, zone());
  if (isWrong(read)) throw new Fault("bad-input", `until: ${read.wrong}.`);
  return { by, ...(reason !== undefined && { reason }), ...(read !== undefined && { until: read }) };
}

async function cancelRun(request: RouteRequest, world: World): Promise<Answer> {
  const value = await readBody(cancelBody, request);
  const { params, caller, by } = request;
  const id = params.run ?? "";
  const records = seenRecords(caller, world);
  const found = findAnyRun(id, records, world);
  if (found === undefined) throw noSuchRun(id, records);
  if (found.kind === "request") return withdraw(found, request, world);
  if (found.kind === "past") return cancelled(await showRun(found, caller, world));
  const parts = { ledger: openLedger(world), clock: world.clock };
  const result = await orUnavailable(world, () => cancel({ run: id, by, reason: value.reason }, parts));
  if (result.kind === "refused") throw refusedFault(result, { run: id });
  // What was planned is a request here, and was withdrawn above.
  if (result.kind === "withdrawn") throw noSuchRun(id, records);
  const { run } = result;
  if (result.kind === "done") request.noteAsked({ what: "cancel", job: found.record.job, run: id });
  const shown = await showRun({ kind: "run", record: found.record, run }, caller, world);
  return cancelled(shown);
}

function cancelled(run: RunDetailShape): Answer {
  return json(run, { status: run.state === "ended" || run.state === "refused" ? 200 : 202 });
}

/** A request that has not begun is taken back. */
async function withdraw(
  found: Extract<FoundRun, { readonly kind: "request" }>,
  request: RouteRequest,
  world: World,
): Promise<Answer> {
  const { record } = found;
  const { job } = record;
  const id = requestedRun(job, found.request);
  const run = await showRun(found, request.caller, world);
  if (found.request.refused !== undefined) return cancelled(run);
  const state = await orUnavailable(world, () =>
    withdrawRun({ job, id: found.request.id }, { ledger: openLedger(world) }),
  );
  if (state.kind !== "gone")
    throw new ApiFault("unclear", `${id} could not be taken back, and may have begun: ask again.`, { job, run: id });
  request.noteAsked({ what: "cancel", job, run: id });
  const { waiting: _waiting, lapsesAt: _lapsesAt, ...rest } = run;
  return cancelled({ ...rest, state: "refused", refused: WITHDRAWN });
}

/** No scheduler refused it. */
const WITHDRAWN = "withdrawn" as RefuseReason;

export interface Change {
  readonly what: Exclude<Deed["what"], "run" | "cancel" | "test">;
  readonly change: (job: string, parts: OperateParts) => Promise<JobChange | Refused>;
}

async function changeJob(request: RouteRequest, world: World, { what, change }: Change): Promise<Answer> {
  const { job } = seenJob(request, world);
  const ledger = matching(headerOf(request.headers, "if-match"), openLedger(world));
  const result = await orUnavailable(world, () => change(job, { ledger, clock: world.clock }));
  if (result.kind === "refused") throw refusedFault(result, { job });
  if (result.kind === "done") request.noteAsked({ what, job });
  return showJob({ job, record: result.after }, request, world);
}

interface ChangeOfAll {
  readonly what: "pause" | "resume";
  readonly change: (parts: OperateParts) => Promise<AllChange | Refused>;
}

async function changeAll(request: RouteRequest, world: World, { what, change }: ChangeOfAll): Promise<Answer> {
  const { caller } = request;
  if (caller.jobs !== undefined)
    throw new Fault("not-yours", `This concerns all jobs; ${caller.name ?? "the caller"} may operate some of them.`);
  const { clock } = world;
  const result = await orUnavailable(world, () => change({ ledger: openLedger(world), clock }));
  if (result.kind === "refused") throw refusedFault(result, {});
  if (result.kind === "done") request.noteAsked({ what });
  const paused = pauseOfAll(result.after, clock.now());
  return json({ ...(paused && { paused }) });
}
