import { text } from "node:stream/consumers";
import { reachable, type Settings } from "../../settings/settings.ts";
import { type Command, withSettings } from "../command.ts";
import { request } from "../instance/request.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** Less than the time that the image's health check gives the whole command. */
const PATIENCE_MS = 8000;

/**
 * For a container's health check: asks the scheduler in the same container, at its listen address. It runs every few
 * seconds on hosts that may be busy, so it loads next to nothing: `fetch` alone would take a tenth of its time.
 */
export const healthCommand: Command = {
  usage: "health",
  describe: "Health of the scheduler, as its container's check asks for it",
  run: (args, terminal) => withSettings(args, terminal, (settings) => askHealth(settings, terminal)),
};

async function askHealth({ listen }: Settings, terminal: Terminal): Promise<number> {
  const url = `http://${reachable(listen)}/healthz`;
  try {
    const answer = await request(url, { patienceMs: PATIENCE_MS });
    terminal.out((await text(answer)).trimEnd());
    return answer.statusCode === 200 ? exitCodes.ok : exitCodes.problem;
  } catch (error) {
    terminal.err(`shipbell: ${url} does not answer: ${error instanceof Error ? error.message : error}`);
    return exitCodes.problem;
  }
}
