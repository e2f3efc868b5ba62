import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import { sendAnswer } from "./answer.ts";
import { listenAt } from "./server.ts";

interface CommandServerParts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What the scheduler knows, for commands. */
  readonly scheduler: () => AsyncIterable<string>;
  /** Called when an answer fails. */
  readonly onError: (error: unknown, path: string) => void;
}

/**
 * Answers commands next to the scheduler with what it knows, at a socket that no other process reaches, until `signal` is aborted.
 * Elsewhere than on Linux there is no such socket, and commands do without. Throws `CannotListen`.
 */
export async function serveCommands(
  socket: string,
  { clock, signal, scheduler, onError }: CommandServerParts,
): Promise<{ readonly closed: Promise<void> }> {
  if (process.platform !== "linux") return { closed: Promise.resolve() };
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const body = scheduler();
    sendAnswer(request, response, { status: 200, contentType: "application/jsonl", body }).catch((error: unknown) => {
      onError(error, "/scheduler");
      response.destroy();
    });
  };
  return listenAt({ path: socket }, answer, { clock, signal });
}
