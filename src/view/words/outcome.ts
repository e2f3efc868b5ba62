import type { Outcome } from "../../ledger/record.ts";

type Failure = Outcome & { readonly kind: "failed" };

/** For a table: `succeeded`, `failed (2)`, `failed (status 503)`, `rejected (image-missing)`. */
export function outcomeInTable(outcome: Outcome): string {
  if (outcome.kind === "failed")
    return `failed (${failureInShort(outcome)}${outcome.oom === true ? ", out of memory" : ""})`;
  if (outcome.kind === "rejected" || outcome.kind === "lost") return `${outcome.kind} (${outcome.reason})`;
  return outcome.kind;
}

/** Its exit code; or the beginning of what went wrong, where no process has ended. */
export function failureInShort({ exitCode, message }: Failure): string {
  return message?.split(",", 1)[0] ?? String(exitCode);
}

/**
 * For a sentence, after the name of a run: `failed with exit code 2`, `was rejected, image-missing: no such image`.
 * `circumstances` (when and where it ended) come before the details.
 */
export function outcomeInSentence(outcome: Outcome, circumstances = ""): string {
  return `${verbOf(outcome)}${circumstances}${detailOf(outcome)}`;
}

function verbOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case "succeeded":
      return outcome.exitCode === 0 ? "succeeded" : `succeeded with exit code ${outcome.exitCode}`;
    case "failed":
      return outcome.message === undefined
        ? `failed with exit code ${outcome.exitCode}${memoryWords(outcome)}`
        : "failed";
    case "timed-out":
      return "timed out";
    case "replaced":
      return "was stopped for a later one";
    case "cancelled":
    case "rejected":
    case "lost":
      return `was ${outcome.kind}`;
  }
}

/** The engine's own words, where it gave any. */
function detailOf(outcome: Outcome): string {
  if (outcome.kind === "failed") return outcome.message === undefined ? "" : `, ${outcome.message}`;
  if (outcome.kind !== "rejected" && outcome.kind !== "lost") return "";
  return `, ${outcome.reason}${outcome.message ? `: ${outcome.message}` : ""}`;
}

/** Other nodes do not report why memory ran out: 137 is the exit code of the kernel's kill, and of any other kill. */
function memoryWords({ oom, exitCode }: Failure): string {
  if (oom === true) return " (out of memory)";
  return oom === "unknown" && exitCode === 137 ? " (killed, perhaps for want of memory)" : "";
}
