import type { Settings } from "../settings.ts";
import { type Command, withSettings } from "./command.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

const PATIENCE_MS = 4000;

/** For a container's health check: asks the scheduler beside it, at the address that the settings give. */
export const healthCommand: Command = {
  usage: "health",
  describe: "Ask the scheduler of these settings whether it is healthy",
  run: (args, terminal) => withSettings(args, terminal, (settings) => askHealth(settings, terminal)),
};

async function askHealth({ listen }: Settings, terminal: Terminal): Promise<number> {
  const url = `http://${reachable(listen.host)}:${listen.port}/healthz`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    terminal.out((await answer.text()).trimEnd());
    return answer.ok ? exitCodes.ok : exitCodes.problem;
  } catch (error) {
    const { cause } = error as Error;
    terminal.err(`shipbell: ${url} does not answer: ${cause instanceof Error ? cause.message : error}`);
    return exitCodes.problem;
  }
}

/** Where all addresses are listened on, this machine's own is one of them. */
function reachable(host: string | undefined): string {
  if (host === undefined || host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
