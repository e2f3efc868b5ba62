import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { EngineClient } from "../lab/engine-client.ts";
import { cliFolder } from "../lab/lab-folder.ts";
import { runCommand, systemEnvironment } from "../lab/machine/run-command.ts";

const CHECKOUT = join(import.meta.dirname, "../..");

/** Runs the docker CLI in the checkout's folder, with variables for Compose files. */
export function dockerHere(
  engine: EngineClient,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { ...process.env, ...variables };
  return runCommand("docker", [...placeOf(engine), ...args], { env, cwd: CHECKOUT });
}

/** The lines that a docker command writes, until it ends, or `signal` ends it. */
export async function* followDocker(
  engine: EngineClient,
  args: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const child = spawn("docker", [...placeOf(engine), ...args], {
    env: systemEnvironment(),
    stdio: ["ignore", "pipe", "ignore"],
    signal,
  });
  child.on("error", () => {}); // that it was ended by the signal
  try {
    yield* createInterface({ input: child.stdout });
  } finally {
    child.kill();
  }
}

/** Not the user's contexts and credentials. */
const placeOf = ({ dockerHost }: EngineClient) => ["--config", cliFolder(), "--host", dockerHost];
