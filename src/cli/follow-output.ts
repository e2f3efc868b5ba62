import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Attempt, Run } from "../ledger/page.ts";
import { EngineError } from "../runs/engine.ts";
import { outcomeInSentence } from "./outcome-words.ts";
import { OutputPrinter } from "./output-printer.ts";
import { printAttempt, type RunOutputParts, tellAttempt } from "./run-output.ts";
import { exitCodes } from "./terminal.ts";

const lookAgainMs = 500;

export interface FollowOutputParts extends RunOutputParts {
  readonly ledger: Pick<Ledger, "read">;
  readonly clock: Clock;
}

export interface FollowOutputOptions {
  readonly tail: number | "all";
  readonly signal: AbortSignal;
}

/** Prints the output of a run, through all of its attempts, until it ends; then says how. */
export async function followOutput(
  { job, run: id }: { readonly job: string; readonly run: string },
  options: FollowOutputOptions,
  parts: FollowOutputParts,
): Promise<number> {
  const { ledger, clock, terminal } = parts;
  const follower = new AttemptFollower(options, parts);
  while (!options.signal.aborted) {
    const run = (await ledger.read(job))?.runs.find((run) => run.id === id);
    if (run === undefined) {
      terminal.err(`shipbell: ${id} is not on the page of ${job} any more`);
      return exitCodes.problem;
    }
    for (const attempt of run.attempts) await follower.take(run, attempt);
    if (run.outcome !== undefined) {
      terminal.err(`shipbell: ${id} ${outcomeInSentence(run.outcome)}`);
      return exitCodes.ok;
    }
    await clock.wait(lookAgainMs, options.signal);
  }
  return exitCodes.problem;
}

/** Shown the attempts of a run again and again, in their order, it prints what is new of each. */
class AttemptFollower {
  readonly #options: FollowOutputOptions;
  readonly #parts: FollowOutputParts;
  /** Attempts up to this one are told in full. */
  #done = 0;
  #current: { readonly number: number; readonly printer: OutputPrinter } | undefined;
  #isBrokenTold = false;

  constructor(options: FollowOutputOptions, parts: FollowOutputParts) {
    this.#options = options;
    this.#parts = parts;
  }

  async take(run: Run, attempt: Attempt): Promise<void> {
    const { number, outcome, objectId } = attempt;
    if (number <= this.#done) return;
    const isBegun = this.#current?.number === number;
    if (!isBegun) tellAttempt(run, attempt, this.#parts.terminal);
    if (outcome !== undefined && !isBegun) await printAttempt(run, attempt, { ...this.#parts, ...this.#options });
    else if (objectId !== undefined) await this.#print(number, objectId);
    if (outcome !== undefined) this.#done = number;
  }

  async #print(number: number, objectId: string): Promise<void> {
    const { engine, terminal } = this.#parts;
    if (this.#current?.number !== number) this.#current = { number, printer: new OutputPrinter(engine, terminal) };
    try {
      await this.#current.printer.print(objectId, this.#options);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (!this.#isBrokenTold) terminal.err(`shipbell: the output cannot be read now: ${error.message}`);
      this.#isBrokenTold = true;
    }
  }
}
