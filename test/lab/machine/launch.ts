import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { markVariable } from "./processes.ts";
import { systemEnvironment } from "./run-command.ts";
import { until } from "./until.ts";

export type Launch = {
  command: string;
  args: readonly string[];
  /** Its working folder. */
  folder: string;
  /** By which it is known again, see processes.ts. */
  mark: string;
  log: string;
  /** In addition to this process's variables. */
  env?: NodeJS.ProcessEnv;
};

/** A manager that finds no other waits for 20 s before it answers. */
const longestStartMs = 180_000;

/** Starts a server in a session of its own, so that Ctrl-C in a terminal does not reach it. It outlives this process. */
export function launch({ command, args, folder, mark, log, env: more }: Launch): ChildProcess {
  const output = openSync(log, "a");
  const env = systemEnvironment({ ...process.env, ...more, [markVariable]: mark });
  const child = spawn(command, args, { detached: true, stdio: ["ignore", output, output], env, cwd: folder });
  child.on("error", () => {}); // it has no number then, and never answers
  child.unref();
  closeSync(output);
  return child;
}

/** Waits until a server answers. Rejects with the end of its log when it exits, or says nothing for three minutes. */
export async function untilAnswering(
  server: ChildProcess,
  log: string,
  isAnswering: () => Promise<boolean>,
  name: string = server.spawnfile,
): Promise<void> {
  const over = new AbortController();
  const ended = once(server, "exit", { signal: over.signal }).then(() => Promise.reject(new Error("it ended")));
  const answering = until(isAnswering, AbortSignal.any([over.signal, AbortSignal.timeout(longestStartMs)]));
  try {
    await Promise.race([ended, answering]);
  } catch (cause) {
    const lines = `The end of its log:\n${await tail(log)}`;
    throw new Error(`${name} did not start: ${(cause as Error).message}. ${lines}`, { cause });
  } finally {
    over.abort();
    await Promise.allSettled([ended, answering]);
  }
}

async function tail(log: string): Promise<string> {
  return (await readFile(log, "utf8")).trimEnd().split("\n").slice(-15).join("\n");
}
