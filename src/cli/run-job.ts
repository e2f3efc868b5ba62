import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { latestAttempt, type Outcome, type Page, type Run } from "../ledger/page.ts";
import { askForRun, hasRoomFor } from "../ledger/wish-changes.ts";
import { type Engine, EngineError } from "../runs/engine.ts";
import { tellNoJob } from "./find-page.ts";
import { OutputPrinter } from "./output-printer.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** How long to wait for a sign that the page changed; a sign may be lost. */
const lookAgainMs = 500;
const patienceMs = 10_000;

export interface RunJobParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly terminal: Terminal;
  /** Of the wish: the run's name ends with it. */
  readonly wishId: string;
  /** For this run only. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Writes the wish for a run into the job's page: the scheduler carries it out, now or when it is back. */
export async function wishForRun(job: string, parts: RunJobParts): Promise<boolean> {
  const { ledger, clock, terminal, wishId, environment } = parts;
  const wish = { id: wishId, kind: "run", askedAt: clock.now(), ...(environment && { environment }) } as const;
  for (;;) {
    const { result } = await ledger.update(job, (page) =>
      page?.wishes.some(({ id }) => id === wishId) ? undefined : askForRun(page, wish),
    );
    if (result === "won") return true;
    const page = await ledger.read(job);
    // The answer was lost, and the swap was not: it may even be carried out by now.
    if (page !== undefined && stateOfWish(page, wishId).kind !== "gone") return true;
    if (page !== undefined && page.removedAt === undefined && !hasRoomFor(page, wish)) {
      terminal.err(`shipbell: ${job} was not asked to start: too much that was asked for is not over yet`);
      return false;
    }
    if (result === "lost") break;
  }
  await tellNoJob(job, { ledger, terminal });
  return false;
}

export type WishState =
  | { readonly kind: "waiting" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "running"; readonly run: Run }
  | { readonly kind: "ended"; readonly run: Run; readonly outcome: Outcome }
  /** No page says anything of it any more. */
  | { readonly kind: "gone" };

export function stateOfWish(page: Page | undefined, wishId: string): WishState {
  const run = page?.runs.find(({ wish }) => wish === wishId);
  if (run !== undefined) return run.outcome ? { kind: "ended", run, outcome: run.outcome } : { kind: "running", run };
  const wish = page?.wishes.find(({ id }) => id === wishId);
  if (wish === undefined) return { kind: "gone" };
  return wish.refused === undefined ? { kind: "waiting" } : { kind: "refused", reason: wish.refused.reason };
}

/** Waits for the end of the run, printing what it prints; resolves to the exit code that tells how it ended. */
export async function followRun(
  job: string,
  engine: Pick<Engine, "logs">,
  parts: RunJobParts,
  signal: AbortSignal,
): Promise<number> {
  const { ledger, clock, terminal, wishId } = parts;
  const output = new OutputPrinter(engine, terminal);
  const askedAt = clock.now().getTime();
  let isPatient = true;
  while (!signal.aborted) {
    const state = stateOfWish(await ledger.read(job), wishId);
    if (state.kind === "running" || state.kind === "ended") await printWhatCanBeRead(state.run, output, signal);
    if (state.kind === "ended") return tellEnd(job, state.outcome, terminal);
    if (state.kind === "refused" || state.kind === "gone") {
      terminal.err(`shipbell: ${job} was not started: ${state.kind === "gone" ? "the job is gone" : state.reason}`);
      return exitCodes.problem;
    }
    if (isPatient && state.kind === "waiting" && clock.now().getTime() - askedAt >= patienceMs) {
      terminal.err(`shipbell: ${job} is not started yet; is a scheduler running?`);
      isPatient = false;
    }
    await clock.wait(lookAgainMs, signal);
  }
  return exitCodes.problem;
}

/** The page tells how the run ends, with or without its output. */
async function printWhatCanBeRead(run: Run, output: OutputPrinter, signal: AbortSignal): Promise<void> {
  const { objectId } = latestAttempt(run);
  if (objectId === undefined) return;
  try {
    await output.print(objectId, { tail: "all", signal });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
}

/** The job's own exit code; as `docker run` and `timeout` have it, 125 where there is none, and 124 for a timeout. */
function tellEnd(job: string, outcome: Outcome, terminal: Terminal): number {
  if (outcome.kind === "succeeded") return exitCodes.ok;
  const detail = "reason" in outcome ? ` (${outcome.reason}${outcome.message ? `: ${outcome.message}` : ""})` : "";
  terminal.err(`shipbell: ${job} ${outcome.kind}${detail}`);
  if (outcome.kind === "failed") return outcome.exitCode;
  return outcome.kind === "timed-out" ? 124 : 125;
}
