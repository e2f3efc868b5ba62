import type { Attempt, Run } from "../ledger/page.ts";
import { type Engine, EngineError } from "../runs/engine.ts";
import { OutputPrinter, type OutputTerminal } from "./output-printer.ts";

export interface RunOutputParts {
  readonly engine: Pick<Engine, "logs" | "look">;
  readonly terminal: OutputTerminal;
}

export interface PrintHow {
  readonly tail: number | "all";
  readonly signal: AbortSignal;
}

/**
 * Prints what there is now of the output of a run, one attempt after the other. False when nothing can be had of any;
 * why is on standard error then.
 */
export async function printRun(run: Run, how: PrintHow, parts: RunOutputParts): Promise<boolean> {
  let isAnyThere = false;
  for (const attempt of run.attempts) {
    tellAttempt(run, attempt, parts.terminal);
    if (await printAttempt(run, attempt, { ...parts, ...how })) isAnyThere = true;
  }
  return isAnyThere;
}

/** Nothing where a run has only one. */
export function tellAttempt({ id, attempts }: Run, { number }: Attempt, terminal: OutputTerminal): void {
  if (attempts.length > 1) terminal.err(`shipbell: attempt ${number} of ${id}:`);
}

/** False when nothing can be had; why is on standard error then. */
export async function printAttempt({ id }: Run, attempt: Attempt, parts: RunOutputParts & PrintHow): Promise<boolean> {
  const { terminal } = parts;
  const seen = await readOutput(attempt, parts);
  if (seen.kind === "printed") return true;
  if (attempt.output !== undefined) {
    terminal.err(`shipbell: ${seen.why}; these are the last lines of ${id}, which its page has kept:`);
    for (const line of lastOf(attempt.output.split("\n"), parts.tail)) terminal.out(line);
    return true;
  }
  terminal.err(`shipbell: ${seen.why}, and no line of ${id} is kept on its page`);
  return false;
}

type Seen = { readonly kind: "printed" } | { readonly kind: "not there"; readonly why: string };

/** Prints it, where the engine has it. */
async function readOutput({ objectId, objectName }: Attempt, parts: RunOutputParts & PrintHow): Promise<Seen> {
  const { engine, terminal, tail, signal } = parts;
  if (objectId === undefined) return { kind: "not there", why: `${objectName} was never made` };
  try {
    const state = (await engine.look([objectId])).get(objectId);
    if (state === undefined) return { kind: "not there", why: `${objectName} is not there any more` };
    await new OutputPrinter(engine, terminal).print(objectId, { tail, follow: false, signal });
    return { kind: "printed" };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { kind: "not there", why: error.message };
  }
}

function lastOf(lines: readonly string[], tail: number | "all"): readonly string[] {
  return tail === "all" ? lines : lines.slice(Math.max(0, lines.length - tail));
}
