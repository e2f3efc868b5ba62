import type { Attempt } from "../../ledger/record.ts";

/** How much of an output was read before it was gone. */
export interface ReadSoFar {
  readonly count: number;
  /** The last lines of each stream; none where another reader has read them. */
  readonly last: readonly string[];
}

/** The part of an output that a record has and that was not read. */
interface KeptOutput {
  readonly lines: readonly string[];
  /** How many further lines the process wrote that are lost; `unknown` where the record does not say. */
  readonly lost: number | "unknown";
}

/**
 * The lines that the record has kept of an attempt, without those that were read (`soFar`).
 *
 * The record has the last lines of both streams in the order in which a scheduler read them, and usually their total
 * number. The first lines of each stream are read, so number and place tell which ones are missing: among equal lines,
 * the later ones.
 */
export function unreadLines({ output, outputLines }: Attempt, soFar: ReadSoFar, tail: number | "all"): KeptOutput {
  const kept = output === undefined ? [] : output.split("\n");
  if (soFar.count === 0) {
    if (tail === "all") return { lines: kept, lost: lostOf(outputLines, kept.length) };
    const lines = kept.slice(Math.max(0, kept.length - tail));
    return { lines, lost: lostOf(outputLines, lines.length, tail) };
  }
  const total = tail === "all" ? outputLines : undefined;
  if (total === undefined)
    return soFar.last.length === 0 ? { lines: kept, lost: "unknown" } : unread(kept, soFar, kept.length);
  const missing = Math.max(0, total - soFar.count);
  const { lines } = unread(kept, soFar, Math.max(0, kept.length - missing));
  return { lines: missing === 0 ? [] : lines, lost: Math.max(0, missing - kept.length) };
}

function lostOf(total: number | undefined, kept: number, wanted = Number.POSITIVE_INFINITY): KeptOutput["lost"] {
  if (kept >= wanted) return 0;
  return total === undefined ? "unknown" : Math.max(0, Math.min(total, wanted) - kept);
}

/** Takes at most `most` lines for those that were read. */
function unread(kept: readonly string[], { last }: ReadSoFar, most: number): KeptOutput {
  // The other reader went on from the first line, like every one.
  if (last.length === 0) return { lines: kept.slice(most), lost: 0 };
  const counts = new Map<string, number>();
  for (const line of last) counts.set(line, (counts.get(line) ?? 0) + 1);
  let known = 0;
  const lines = kept.filter((line) => {
    const left = counts.get(line) ?? 0;
    if (left === 0 || known === most) return true;
    counts.set(line, left - 1);
    known++;
    return false;
  });
  return { lines, lost: kept.length > 0 && known === 0 ? "unknown" : 0 };
}
