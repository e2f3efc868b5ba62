import type { Docker } from "../docker/connect.ts";
import { expectStatus } from "../docker/status.ts";

/** What the engine tells of the end of an exec instance that it has lost sight of before. */
const NOT_FOUND = 127;

/**
 * The exit code that the engine told when an exec instance of the container ended: it keeps its last 256 events, of all
 * kinds. Undefined when it is not among them, or when it may not be the process's own.
 */
export async function toldExitCode(
  docker: Docker,
  { container, execId }: { readonly container: string; readonly execId: string },
): Promise<number | undefined> {
  const filters = { type: ["container"], container: [container], event: ["exec_die"] };
  const { systemTime } = await docker.info();
  if (systemTime === undefined) return undefined;
  // To the next second, by the engine's own clock: it ends the answer then.
  const query = { since: 0, until: Math.floor(systemTime.getTime() / 1000) + 1, filters };
  const { body } = expectStatus(await docker.call({ method: "GET", path: "/events", query }), "events", 200);
  const exitCode = readEvents(body).get(execId);
  return exitCode === NOT_FOUND ? undefined : exitCode;
}

/** The answer is one JSON text a line: one alone is read as JSON by now, several are not. */
function readEvents(body: unknown): ReadonlyMap<string, number> {
  const { message } = (body ?? {}) as { readonly message?: string };
  const events = message === undefined ? [body] : message.split("\n").flatMap(parse);
  return new Map(events.flatMap(readEvent));
}

function parse(line: string): unknown[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

function readEvent(event: unknown): [string, number][] {
  const { Actor } = (event ?? {}) as { readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> } };
  const { execID, exitCode } = Actor?.Attributes ?? {};
  const code = Number(exitCode);
  return execID !== undefined && Number.isInteger(code) ? [[execID, code]] : [];
}
