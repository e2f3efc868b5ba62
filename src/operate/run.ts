import { findTooMuch, type GivenInputs, type InputProblem, readInputs } from "../job/inputs/read-inputs.ts";
import { askForRun, hasRoomFor, planRun, refuseRequest, withdrawRequest } from "../ledger/changes/requests.ts";
import { type PastRun, readPast } from "../ledger/past.ts";
import {
  type Asked,
  allRequests,
  expiresAt,
  isExpired,
  type JobRecord,
  type RefuseReason,
  type Run,
  type RunRequest,
} from "../ledger/record.ts";
import { whyNoJob } from "../view/find.ts";
import { type Standing, standingOf, whyNotStarted } from "../view/jobs/standing.ts";
import type { SchedulerAnswer } from "../view/scheduler/scheduler-view.ts";
import { waitingWords } from "../view/words/waiting.ts";
import type { OperateParts, Refused } from "./operation.ts";
import { patientReader } from "./patient-reader.ts";

/** A manual start. The same `id` asks for the same run, however often it is requested. */
export interface StartRequest extends Omit<Asked, "inputs"> {
  readonly job: string;
  /** The name of the run ends with it. */
  readonly id: string;
  /** Values of the job's inputs. */
  readonly inputs?: GivenInputs;
  /** When to start it. Default: now. */
  readonly startAt?: Date;
}

/**
 * Writes the request for a run into the job's record; a scheduler starts it, under the job's policies. Inputs are checked
 * here if the running scheduler says what the job declares, and in any case by the scheduler that starts the run.
 */
export async function requestRun(
  { job, id, inputs = {}, startAt, ...asked }: StartRequest,
  { ledger, clock, answer }: OperateParts & { readonly answer: SchedulerAnswer },
): Promise<{ readonly kind: "done" } | Refused> {
  const found = await ledger.read(job);
  const standing = standingOf(job, found, answer);
  const why = found && whyNotStarted(job, standing);
  if (why !== undefined) return { kind: "refused", code: "not-started", why: `${job} is not started: ${why}` };
  const texts = Object.entries(inputs).map(([name, value]) => [name, String(value)] as const);
  const problems = findInputProblems(job, { standing, answer }, texts);
  if (problems.length > 0) return badInput(job, problems);
  const given = texts.length > 0 && { inputs: Object.fromEntries(texts) };
  const told = { ...asked, ...given, id, askedAt: clock.now() };
  const request = { ...told, kind: "run" } as const;
  for (;;) {
    const { result } = await ledger.update(job, (record) =>
      requestState(record, id).kind !== "gone"
        ? undefined
        : startAt === undefined
          ? askForRun(record, request)
          : planRun(record, { ...told, startAt }),
    );
    if (result === "won") return { kind: "done" };
    const record = await ledger.read(job);
    // The answer was lost, and the swap was not: the request may even be carried out by now.
    if (record !== undefined && requestState(record, id).kind !== "gone") return { kind: "done" };
    if (record !== undefined && record.removedAt === undefined && !hasRoomFor(record, request)) {
      const why = `cannot request a run of ${job}: too many earlier requests are still pending`;
      return { kind: "refused", code: "too-much", why };
    }
    if (result === "lost") break;
  }
  return { kind: "refused", code: "no-such-job", why: whyNoJob(job, (await ledger.load()).records) };
}

/** What is wrong with the inputs, as far as it is known here what the job declares. */
function findInputProblems(
  job: string,
  { standing, answer }: { readonly standing: Standing; readonly answer: SchedulerAnswer },
  given: readonly (readonly [name: string, value: string])[],
): readonly InputProblem[] {
  const isOwn = standing.kind === "declared" || standing.kind === "kept";
  const declared = isOwn && answer.kind === "answers" ? answer.view.jobs.get(job) : undefined;
  if (declared === undefined) return [findTooMuch(given) ?? []].flat();
  const read = readInputs(declared.inputs, Object.fromEntries(given));
  return "problems" in read ? read.problems : [];
}

function badInput(job: string, inputs: readonly InputProblem[]): Refused {
  const why = inputs.map(({ input, message }) => `${input} ${message}`).join("; ");
  return { kind: "refused", code: "bad-input", why: `cannot request a run of ${job}: ${why}`, inputs };
}

/** What has become of a request. */
export type RequestState =
  | { readonly kind: "waiting"; readonly request: RunRequest }
  | { readonly kind: "refused"; readonly request: RunRequest; readonly reason: RefuseReason }
  | { readonly kind: "started"; readonly run: Run }
  /** It was carried out, and its run has left the record; the digest of the last 60 still has it. */
  | { readonly kind: "past"; readonly run: PastRun }
  /** The record no longer has it. */
  | { readonly kind: "gone" };

export function requestState(record: JobRecord | undefined, id: string): RequestState {
  const run = record?.runs.find(({ request }) => request === id);
  if (run !== undefined) return { kind: "started", run };
  const request = record && allRequests(record).find((request) => request.id === id);
  if (record === undefined || request === undefined) return pastState(record, id);
  return request.refused === undefined
    ? { kind: "waiting", request }
    : { kind: "refused", request, reason: request.refused.reason };
}

function pastState(record: JobRecord | undefined, id: string): RequestState {
  const run = record && readPast(record).find(({ request }) => request === id);
  return run === undefined ? { kind: "gone" } : { kind: "past", run };
}

interface AwaitStartParts extends OperateParts {
  /** What the running scheduler says. */
  readonly scheduler?: () => Promise<SchedulerAnswer>;
  /** Called with what the run waits for, and when its request lapses, each time one of them is other than before. */
  readonly onWaiting: (words: string, lapsesAt: Date) => void;
  /** Called once when the record cannot be read for a moment. */
  readonly onTrouble: (message: string) => void;
}

const LOOK_AGAIN_MS = 500;
/** Most runs start at once: what a run waits for is not worth telling before. */
const TELL_AFTER_MS = 2000;
/** How often the scheduler is asked what the run waits for. */
const ASK_AGAIN_MS = 5000;

/** Waits until a requested run is started or refused. Returns `waiting` when `signal` is aborted before. */
export async function awaitStart(
  { job, id }: Pick<StartRequest, "job" | "id">,
  parts: AwaitStartParts,
  signal: AbortSignal,
): Promise<RequestState> {
  const { ledger, clock, scheduler, onWaiting } = parts;
  const records = patientReader(parts, signal);
  const begunAt = clock.now().getTime();
  let told = { words: "", lapsesAt: clock.now() };
  let answer: SchedulerAnswer | undefined;
  let askAt = begunAt + TELL_AFTER_MS;
  for (;;) {
    const record = await records.read(job);
    const state = requestState(record, id);
    if (record === undefined || state.kind !== "waiting" || signal.aborted) return state;
    const now = clock.now();
    if (isExpired(record, state.request, now)) {
      // No scheduler starts it from now on; what the record says then is the answer.
      await ledger.update(job, (record) => refuseRequest(record, id, "expired", now));
      continue;
    }
    if (now.getTime() >= askAt) {
      answer = await scheduler?.();
      askAt = now.getTime() + ASK_AGAIN_MS;
    }
    const words = waitingWords(record, state.request, answer);
    const isNew = words !== told.words || now >= told.lapsesAt;
    if (isNew && now.getTime() - begunAt >= TELL_AFTER_MS) {
      told = { words, lapsesAt: expiresAt(record, state.request) };
      onWaiting(words, told.lapsesAt);
    }
    await clock.wait(LOOK_AGAIN_MS, signal);
  }
}

/** Takes a request back. Returns what has become of it: `gone` when it is withdrawn, `waiting` when that is not certain. */
export async function withdrawRun(
  { job, id }: Pick<StartRequest, "job" | "id">,
  { ledger }: Pick<OperateParts, "ledger">,
): Promise<RequestState> {
  const { result } = await ledger.update(job, (record) => withdrawRequest(record, id));
  return result === "won" ? { kind: "gone" } : requestState(await ledger.read(job), id);
}
