import { type Engine, EngineError, OutputGone } from "../../engines/engine.ts";
import type { Attempt, Run } from "../../ledger/record.ts";
import { unreadLines } from "./kept-output.ts";
import type { OutputListener } from "./output-listener.ts";
import { OutputReader } from "./output-reader.ts";

export interface RunOutputParts {
  readonly engine: Pick<Engine, "logs" | "look">;
  readonly listener: OutputListener;
}

export interface ReadHow {
  /** How many of the last lines of each attempt. */
  readonly tail: number | "all";
  /** Only this attempt. */
  readonly attempt?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Reads the output of a run that there is now, one attempt after the other. False, with a note that says why, when there is
 * none of any attempt. `reread` returns the run as its record has it by then: the object of an attempt that
 * has just ended may be gone before it is read, and then the record has its last lines.
 */
export async function readRun(
  run: Run,
  reread: () => Promise<Run | undefined>,
  how: ReadHow,
  parts: RunOutputParts,
): Promise<boolean> {
  let isAnyThere = false;
  for (const attempt of run.attempts) {
    const { number } = attempt;
    if (how.attempt !== undefined && number !== how.attempt) continue;
    await tellAttempt(run, attempt, parts.listener);
    const reader = new OutputReader({ attempt: number, tail: how.tail }, parts);
    const read = await readNow(attempt, reader, { ...how, ...parts });
    const ended = read === "whole" || attempt.outcome ? attempt : attemptOf(await reread(), attempt);
    if (read === "whole" || (await readRest(run, ended, reader, { ...parts, ...how, why: read.why })))
      isAnyThere = true;
  }
  return isAnyThere;
}

/** Says which attempt comes next, unless the run has only one. */
export async function tellAttempt({ id, attempts }: Run, { number }: Attempt, listener: OutputListener): Promise<void> {
  if (attempts.length > 1) await listener.note(`attempt ${number} of ${id}:`);
}

export interface NotRead {
  /** The beginning of a sentence. */
  readonly why: string;
  /** The engine did not answer: it may have everything, and give it later. */
  readonly mayComeBack?: true;
}

/** Reads the output of an attempt that the engine has now. */
export async function readNow(
  { objectId, objectName }: Attempt,
  reader: OutputReader,
  { engine, signal }: Pick<ReadHow, "signal"> & Pick<RunOutputParts, "engine">,
): Promise<"whole" | NotRead> {
  if (objectId === undefined) return { why: `${objectName} was never made` };
  try {
    await reader.read(objectId, { follow: false, signal });
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
 * Gives, from the record, what the engine did not give of the output of an ended attempt, and says what is missing, and
 * why. False when there is nothing at all.
 */
export async function readRest(
  { id }: Run,
  attempt: Attempt,
  reader: OutputReader,
  { listener, tail, why }: Pick<RunOutputParts, "listener"> & Pick<ReadHow, "tail"> & NotRead,
): Promise<boolean> {
  const { soFar } = reader;
  const { lines, lost } = unreadLines(attempt, soFar, tail);
  const isKept = attempt.output !== undefined || attempt.outputLines === 0;
  if (!isKept && soFar.count === 0) await listener.note(`${why}, and no line of ${id} is kept in its record`);
  else if (!isKept) await listener.note(`${why}; its last lines may be missing here`);
  else if (lost === "unknown")
    await listener.note(`${why}; these are the last lines of ${id}, which its record has kept:`);
  else if (lost > 0)
    await listener.note(`${why}; ${missingWords(lost)} before the last lines, which its record has kept:`);
  for (const line of lines) await listener.line({ line, attempt: attempt.number });
  return isKept || soFar.count > 0;
}

function missingWords(lost: number): string {
  return lost === 1 ? "1 line is missing" : `${lost} lines are missing`;
}

function attemptOf(run: Run | undefined, attempt: Attempt): Attempt {
  return run?.attempts.find(({ number }) => number === attempt.number) ?? attempt;
}
