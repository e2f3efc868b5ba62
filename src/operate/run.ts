import type { Clock } from "../clock.ts";
import { askForRun, hasRoomFor, refuseRequest, withdrawRequest } from "../ledger/changes/requests.ts";
import type { Ledger } from "../ledger/ledger.ts";
import {
  expiresAt,
  isExpired,
  type JobRecord,
  type RefuseReason,
  type Run,
  type RunRequest,
} from "../ledger/record.ts";
import type { SchedulerAnswer } from "../view/scheduler-view.ts";
import { tellNoJob } from "../view/find.ts";
import { followOutput } from "../cli/output/follow-output.ts";
import { outcomeInSentence } from "../view/words/outcome.ts";
import { patientReader } from "./patient-reader.ts";
import { refusalWords } from "../view/words/refusal.ts";
import type { RunOutputParts } from "../cli/output/run-output.ts";
import { exitCodes, type Terminal } from "../cli/terminal/terminal.ts";
import { waitingWords } from "../view/words/waiting.ts";

const LOOK_AGAIN_MS = 500;
/** What a run waits for is said once it has waited for so long: most start at once, and scripts read what is said. */
const SAY_AFTER_MS = 2000;

/** How often the scheduler is asked what the run waits for. */
const ASK_AGAIN_MS = 5000;

/** As `docker run` and `timeout` have them; and what a shell makes of Ctrl-C. */
const TIMED_OUT = 124;
export const NO_EXIT_CODE = 125;
const INTERRUPTED = 130;

export interface RunJobParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly terminal: Terminal;
  /** Of the request: the run's name ends with it. */
  readonly requestId: string;
  /** What the scheduler here knows. */
  readonly scheduler?: () => Promise<SchedulerAnswer>;
  /** For this run only. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Writes the request for a run into the job's record: the scheduler carries it out. */
export async function requestForRun(job: string, parts: RunJobParts): Promise<boolean> {
  const { ledger, clock, terminal, requestId, environment } = parts;
  const request = { id: requestId, kind: "run", askedAt: clock.now(), ...(environment && { environment }) } as const;
  for (;;) {
    const { result } = await ledger.update(job, (record) =>
      record?.requests.some(({ id }) => id === requestId) ? undefined : askForRun(record, request),
    );
    if (result === "won") return true;
    const record = await ledger.read(job);
    // The answer was lost, and the swap was not: it may even be carried out by now.
    if (record !== undefined && stateOfRequest(record, requestId).kind !== "gone") return true;
    if (record !== undefined && record.removedAt === undefined && !hasRoomFor(record, request)) {
      terminal.err(`shipbell: cannot request a run of ${job}: too many earlier requests are still pending`);
      return false;
    }
    if (result === "lost") break;
  }
  await tellNoJob(job, { ledger, terminal });
  return false;
}

export type RequestState =
  | { readonly kind: "waiting"; readonly request: RunRequest }
  | { readonly kind: "refused"; readonly reason: RefuseReason }
  | { readonly kind: "started"; readonly run: Run }
  /** No record says anything of it. */
  | { readonly kind: "gone" };

export function stateOfRequest(record: JobRecord | undefined, requestId: string): RequestState {
  const run = record?.runs.find(({ request }) => request === requestId);
  if (run !== undefined) return { kind: "started", run };
  const request = record?.requests.find(({ id }) => id === requestId);
  if (request === undefined) return { kind: "gone" };
  return request.refused === undefined
    ? { kind: "waiting", request }
    : { kind: "refused", reason: request.refused.reason };
}

/**
 * Waits for the start of the requested run, saying on standard error what it waits for, then for its end, printing what
 * it prints. Resolves to the exit code that tells how it ended. When `signal` is aborted, a request that is not started
 * yet is withdrawn; a run that has started goes on.
 */
export async function followRun(
  job: string,
  engine: RunOutputParts["engine"],
  parts: RunJobParts,
  signal: AbortSignal,
): Promise<number> {
  const { terminal, ledger } = parts;
  const found = await waitForStart(job, parts, signal);
  if (found.kind === "waiting") return await withdraw(job, parts);
  if (found.kind !== "started") {
    const why = found.kind === "refused" ? refusalWords(found.reason) : "its request is no longer in the job's record";
    terminal.err(`shipbell: ${job} was not started: ${why}`);
    return NO_EXIT_CODE;
  }
  const run = found.run.id;
  const ended = await followOutput({ job, run }, { tail: "all", signal }, { ...parts, engine });
  if (ended !== undefined) return tellEnd(ended, terminal);
  if (signal.aborted) return tellGoesOn(run, terminal);
  const isJobGone = (await ledger.read(job)) === undefined;
  terminal.err(
    `shipbell: nothing tells how ${run} ended: ${isJobGone ? `${job} has no record` : `the record of ${job} no longer has it`}`,
  );
  return NO_EXIT_CODE;
}

/** `waiting`: it still was when `signal` was aborted. */
async function waitForStart(job: string, parts: RunJobParts, signal: AbortSignal): Promise<RequestState> {
  const { ledger, clock, terminal, requestId } = parts;
  const records = patientReader(parts, signal);
  const begunAt = clock.now().getTime();
  let said = { words: "", lapses: clock.now() };
  let answer: SchedulerAnswer | undefined;
  let askAt = begunAt + SAY_AFTER_MS;
  for (;;) {
    const record = await records.read(job);
    const state = stateOfRequest(record, requestId);
    if (record === undefined || state.kind !== "waiting" || signal.aborted) return state;
    const now = clock.now();
    if (isExpired(record, state.request, now)) {
      // No scheduler starts it from now on; what the record says then is the answer.
      await ledger.update(job, (record) => refuseRequest(record, requestId, "expired", now));
      continue;
    }
    if (now.getTime() >= askAt) {
      answer = await parts.scheduler?.();
      askAt = now.getTime() + ASK_AGAIN_MS;
    }
    const words = waitingWords(record, state.request, answer);
    const isNew = words !== said.words || now >= said.lapses;
    if (isNew && now.getTime() - begunAt >= SAY_AFTER_MS) {
      said = { words, lapses: expiresAt(record, state.request) };
      terminal.err(`shipbell: ${job} ${words}; the request lapses at ${atOf(said.lapses)}`);
    }
    await clock.wait(LOOK_AGAIN_MS, signal);
  }
}

async function withdraw(job: string, { ledger, terminal, requestId }: RunJobParts): Promise<number> {
  const { result } = await ledger.update(job, (record) => withdrawRequest(record, requestId));
  if (result === "won") {
    terminal.err(`shipbell: the request is withdrawn: ${job} is not started`);
    return INTERRUPTED;
  }
  const state = stateOfRequest(await ledger.read(job), requestId);
  if (state.kind === "started") return tellGoesOn(state.run.id, terminal);
  if (state.kind === "waiting")
    terminal.err(`shipbell: the request could not be withdrawn: ${job} may still be started`);
  else terminal.err(`shipbell: the request is withdrawn: ${job} is not started`);
  return INTERRUPTED;
}

function tellGoesOn(run: string, terminal: Terminal): number {
  terminal.err(`shipbell: ${run} goes on; to end it: shipbell cancel ${run}`);
  return INTERRUPTED;
}

/** The job's own exit code, where there is one. */
function tellEnd({ id, outcome }: Run, terminal: Terminal): number {
  if (outcome === undefined || outcome.kind === "succeeded") return exitCodes.ok;
  terminal.err(`shipbell: ${id} ${outcomeInSentence(outcome)}`);
  if (outcome.kind === "failed") return outcome.exitCode;
  return outcome.kind === "timed-out" ? TIMED_OUT : NO_EXIT_CODE;
}

function atOf(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
