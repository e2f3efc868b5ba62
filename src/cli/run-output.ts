import type { Clock } from "../clock.ts";
import type { Attempt, Run } from "../ledger/page.ts";
import { type Engine, EngineUnavailable } from "../runs/engine.ts";
import { OutputPrinter, type OutputTerminal } from "./output-printer.ts";

export interface RunOutputParts {
  readonly engine: Pick<Engine, "logs" | "look">;
  readonly clock: Clock;
  readonly terminal: OutputTerminal;
}

/** How long a running process has to be silent, for all that it has printed to have come. */
const SILENCE_MS = 1500;

/**
 * Prints what there is now of the output of a run, one attempt after the other. False when nothing can be had of any;
 * why is on standard error then.
 */
export async function printRun(run: Run, tail: number | "all", parts: RunOutputParts): Promise<boolean> {
  let isAnyThere = false;
  for (const attempt of run.attempts) {
    tellAttempt(run, attempt, parts.terminal);
    if (await printAttempt(run, attempt, { ...parts, tail })) isAnyThere = true;
  }
  return isAnyThere;
}

/** Nothing where a run has only one. */
export function tellAttempt({ id, attempts }: Run, { number }: Attempt, terminal: OutputTerminal): void {
  if (attempts.length > 1) terminal.err(`shipbell: attempt ${number} of ${id}:`);
}

/** False when nothing can be had; why is on standard error then. */
export async function printAttempt(
  { id }: Run,
  attempt: Attempt,
  parts: RunOutputParts & { readonly tail: number | "all" },
): Promise<boolean> {
  const { terminal } = parts;
  const seen = await lookAt(attempt, parts);
  if (seen.kind === "there") return await printObject(seen, parts);
  if (attempt.output !== undefined) {
    terminal.err(`shipbell: ${seen.why}; these are the last lines of ${id}, which its page has kept:`);
    for (const line of lastOf(attempt.output.split("\n"), parts.tail)) terminal.out(line);
    return true;
  }
  terminal.err(`shipbell: ${seen.why}, and no line of ${id} is kept on its page`);
  return false;
}

type Seen =
  | { readonly kind: "there"; readonly objectId: string; readonly isRunning: boolean }
  | { readonly kind: "not there"; readonly why: string };

async function lookAt({ objectId, objectName }: Attempt, { engine }: RunOutputParts): Promise<Seen> {
  if (objectId === undefined) return { kind: "not there", why: `${objectName} was never made` };
  try {
    const state = (await engine.look([objectId])).get(objectId);
    if (state === undefined) return { kind: "not there", why: `${objectName} is not there any more` };
    return { kind: "there", objectId, isRunning: state.phase !== "ended" };
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    return { kind: "not there", why: error.message };
  }
}

/** The engine's stream goes on with the process: it is left when nothing comes any more but what is being printed now. */
async function printObject(
  { objectId, isRunning }: Seen & { readonly kind: "there" },
  { engine, clock, terminal, tail }: RunOutputParts & { readonly tail: number | "all" },
): Promise<true> {
  const printer = new OutputPrinter(engine, terminal);
  const leave = new AbortController();
  const until = isRunning ? { until: clock.now() } : {};
  if (isRunning) void leaveWhenSilent(printer, clock, leave);
  try {
    await printer.print(objectId, { tail, ...until, signal: leave.signal });
  } finally {
    leave.abort();
  }
  return true;
}

async function leaveWhenSilent(printer: OutputPrinter, clock: Clock, leave: AbortController): Promise<void> {
  let seen: number;
  do {
    seen = printer.lines;
    await clock.wait(SILENCE_MS, leave.signal);
  } while (printer.lines > seen);
  leave.abort();
}

function lastOf(lines: readonly string[], tail: number | "all"): readonly string[] {
  return tail === "all" ? lines : lines.slice(Math.max(0, lines.length - tail));
}
