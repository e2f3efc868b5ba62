import { type Engine, EngineError, OutputGone } from "../../engines/engine.ts";
import type { Attempt, Run } from "../../ledger/record.ts";
import { unprintedLines } from "./kept-output.ts";
import { OutputPrinter, type OutputTerminal } from "./output-printer.ts";

export interface RunOutputParts {
  readonly engine: Pick<Engine, "logs" | "look">;
  readonly terminal: OutputTerminal;
}

interface PrintHow {
  readonly tail: number | "all";
  readonly signal: AbortSignal;
}

/**
 * Prints the output of a run that there is now, one attempt after the other. False, with the reason on standard error,
 * when there is none of any attempt. `reread` returns the run as its record has it by then: the object of an attempt that
 * has just ended may be gone before it is read, and then the record has its last lines.
 */
export async function printRun(
  run: Run,
  reread: () => Promise<Run | undefined>,
  how: PrintHow,
  parts: RunOutputParts,
): Promise<boolean> {
  let isAnyThere = false;
  for (const attempt of run.attempts) {
    tellAttempt(run, attempt, parts.terminal);
    const printer = new OutputPrinter(parts.engine, parts.terminal, how.tail);
    const read = await readNow(attempt, printer, { ...how, ...parts });
    const ended = read === "whole" || attempt.outcome ? attempt : attemptOf(await reread(), attempt);
    if (read === "whole" || printRest(run, ended, printer, { ...parts, ...how, why: read.why })) isAnyThere = true;
  }
  return isAnyThere;
}

/** Prints nothing for a run with only one attempt. */
export function tellAttempt({ id, attempts }: Run, { number }: Attempt, terminal: OutputTerminal): void {
  if (attempts.length > 1) terminal.err(`shipbell: attempt ${number} of ${id}:`);
}

export interface NotRead {
  /** The beginning of a sentence. */
  readonly why: string;
  /** The engine did not answer: it may have everything, and give it later. */
  readonly mayComeBack?: true;
}

/** Prints the output of an attempt that the engine has now. */
export async function readNow(
  { objectId, objectName }: Attempt,
  printer: OutputPrinter,
  { engine, signal }: Pick<PrintHow, "signal"> & Pick<RunOutputParts, "engine">,
): Promise<"whole" | NotRead> {
  if (objectId === undefined) return { why: `${objectName} was never made` };
  try {
    await printer.print(objectId, { follow: false, signal });
    return "whole";
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (!(error instanceof OutputGone)) return { why: error.message, mayComeBack: true };
    return { why: (await unkeptBecause(objectId, error, engine)) ?? `${objectName} is gone` };
  }
}

/** Why the engine has no output of an object that exists; undefined when the object is gone, too. */
export async function unkeptBecause(
  objectId: string,
  { message }: OutputGone,
  engine: Pick<Engine, "look">,
): Promise<string | undefined> {
  try {
    return (await engine.look([objectId])).has(objectId) ? message : undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return error.message;
  }
}

/**
 * Prints, from the record, what the engine did not give of the output of an ended attempt, and says on standard error
 * what is missing, and why. False when there is nothing at all.
 */
export function printRest(
  { id }: Run,
  attempt: Attempt,
  printer: OutputPrinter,
  { terminal, tail, why }: Pick<RunOutputParts, "terminal"> & Pick<PrintHow, "tail"> & NotRead,
): boolean {
  const { printed } = printer;
  const { lines, lost } = unprintedLines(attempt, printed, tail);
  const isKept = attempt.output !== undefined || attempt.outputLines === 0;
  if (!isKept && printed.count === 0) terminal.err(`shipbell: ${why}, and no line of ${id} is kept in its record`);
  else if (!isKept) terminal.err(`shipbell: ${why}; its last lines may be missing here`);
  else if (lost === "unknown")
    terminal.err(`shipbell: ${why}; these are the last lines of ${id}, which its record has kept:`);
  else if (lost > 0)
    terminal.err(`shipbell: ${why}; ${missingWords(lost)} before the last lines, which its record has kept:`);
  for (const line of lines) terminal.out(line);
  return isKept || printed.count > 0;
}

function missingWords(lost: number): string {
  return lost === 1 ? "1 line is missing" : `${lost} lines are missing`;
}

function attemptOf(run: Run | undefined, attempt: Attempt): Attempt {
  return run?.attempts.find(({ number }) => number === attempt.number) ?? attempt;
}
