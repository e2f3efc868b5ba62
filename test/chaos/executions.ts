import { readdir, readFile, stat } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import type { Witness } from "../e2e/witness.ts";

/** What the process of one attempt has left in the witness' folder, by its own hand. */
export interface Execution {
  readonly run: string;
  readonly attempt: number;
  readonly node: string;
  readonly startedAt: Date;
  /** It was told to stop. */
  readonly signalledAt?: Date;
  readonly end?: { readonly at: Date; readonly exitCode: number };
}

/** What a job does once its file is there. */
export interface Work {
  readonly seconds: number;
  /** Shell arithmetic, such as `SHIPBELL_ATTEMPT < 2 ? 3 : 0`. */
  readonly exitCode?: string;
  /** It ignores the stop signal. */
  readonly isDeaf?: boolean;
}

/** Set by Swarm when the task gets its node. */
export const witnessEnvironment = { WITNESS_NODE: "{{.Node.Hostname}}" };

/**
 * The shell of one execution: a file of its own, `RUN.ATTEMPT.NONCE`, with a line for its start, for a signal, and for
 * its end. The times are the machine's uptime, which all hosts share, since busybox' clock knows no fractions.
 */
export function scriptOf({ seconds, exitCode = "0", isDeaf = false }: Work): string {
  return [
    'file="/witness/$SHIPBELL_RUN.$SHIPBELL_ATTEMPT.$(cat /proc/sys/kernel/random/uuid)"',
    'say() { read -r up idle < /proc/uptime; echo "$1 $up $2" >> "$file"; }',
    "say start $WITNESS_NODE",
    `trap 'say signal; ${isDeaf ? "true" : "exit 143"}' TERM`,
    'echo "attempt $SHIPBELL_ATTEMPT of $SHIPBELL_RUN"',
    `sleep ${seconds} & sleeper=$!`,
    // A signal ends the wait, not the sleep.
    "while kill -0 $sleeper 2>/dev/null; do wait $sleeper; done",
    `code=$((${exitCode}))`,
    "say end $code",
    "exit $code",
  ].join("\n");
}

/** All executions that there were, in the order of their starts. */
export async function readExecutions({ path }: Witness): Promise<readonly Execution[]> {
  const bootedAtMs = Date.now() - uptime() * 1000;
  const files = await readdir(path);
  const read = await Promise.all(files.map((file) => readExecution(path, file, bootedAtMs)));
  return read.sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
}

async function readExecution(folder: string, file: string, bootedAtMs: number): Promise<Execution> {
  const [run = "", attempt = ""] = file.split(".");
  const path = join(folder, file);
  const [text, { birthtime }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" "));
  const found = (word: string) => lines.find(([first]) => first === word);
  const instant = ([, up]: readonly string[]) => new Date(bootedAtMs + Number(up) * 1000);
  const [start, signal, end] = [found("start"), found("signal"), found("end")];
  return {
    run,
    attempt: Number(attempt),
    node: start?.[2] ?? "",
    // Its first word may have been cut off, with everything on its host.
    startedAt: start === undefined ? birthtime : instant(start),
    ...(signal !== undefined && { signalledAt: instant(signal) }),
    ...(end !== undefined && { end: { at: instant(end), exitCode: Number(end[2]) } }),
  };
}
