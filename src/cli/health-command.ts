import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { Settings } from "../settings.ts";
import { type Command, withSettings } from "./command.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** Less than the health check of the image waits for the whole command. */
const PATIENCE_MS = 8000;

/**
 * For a container's health check: asks the scheduler beside it, at the address that the settings give.
 * It is run again and again on hosts that may be busy, so it loads next to nothing: `fetch` alone would take a tenth of its time.
 */
export const healthCommand: Command = {
  usage: "health",
  describe: "Ask the scheduler of these settings whether it is healthy",
  run: (args, terminal) => withSettings(args, terminal, (settings) => askHealth(settings, terminal)),
};

async function askHealth({ listen }: Settings, terminal: Terminal): Promise<number> {
  const url = `http://${reachable(listen.host)}:${listen.port}/healthz`;
  try {
    const answer = await request(url);
    terminal.out((await text(answer)).trimEnd());
    return answer.statusCode === 200 ? exitCodes.ok : exitCodes.problem;
  } catch (error) {
    terminal.err(`shipbell: ${url} does not answer: ${error instanceof Error ? error.message : error}`);
    return exitCodes.problem;
  }
}

function request(url: string): Promise<IncomingMessage> {
  // As in http/server.ts: an import would load undici, for two thirds of all that this command costs.
  const { get } = process.getBuiltinModule("node:http");
  return new Promise((resolve, reject) => {
    get(url, { signal: AbortSignal.timeout(PATIENCE_MS) }, resolve).once("error", reject);
  });
}

/** Where all addresses are listened on, this machine's own is one of them. */
function reachable(host: string | undefined): string {
  if (host === undefined || host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
