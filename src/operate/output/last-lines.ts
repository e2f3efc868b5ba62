import type { Clock } from "../../clock.ts";
import type { Engine } from "../../engines/engine.ts";
import type { Attempt } from "../../ledger/record.ts";

/** What waits for these lines has something to tell without them. */
const LONGEST_MS = 5000;

/**
 * Returns the last lines that an ended attempt printed, within 5 s: from the record, or where the engine keeps outputs, from
 * there. Fewer, or none, where they cannot be had.
 */
export async function lastLines(
  { output, objectId }: Attempt,
  count: number,
  { engine, clock }: { readonly engine: Pick<Engine, "logs">; readonly clock: Clock },
): Promise<readonly string[]> {
  if (output !== undefined) return output.split("\n").slice(-count);
  if (objectId === undefined) return [];
  const stop = new AbortController();
  const clear = clock.after(LONGEST_MS, () => stop.abort());
  const lines: string[] = [];
  try {
    for await (const { line } of engine.logs(objectId, { tail: count, follow: false, onlyListens: true }, stop.signal))
      lines.push(line);
  } catch {
    // It is gone, or the engine does not answer: what has come so far does.
  } finally {
    clear();
  }
  return lines.slice(-count);
}
