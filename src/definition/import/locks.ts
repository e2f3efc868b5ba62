/** A program in a command that keeps out a second run by a lock. */
export interface Lock {
  readonly message: string;
  readonly hint: string;
  /** The policy that does the same for runs of one job. */
  readonly overlap?: "forbid" | "queue";
}

const LOCKS = /(?:^|[\s;&|('"])(?:[\w.-]*\/)*(flock|run-one|setlock|lckdo|lockf|lockrun|dotlockfile)\s+([^;&|]*)/;

/**
 * Returns the lock that a command takes. It ran where all runs share their files, and each run has a container of its own here:
 * a lock in it keeps out nothing.
 */
export function lockIn(command: string): Lock | undefined {
  const [, program, words = ""] = LOCKS.exec(command) ?? [];
  if (program === undefined) return undefined;
  const overlap = policyOf(program, words);
  return {
    message: `${program} keeps out nothing here: each run has files and processes of its own`,
    hint: "overlap keeps runs of one job apart; a volume for the file of the lock, runs of several jobs",
    ...(overlap !== undefined && { overlap }),
  };
}

/** `flock` waits unless one of its own options, which stand in front, says otherwise. What the others do depends on too much. */
function policyOf(program: string, words: string): Lock["overlap"] {
  if (program === "run-one") return "forbid";
  if (program !== "flock") return undefined;
  const [options = ""] = /^(?:-\S+\s+(?:\d[\d.]*\s+(?=[-/]))?)*/.exec(words) ?? [];
  return /(?:^|\s)(?:-[a-z]*n|--nb|--nonb)/.test(options) ? "forbid" : "queue";
}
