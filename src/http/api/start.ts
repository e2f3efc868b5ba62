import { createHash, randomBytes } from "node:crypto";
import * as z from "zod";
import type { Clock } from "../../clock.ts";
import { type GivenInputs, readInputs } from "../../job/inputs/read-inputs.ts";
import { type CallerTrace, readCallerTrace } from "../../job/trace.ts";
import { activeRuns, type JobRecord, type RefuseReason } from "../../ledger/record.ts";
import { type RequestState, requestRun, requestState } from "../../operate/run.ts";
import { mayMean, readComing } from "../../schedule/read-time.ts";
import { isWrong } from "../../schedule/wrong.ts";
import { pastRuns } from "../../view/runs/past-runs.ts";
import { runDetailShape } from "../../view/shapes/run-shape.ts";
import { refusalWords } from "../../view/words/refusal.ts";
import type { Answer } from "../answer.ts";
import { Fault } from "../fault.ts";
import type { RouteRequest } from "../route.ts";
import type { World } from "../world.ts";
import { ApiFault, refusedFault } from "./api-fault.ts";
import { API, type ApiRoute } from "./api-route.ts";
import { matching } from "./if-match.ts";
import { json } from "./json-answer.ts";
import { reason } from "./operate.ts";
import { duration, headerOf, ifMatch, readBody, readQuery } from "./read-request.ts";
import { type FoundRun, findAnyRun, requestedRun, showRun } from "./runs.ts";
import { openLedger, orUnavailable, seenAnswer, seenRecord, seenRecords, seenZone } from "./seen.ts";

/** Most starts are decided well within this time; a refusal is then an answer, and not only a state of the run. */
const VERDICT_WITHIN_MS = 2000;
const LOOK_EVERY_MS = 50;
const LONGEST_WAIT_MS = 600_000;

const KEY = /^[A-Za-z0-9_-]{1,64}$/;
const KEY_WORDS = "must have 1 to 64 letters, digits, - and _";
/** Enough digits to tell the few requests of one record apart. */
const ID_DIGITS = 12;

export const startBody = z.strictObject({
  inputs: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .meta({ description: "Values of the inputs that the job declares." }),
  reason: reason.optional(),
  at: z
    .string()
    .max(40)
    .optional()
    .meta({
      description:
        "When to start it, instead of now: an instant (`2026-11-18T06:00Z`), a duration (`2h`), or a time of day in the zone of " +
        "the job, or of most jobs where its schedules have none. The run is `requested` until then, and can be cancelled.",
      example: "2026-11-18T06:00Z",
    }),
});

const query = z.object({
  wait: duration
    .refine((ms) => ms <= LONGEST_WAIT_MS, "must be at most 10m")
    .optional()
    .meta({ description: "Answers when the run has ended, or after this time: `60s`. At most `10m`." }),
});

export const idempotencyKey = z.string().regex(KEY).optional().meta({
  description: "The same key asks for the same run, for as long as the ledger knows it.",
});

export const traceparent = z.string().optional().meta({
  description:
    "Where the scheduler sends traces, the run is part of this one (W3C Trace Context), with `tracestate` and `baggage`; elsewhere it means nothing.",
  example: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
});

const headers = z.object({
  "Idempotency-Key": idempotencyKey,
  traceparent,
  "If-Match": ifMatch.optional().meta({ description: "The ETag of the job: starts it only in that state." }),
});

/** Why a scheduler refuses a start, apart from wrong inputs: the codes of the answers are the same words. */
const REFUSALS = [
  "still-running",
  "queue-full",
  "superseded",
  "rescheduled",
  "removed",
  "paused",
  "suspended",
  "expired",
  "not-declared",
  "container-not-running",
] as const satisfies readonly RefuseReason[];

export const startRoutes: readonly ApiRoute[] = [
  {
    method: "POST",
    path: `${API}/jobs/:job/runs`,
    role: "operate",
    doc: {
      summary: "Start of a job",
      description:
        "A scheduler starts the run, under the job's policies. What they refuse is a `409`, as a rule within two seconds; " +
        "later than that, the run says it (`state: refused`).",
      query,
      headers,
      body: startBody,
      answers: {
        200: { description: "The run, which has ended", shape: runDetailShape },
        202: {
          description: "The run, which is requested or has begun",
          shape: runDetailShape,
          headers: { Location: "The run" },
        },
      },
      faults: [
        "bad-request",
        "bad-input",
        "no-such-job",
        "unreadable-record",
        ...REFUSALS,
        "key-used",
        "changed",
        "too-much",
        "unclear",
        "ledger-unavailable",
      ],
    },
    answer: startRun,
  },
];

async function startRun(request: RouteRequest, world: World): Promise<Answer> {
  const record = seenRecord(request, world);
  const { job } = record;
  const { wait } = readQuery(query, request.query);
  const { inputs, reason, at } = await readBody(startBody, request);
  if (at !== undefined && wait !== undefined)
    throw new Fault("bad-request", "A run that starts later is not waited for: leave out at or wait.");
  const id = requestId(job, keyOf(request));
  const read = readInputs(world.definition(job)?.inputs, inputs ?? {});
  const zone = () => seenZone(record, request.caller, world);
  const sent = { given: inputs ?? {}, values: "values" in read ? read.values : {}, at, zone };
  refuseOtherStart(record, id, sent);
  // A key that was used is answered from the ledger, whatever the record's state is by now, and whether its time has passed.
  const isKnown = requestState(record, id).kind !== "gone";
  const startAt = isKnown || at === undefined ? undefined : startOf(at, record, { request, world });
  const ledger = matching(headerOf(request.headers, "if-match"), openLedger(world));
  const start = {
    job,
    id,
    by: request.by,
    ...(inputs && { inputs }),
    ...(reason !== undefined && { reason }),
    ...callerTrace(request, world),
    ...(startAt && { startAt }),
  };
  const parts = { ledger, clock: world.clock, answer: seenAnswer(request.caller, world) };
  const requested = isKnown ? { kind: "done" as const } : await orUnavailable(world, () => requestRun(start, parts));
  if (requested.kind === "refused") throw refusedFault(requested, { job });
  // Of two that come at once with the same key, one has made the request.
  if (!isKnown && "values" in read) refuseOtherStart(await ledger.read(job), id, sent);
  if (!isKnown) request.noteAsked({ what: "run", job, ...runKnown({ job, id }, world) });
  const found = await decided({ job, id }, { request, world });
  const ended = wait === undefined ? found : await whenEnded(found, wait, { request, world });
  const run = await showRun(ended, request.caller, world);
  if (run.state === "ended" && (wait !== undefined || isKnown)) return json(run);
  return json(run, { status: 202, headers: { Location: `${request.root}api/v1/runs/${run.run}` } });
}

/** The trace of the caller, where runs are traced. */
export function callerTrace({ headers }: RouteRequest, { isTraced }: World): { readonly trace?: CallerTrace } {
  const sent = (name: string) => headerOf(headers, name);
  const trace = isTraced
    ? readCallerTrace({ traceparent: sent("traceparent"), tracestate: sent("tracestate"), baggage: sent("baggage") })
    : undefined;
  return trace ? { trace } : {};
}

/** @throws Fault `bad-input` where it is no time that is to come. */
export function startOf(at: string, record: JobRecord, { request: { caller }, world }: Asking): Date {
  const read = readComing(at, { now: world.clock.now(), timezone: seenZone(record, caller, world) });
  if (isWrong(read)) throw new Fault("bad-input", `at: ${read.wrong}.`);
  return read;
}

export function keyOf({ headers }: RouteRequest): string | undefined {
  const key = headerOf(headers, "idempotency-key");
  if (key === undefined || KEY.test(key)) return key;
  throw new Fault("bad-request", `Idempotency-Key: ${KEY_WORDS}.`);
}

/** The ID of the request, and the end of the run's name. A key could be too long for that, or read like part of a name. */
export function requestId(job: string, key: string | undefined): string {
  if (key === undefined) return randomBytes(4).toString("hex");
  return createHash("sha256")
    .update(JSON.stringify([job, key]))
    .digest("hex")
    .slice(0, ID_DIGITS);
}

/** Inputs as they were sent, and as a run would have them: `007` is `7` there. */
interface SentStart {
  readonly given: GivenInputs;
  readonly values: Readonly<Record<string, string>>;
  readonly at: string | undefined;
  /** The zone in which `at` is read where it names none. */
  readonly zone: () => string;
}

/** The same key with other inputs, or for another time, is a mistake, and must not look as if they had been taken. */
export function refuseOtherStart(
  record: JobRecord | undefined,
  id: string,
  { given, values, at, zone }: SentStart,
): void {
  const state = requestState(record, id);
  const time = startTime(state);
  if (record !== undefined && at !== undefined && time !== undefined && !mayMean(at, time, zone()))
    throw new ApiFault("key-used", "This key was used for a start at another time.", {});
  const known = state.kind === "waiting" ? state.request : state.kind === "started" ? state.run : undefined;
  if (known === undefined) return;
  const { inputs = {} } = known;
  const isOther = Object.entries(given).some(
    ([name, value]) => inputs[name] !== String(value) && inputs[name] !== values[name],
  );
  if (isOther) throw new ApiFault("key-used", "This key was used for a start with other inputs.", {});
}

/** When it was to start, or has started; for a start that was not planned, when it was requested. */
function startTime(state: RequestState): Date | undefined {
  if (state.kind === "gone") return undefined;
  return "request" in state ? state.request.askedAt : state.run.scheduledAt;
}

interface Asking {
  readonly request: RouteRequest;
  readonly world: World;
}

/** The ID of the run that is asked for, as soon as the record has the request. */
function runKnown({ job, id }: { readonly job: string; readonly id: string }, world: World): { readonly run?: string } {
  const record = world.records()?.get(job);
  const found = record && foundOf(record, requestState(record, id));
  if (found === undefined) return {};
  return { run: found.kind === "request" ? requestedRun(job, found.request) : idOf(found) };
}

/** Waits a moment for what the scheduler decides. @throws ApiFault when it is refused. */
async function decided(
  of: { readonly job: string; readonly id: string },
  { request, world }: Asking,
): Promise<FoundRun> {
  const { clock } = world;
  using deadline = startTimer(clock, VERDICT_WITHIN_MS);
  for (;;) {
    const record = seenRecords(request.caller, world).get(of.job);
    const found = record && foundOf(record, requestState(record, of.id));
    if (found !== undefined && found.kind !== "request") return found;
    if (found?.request.refused !== undefined) throw refusal(found.record, found.request.refused.reason);
    if (request.gone.aborted || deadline.isOver) {
      if (found !== undefined) return found;
      throw new ApiFault(
        "unclear",
        `The request for ${of.job} was written, and is gone: it was withdrawn, or the record is lost.`,
        {
          job: of.job,
        },
      );
    }
    await clock.wait(LOOK_EVERY_MS, request.gone);
  }
}

function foundOf(record: JobRecord, state: RequestState): FoundRun | undefined {
  switch (state.kind) {
    case "started":
      return { kind: "run", record, run: state.run };
    case "past": {
      const past = pastRuns(record).runs.find(({ run }) => run === state.run.id);
      return past && { kind: "past", record, past };
    }
    case "gone":
      return undefined;
    default:
      return { kind: "request", record, request: state.request };
  }
}

/** What an operator can do about it, for the reason that comes up most. */
function refusal(record: JobRecord, reason: RefuseReason): ApiFault {
  const { job } = record;
  const [active] = activeRuns(record);
  const code = CODES.has(reason) ? reason : "expired";
  const run = active?.id;
  const hint = reason === "still-running" && run !== undefined ? ` ${run} is active: wait for it, or cancel it.` : "";
  return new ApiFault(code, `${job} is not started: ${refusalWords(reason)}.${hint}`, {
    job,
    ...(run !== undefined && { run }),
  });
}

/** Those that this version knows. */
const CODES: ReadonlySet<RefuseReason> = new Set(["bad-input", ...REFUSALS]);

/** The run when it has ended; as it is, when the time is up or the client is gone. */
async function whenEnded(found: FoundRun, waitMs: number, { request, world }: Asking): Promise<FoundRun> {
  const { clock } = world;
  using deadline = startTimer(clock, waitMs);
  const id = found.kind === "request" ? requestedRun(found.record.job, found.request) : idOf(found);
  for (let current = found; ; ) {
    const isOver = current.kind === "past" || (current.kind === "run" && current.run.outcome !== undefined);
    if (isOver || request.gone.aborted || deadline.isOver) return current;
    if (current.kind === "request" && current.request.refused !== undefined)
      throw refusal(current.record, current.request.refused.reason);
    await clock.wait(4 * LOOK_EVERY_MS, request.gone);
    const records = seenRecords(request.caller, world);
    current = findAnyRun(id, records, world) ?? current;
  }
}

function idOf(found: Exclude<FoundRun, { readonly kind: "request" }>): string {
  return found.kind === "run" ? found.run.id : (found.past.run ?? "");
}

/** A limit in the time that passes, whatever the clock shows. */
function startTimer(clock: Clock, ms: number): Disposable & { readonly isOver: boolean } {
  const left = new AbortController();
  let isOver = false;
  void clock.wait(ms, left.signal).then(() => {
    isOver = true;
  });
  return {
    get isOver() {
      return isOver;
    },
    [Symbol.dispose]: () => left.abort(),
  };
}
