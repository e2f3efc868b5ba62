import { EngineUnavailable, type LogOptions, type ObjectState, type OutputLine } from "../runs/engine.ts";
import type { Docker } from "./connect.ts";
import type { LoggedLine } from "./log-lines.ts";
import { logSeconds, readLog } from "./log-stream.ts";
import { servicePath } from "./service-calls.ts";
import type { TaskWatch } from "./task-watch.ts";
import type { DockerRequest } from "./wire.ts";

export interface ServiceLogParts {
  readonly docker: Docker;
  readonly tasks: TaskWatch;
  readonly look: (id: string) => Promise<ObjectState | undefined>;
}

/** A node that is gone may hold up the reading of what it has. */
const REST_WITHIN_MS = 10_000;

/**
 * A service's output, line by line as it comes. What Swarm sends never ends by itself, so it is ended when the task is
 * over, and what was not sent until then is read once more. Otherwise as `followLogs`.
 */
export async function* followServiceLogs(
  parts: ServiceLogParts,
  id: string,
  { tail, since, follow, signal }: LogOptions & { readonly signal: AbortSignal },
): AsyncGenerator<OutputLine> {
  const { docker, tasks } = parts;
  const progress = new Progress();
  const part = () => progress.rest ?? { tail, ...(since && { since: logSeconds(since) }) };
  while (follow !== false && !(await isOver(parts, id))) {
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    abortWhenOver(tasks, id, over);
    try {
      const isNew = progress.reader();
      for await (const line of read(docker, id, { follow: true, ...part() }, ended)) {
        if (!isNew(line)) continue;
        progress.note(line);
        yield line.line;
      }
      if (signal.aborted) return;
      if (!ended.aborted && !(await isOver(parts, id))) throw new EngineUnavailable(`logs of service ${id}: broke off`);
    } finally {
      over.abort();
    }
  }
  if (signal.aborted || (tail === 0 && progress.rest === undefined)) return;
  const withinLimit = AbortSignal.any([signal, AbortSignal.timeout(REST_WITHIN_MS)]);
  const isNew = progress.reader();
  for await (const line of read(docker, id, part(), withinLimit)) if (isNew(line)) yield line.line;
}

async function isOver({ look, tasks }: ServiceLogParts, id: string): Promise<boolean> {
  const state = await look(id);
  if (state === undefined || state.phase === "ended") return true;
  if (!tasks.isActive(id)) tasks.begin(id);
  return false;
}

function abortWhenOver(tasks: TaskWatch, id: string, over: AbortController): void {
  const check = () => tasks.isActive(id) || over.abort();
  tasks.listen((changed) => changed === id && check(), over.signal);
  check();
}

function read(docker: Docker, id: string, part: DockerRequest["query"], signal: AbortSignal) {
  const query = { stdout: true, stderr: true, timestamps: true, ...part };
  return readLog(docker, { method: "GET", path: servicePath(id, "/logs"), query, signal });
}

/** How far each stream was read. Their times are texts in the order of the times. */
class Progress {
  readonly #latest = { stdout: "", stderr: "" };
  #first: string | undefined;

  /** What to ask for, to read on; undefined when nothing was read yet. */
  get rest(): DockerRequest["query"] {
    if (this.#first === undefined) return undefined;
    const { stdout, stderr } = this.#latest;
    // The streams are not sent in the exact order of their times.
    const latest = new Date(stdout > stderr ? stdout : stderr).getTime();
    return { tail: "all", since: logSeconds(new Date(latest - OUT_OF_ORDER_MS)) };
  }

  note({ line, time }: LoggedLine): void {
    this.#first ??= time;
    this.#latest[line.stream] = time;
  }

  /** Tells the lines that were not read until now. */
  reader(): (line: LoggedLine) => boolean {
    const latest = { ...this.#latest };
    const first = this.#first;
    return ({ line, time }) => first === undefined || time > (latest[line.stream] || first);
  }
}

const OUT_OF_ORDER_MS = 1000;
