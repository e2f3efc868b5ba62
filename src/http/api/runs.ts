import { setImmediate } from "node:timers/promises";
import * as z from "zod";
import { runId } from "../../job/names.ts";
import type { JobRecord, Run, RunRequest } from "../../ledger/record.ts";
import { allRequests, expiresAt } from "../../ledger/record.ts";
import { findRun, type Records } from "../../view/find.ts";
import type { PastRun } from "../../view/runs/past-runs.ts";
import { type ObjectStates, runView } from "../../view/runs/run-view.ts";
import {
  type RunDetailShape,
  type RunShape,
  runDetailShape,
  runForStatus,
  runShape,
  shapeAttempt,
  shapePastRun,
  shapeRun,
} from "../../view/shapes/run-shape.ts";
import { list } from "../../view/shapes/shape.ts";
import { waitingWords } from "../../view/words/waiting.ts";
import type { Caller, RouteRequest } from "../route.ts";
import type { World } from "../world.ts";
import { API, type ApiRoute } from "./api-route.ts";
import { json } from "./json-answer.ts";
import { flag, ITEMS, limit, readQuery } from "./read-request.ts";
import { has, noSuchRun, seenAnswer, seenRecord, seenRecords } from "./seen.ts";

const OUTCOMES = ["succeeded", "failed", "rejected", "timed-out", "replaced", "cancelled", "lost"] as const;

/** When a run was due, and its ID. */
const CURSOR = /^([0-9a-z]{1,11})\.([\w.-]{1,200})$/;

const ofOne = z.object({
  outcome: z.enum(OUTCOMES, { error: `must be one of ${OUTCOMES.join(", ")}` }).optional(),
  active: flag.optional(),
  limit: limit.optional(),
  after: z.string().regex(CURSOR, "must be the `next` of an answer").optional(),
});
const ofAll = z.object({ job: z.string().max(63).optional(), ...ofOne.shape });

const page = z
  .object({
    items: list(runShape),
    next: z.exactOptional(z.string()).meta({ description: "The value of `after` for the next page." }),
  })
  .meta({ id: "Runs" });

export const runRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: `${API}/runs`,
    role: "status",
    doc: {
      summary: "Runs of all jobs, newest first",
      description:
        "Those that are active or kept with their details, and of each job the last 60 that have ended (`detail: false`).",
      query: ofAll,
      answers: { 200: { description: "Some of the runs", shape: page } },
      faults: ["bad-request", "ledger-unavailable"],
    },
    answer: async (request, world) => {
      const query = readQuery(ofAll, request.query);
      const records = seenRecords(request.caller, world);
      const chosen = query.job === undefined ? records : new Map([...records].filter(([job]) => job === query.job));
      return json(await listRuns(chosen, query, { request, world }));
    },
  },
  {
    method: "GET",
    path: `${API}/jobs/:job/runs`,
    role: "status",
    doc: {
      summary: "Runs of a job, newest first",
      query: ofOne,
      answers: { 200: { description: "Some of the runs", shape: page } },
      faults: ["bad-request", "no-such-job", "unreadable-record", "ledger-unavailable"],
    },
    answer: async (request, world) => {
      const record = seenRecord(request, world);
      const query = readQuery(ofOne, request.query);
      return json(await listRuns(new Map([[record.job, record]]), query, { request, world }));
    },
  },
  {
    method: "GET",
    path: `${API}/runs/:run`,
    role: "status",
    doc: {
      summary: "A run, or the request for one that has not started",
      answers: { 200: { description: "The run", shape: runDetailShape } },
      faults: ["no-such-run", "ledger-unavailable"],
    },
    answer: async ({ params, caller }, world) => {
      const records = seenRecords(caller, world);
      const found = findAnyRun(params.run ?? "", records, world);
      if (found === undefined) throw noSuchRun(params.run ?? "", records);
      return json(await showRun(found, caller, world));
    },
  },
];

interface Listing {
  readonly request: Pick<RouteRequest, "caller">;
  readonly world: World;
}

/** A run in a list, as far as sorting and choosing need it. */
interface Entry {
  readonly id: string;
  readonly at: number;
  readonly job: string;
  readonly run: Run | PastRun;
}

/** How many records are looked at before other work gets its turn. */
const RECORDS_OF_A_TURN = 100;

async function listRuns(records: Records, query: z.output<typeof ofOne>, { request: { caller }, world }: Listing) {
  const after = query.after === undefined ? undefined : readCursor(query.after);
  const most = query.limit ?? ITEMS;
  const found: Entry[] = [];
  let seen = 0;
  for (const record of records.values()) {
    for (const entry of entriesOf(record, world)) {
      if (isWanted(entry, query) && (after === undefined || isAfter(entry, after))) found.push(entry);
    }
    if (++seen % RECORDS_OF_A_TURN === 0) await setImmediate();
  }
  found.sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
  const shown = found.slice(0, most);
  const last = shown.at(-1);
  const states = shown.some(({ run }) => !isPast(run) && run.outcome === undefined) ? await world.states() : new Map();
  const items = shown.flatMap((entry) => shapeEntry(entry, { states, world }) ?? []);
  return {
    items: has("read", caller) ? items : items.map(runForStatus),
    ...(found.length > most && last && { next: `${last.at.toString(36)}.${last.id}` }),
  };
}

function entriesOf(record: JobRecord, { jobRows }: World): readonly Entry[] {
  const { job } = record;
  const kept = record.runs.map((run) => ({ id: run.id, at: run.scheduledAt.getTime(), job, run }));
  const past = jobRows
    .pastOf(record)
    .runs.flatMap((run) =>
      run.hasDetails || run.run === undefined ? [] : { id: run.run, at: run.scheduledAt.getTime(), job, run },
    );
  return [...kept, ...past];
}

function isPast(run: Run | PastRun): run is PastRun {
  return "hasDetails" in run;
}

function isWanted({ run }: Entry, { outcome, active }: z.output<typeof ofOne>): boolean {
  const kind = isPast(run) ? run.outcome : run.outcome?.kind;
  if (outcome !== undefined && kind !== outcome) return false;
  return active === undefined || active === (kind === undefined);
}

function isAfter({ at, id }: Entry, after: Pick<Entry, "at" | "id">): boolean {
  return at < after.at || (at === after.at && id > after.id);
}

function readCursor(text: string): Pick<Entry, "at" | "id"> {
  const [, at = "", id = ""] = CURSOR.exec(text) ?? [];
  return { at: Number.parseInt(at, 36), id };
}

function shapeEntry({ run, job }: Entry, { states, world }: { states: ObjectStates; world: World }) {
  if (isPast(run)) return shapePastRun(job, run);
  return shapeRun(runView(run, { states, now: world.clock.now() }), job);
}

/** A run in whichever form the ledger still has it. */
export type FoundRun = { readonly record: JobRecord } & (
  | { readonly kind: "run"; readonly run: Run }
  | { readonly kind: "past"; readonly past: PastRun }
  | { readonly kind: "request"; readonly request: RunRequest }
);

export function findAnyRun(id: string, records: Records, { jobRows }: Pick<World, "jobRows">): FoundRun | undefined {
  const kept = findRun(id, records);
  if (kept !== undefined) return { kind: "run", ...kept };
  for (const record of records.values()) {
    const request = allRequests(record).find((request) => requestedRun(record.job, request) === id);
    if (request !== undefined) return { kind: "request", record, request };
    const past = jobRows.pastOf(record).runs.find(({ run }) => run === id);
    if (past !== undefined) return { kind: "past", record, past };
  }
  return undefined;
}

/** The ID of the run that a request becomes. */
export function requestedRun(job: string, { id, askedAt }: RunRequest): string {
  return runId(job, { scheduledAt: askedAt, request: id });
}

/** As far as the caller may see it. */
export async function showRun(found: FoundRun, caller: Caller, world: World): Promise<RunDetailShape> {
  const shape = await shapeFound(found, caller, world);
  if (has("read", caller)) return shape;
  const { attemptDetails: _details, waiting: _waiting, lapsesAt, refused, ...run } = shape;
  return { ...runForStatus(run), ...(lapsesAt && { lapsesAt }), ...(refused !== undefined && { refused }) };
}

async function shapeFound(found: FoundRun, caller: Caller, world: World): Promise<RunDetailShape> {
  const { record } = found;
  const { job } = record;
  switch (found.kind) {
    case "run": {
      const { run } = found;
      const states = run.outcome === undefined ? await world.states() : new Map();
      const view = shapeRun(runView(run, { states, now: world.clock.now() }), job);
      return { ...view, attemptDetails: run.attempts.map(shapeAttempt) };
    }
    case "past":
      return shapePastRun(job, found.past) ?? never();
    case "request":
      return shapeRequest(record, found.request, seenAnswer(caller, world));
  }
}

function never(): RunShape {
  throw new Error("a run was found by an ID that it does not have");
}

function shapeRequest(record: JobRecord, request: RunRequest, answer: ReturnType<typeof seenAnswer>): RunDetailShape {
  const { inputs, by, reason, refused, askedAt } = request;
  return {
    run: requestedRun(record.job, request),
    job: record.job,
    trigger: "manual",
    scheduledAt: askedAt,
    ...(inputs && { inputs }),
    ...(by && { by }),
    ...(reason !== undefined && { reason }),
    state: refused === undefined ? "requested" : "refused",
    attempts: 0,
    ...(refused && { refused: refused.reason }),
    ...(refused === undefined && { waiting: waitingWords(record, request, answer) }),
    ...(refused === undefined && { lapsesAt: expiresAt(record, request) }),
  };
}
