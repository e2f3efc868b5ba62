import * as z from "zod";
import { readInputs } from "../../job/inputs/read-inputs.ts";
import { cancel } from "../../operate/cancel.ts";
import { pause, resume } from "../../operate/pause.ts";
import { reset } from "../../operate/reset.ts";
import { requestRun, requestState } from "../../operate/run.ts";
import { findRun, whyNoJob } from "../../view/find.ts";
import { jobView } from "../../view/jobs/job-view.ts";
import { activeRunsOfGroup, groupInWords, jobsOfGroup } from "../../view/jobs/node-group.ts";
import { jobForStatus, jobShape, shapeJob } from "../../view/shapes/job-shape.ts";
import { list } from "../../view/shapes/shape.ts";
import type { Answer } from "../answer.ts";
import { Fault } from "../fault.ts";
import type { RouteRequest } from "../route.ts";
import type { World } from "../world.ts";
import { ApiFault, asSentence, type OfGroup, refusedFault } from "./api-fault.ts";
import { API, type ApiRoute, type RouteDoc } from "./api-route.ts";
import { json } from "./json-answer.ts";
import { type Change, cancelBody, nothing, pauseBody, termsOf } from "./operate.ts";
import { headerOf, readBody } from "./read-request.ts";
import { has, openLedger, orUnavailable, seenAnswer, seenRecords, seenZone } from "./seen.ts";
import {
  callerTrace,
  idempotencyKey,
  keyOf,
  refuseOtherStart,
  requestId,
  startBody,
  startOf,
  traceparent,
} from "./start.ts";

/** A job that is declared for each node. */
const groupShape = z
  .object({
    group: z.string(),
    summary: z
      .string()
      .meta({ description: "How it stands on its nodes.", example: "3 nodes, 2 succeeded, host-7 failed" }),
    items: list(jobShape).meta({ description: "The job of each node." }),
  })
  .meta({ id: "JobGroup" });

const ALL_OF_THEM =
  "Of those that the caller may operate; one after the other. Where it is refused for some, it is done for the others, and `done` and `refused` " +
  "of the fault say which.";

const ofGroup: Omit<RouteDoc, "summary"> = {
  description: ALL_OF_THEM,
  answers: { 200: { description: "The jobs as they are now", shape: groupShape } },
  faults: ["bad-request", "bad-input", "no-such-job", "unclear", "ledger-unavailable"],
};

export const groupRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: `${API}/groups/:job`,
    role: "status",
    doc: {
      summary: "A job that runs on each node, with the job of each",
      answers: { 200: { description: "How it stands on its nodes", shape: groupShape } },
      faults: ["no-such-job", "ledger-unavailable"],
    },
    answer: async (request, world) => {
      jobsOf(request, world);
      return showGroup(request, world);
    },
  },
  {
    method: "POST",
    path: `${API}/groups/:job/runs`,
    role: "operate",
    doc: {
      ...ofGroup,
      summary: "Start of a job on all its nodes",
      description: `${ALL_OF_THEM} Each is a run of its own: \`jobs/{job}\` and \`runs\` show how it goes.`,
      headers: z.object({ "Idempotency-Key": idempotencyKey, traceparent }),
      body: startBody,
      answers: { 202: { description: "The jobs as they are now", shape: groupShape } },
      faults: [...(ofGroup.faults ?? []), "not-declared", "key-used", "too-much"],
    },
    answer: startEach,
  },
  {
    method: "POST",
    path: `${API}/groups/:job/cancel`,
    role: "operate",
    doc: {
      ...ofGroup,
      summary: "End of the active runs of a job on all its nodes",
      body: cancelBody,
      answers: { 202: { description: "The jobs as they are now", shape: groupShape } },
    },
    answer: cancelEach,
  },
  {
    method: "POST",
    path: `${API}/groups/:job/pause`,
    role: "operate",
    doc: { summary: "Pause of a job on all its nodes", body: pauseBody, ...ofGroup },
    answer: async (request, world) => {
      const value = await readBody(pauseBody, request);
      const [first = ""] = jobsOf(request, world);
      const record = seenRecords(request.caller, world).get(first);
      const terms = termsOf(value, { request, world, record });
      return changeEach(request, world, { what: "pause", change: (job, parts) => pause({ job, ...terms }, parts) });
    },
  },
  {
    method: "POST",
    path: `${API}/groups/:job/resume`,
    role: "operate",
    doc: { summary: "End of that pause", body: nothing, ...ofGroup },
    answer: async (request, world) => {
      await readBody(nothing, request);
      return changeEach(request, world, { what: "resume", change: resume });
    },
  },
  {
    method: "POST",
    path: `${API}/groups/:job/reset`,
    role: "operate",
    doc: { summary: "New beginning of the schedules of a job on all its nodes", body: nothing, ...ofGroup },
    answer: async (request, world) => {
      await readBody(nothing, request);
      const { timetables } = world;
      return changeEach(request, world, {
        what: "reset",
        change: (job, parts) => reset(job, { ...parts, timetables }),
      });
    },
  },
];

/** Requests a run of the job of each node; with the same key, what was requested is not requested again. */
async function startEach(request: RouteRequest, world: World): Promise<Answer> {
  const { inputs, reason, at } = await readBody(startBody, request);
  const jobs = jobsOf(request, world);
  const records = seenRecords(request.caller, world);
  const key = keyOf(request);
  const parts = { ledger: openLedger(world), clock: world.clock, answer: seenAnswer(request.caller, world) };
  const given = { ...(inputs && { inputs }), ...(reason !== undefined && { reason }) };
  const asked = { by: request.by, ...given, ...callerTrace(request, world) };
  await onEach(request, jobs.map(asTarget), async ({ job }) => {
    const record = records.get(job);
    const id = requestId(job, key);
    const read = readInputs(world.definition(job)?.inputs, inputs ?? {});
    const zone = () => seenZone(record, request.caller, world);
    refuseOtherStart(record, id, { given: inputs ?? {}, values: "values" in read ? read.values : {}, at, zone });
    if (requestState(record, id).kind !== "gone") return;
    const startAt = at === undefined || record === undefined ? undefined : startOf(at, record, { request, world });
    const start = { job, id, ...asked, ...(startAt && { startAt }) };
    const requested = await orUnavailable(world, () => requestRun(start, parts));
    if (requested.kind === "refused") throw refusedFault(requested, { job });
    request.noteAsked({ what: "run", job });
  });
  return showGroup(request, world, 202);
}

/** What has ended meanwhile is left as it is. */
async function cancelEach(request: RouteRequest, world: World): Promise<Answer> {
  const { reason } = await readBody(cancelBody, request);
  const { params, caller, by } = request;
  jobsOf(request, world);
  const records = seenRecords(caller, world);
  const parts = { ledger: openLedger(world), clock: world.clock };
  const runs = activeRunsOfGroup(params.job ?? "", records);
  const targets = runs.map((run) => ({ job: findRun(run, records)?.record.job ?? "", run }));
  await onEach(request, targets, async ({ job, run }) => {
    const result = await orUnavailable(world, () => cancel({ run, by, reason }, parts));
    if (result.kind === "refused") throw refusedFault(result, { job, run });
    if (result.kind === "done") request.noteAsked({ what: "cancel", job, run });
  });
  return showGroup(request, world, 202);
}

const asTarget = (job: string): OfGroup => ({ job });

/**
 * Does it for each, one after the other, also where it is refused for one of them.
 *
 * @throws ApiFault with the code of the first refusal, and with what was done and what was refused.
 */
async function onEach<Target extends OfGroup>(
  { headers }: RouteRequest,
  targets: readonly Target[],
  change: (target: Target) => Promise<void>,
): Promise<void> {
  const tag = headerOf(headers, "if-match")?.trim() ?? "*";
  if (tag !== "*")
    throw new Fault("bad-request", "If-Match: a group has no ETag; change jobs/JOB one by one, or leave it out.");
  const done: Target[] = [];
  const refused: { readonly target: OfGroup; readonly fault: Fault }[] = [];
  for (const target of targets)
    try {
      await change(target);
      done.push(target);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      refused.push({ target, fault: error });
    }
  const [first] = refused;
  if (first === undefined) return;
  const { fault } = first;
  throw new ApiFault(fault.code, fault.message, {
    ...(fault instanceof ApiFault && fault.facts),
    headers: fault.headers,
    job: first.target.job,
    done,
    refused: refused.map(({ target, fault: { code, message: detail } }) => ({ ...target, code, detail })),
  });
}

/** @throws ApiFault `no-such-job` where no job that exists for the caller belongs to it. */
function jobsOf({ params, caller }: RouteRequest, world: World): readonly string[] {
  const group = params.job ?? "";
  const records = seenRecords(caller, world);
  const jobs = jobsOfGroup(group, records);
  if (jobs.length > 0) return jobs;
  if (records.has(group))
    throw new ApiFault("no-such-job", `${group} is a job of its own: see jobs/${group}.`, { job: group });
  throw new ApiFault("no-such-job", asSentence(whyNoJob(group, records)), { job: group });
}

async function changeEach(request: RouteRequest, world: World, { what, change }: Change): Promise<Answer> {
  const { clock } = world;
  await onEach(request, jobsOf(request, world).map(asTarget), async ({ job }) => {
    const result = await orUnavailable(world, () => change(job, { ledger: openLedger(world), clock }));
    if (result.kind === "refused") throw refusedFault(result, { job });
    if (result.kind === "done") request.noteAsked({ what, job });
  });
  return showGroup(request, world);
}

function showGroup({ params, caller }: RouteRequest, world: World, status = 200): Answer {
  const group = params.job ?? "";
  const records = seenRecords(caller, world);
  const { timetables, clock } = world;
  const parts = { answer: seenAnswer(caller, world), instance: world.instance(), timetables, now: clock.now() };
  const views = jobsOfGroup(group, records).flatMap((job) => jobView(job, records.get(job), parts) ?? []);
  const shapes = views.map(shapeJob);
  const items = has("read", caller) ? shapes : shapes.map(jobForStatus);
  return json({ group, summary: groupInWords(views), items }, { status });
}
