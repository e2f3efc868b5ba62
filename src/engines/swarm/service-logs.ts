import { type Clock, startDeadline } from "../../clock.ts";
import type { Docker } from "../docker/connect.ts";
import type { AssemblyOptions } from "../docker/output/log-lines.ts";
import { LogProgress } from "../docker/output/log-progress.ts";
import { readLog } from "../docker/output/log-stream.ts";
import { servicePath } from "../docker/services.ts";
import type { DockerRequest } from "../docker/wire.ts";
import {
  EngineError,
  EngineTrouble,
  type LogOptions,
  type ObjectState,
  type OutputGate,
  OutputGone,
  type OutputLine,
} from "../engine.ts";
import type { TaskWatch } from "./task-watch.ts";

interface ServiceLogParts {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly tasks: TaskWatch;
  readonly look: (id: string) => Promise<ObjectState | undefined>;
}

/** The streams of a service are not in the exact order of their times. */
const OUT_OF_ORDER_MS = 1000;
/** Reading from a lost node may block forever. */
const LONGEST_SILENCE_MS = 10_000;
/** While a node reconnects, Swarm cannot return its logs: usually for about a second. */
const ASK_AGAIN_MS = 250;
/** After its node has reconnected, a followed log stays silent without notice. */
const FOLLOW_ANEW_MS = 60_000;

/**
 * A service's output, line by line as it comes. Swarm's answer never ends by itself, so it is ended when the task is
 * over, and what had not been sent by then is read once more. Otherwise as `followLogs`; also throws an `EngineError`
 * when Swarm does not return all of it within 10 s.
 */
export async function* followServiceLogs(
  parts: ServiceLogParts,
  id: string,
  { follow, signal, gate, ...wanted }: LogOptions & { readonly signal: AbortSignal },
): AsyncGenerator<OutputLine> {
  const progress = new LogProgress(wanted, OUT_OF_ORDER_MS);
  const reading = { progress, gate, signal };
  while (follow !== false && !(await isOver(parts, id))) {
    yield* readWhileActive(parts, id, reading);
    if (signal.aborted || gate?.isOverrun()) return;
  }
  if (wanted.tail !== 0 || progress.hasBegun) yield* readRest(parts, id, reading);
}

interface ServiceReading {
  readonly progress: LogProgress;
  readonly gate: OutputGate | undefined;
  readonly signal: AbortSignal;
}

/** Ends when the task is over, or no line has come for a while. */
async function* readWhileActive(
  parts: ServiceLogParts,
  id: string,
  { progress, gate, signal }: ServiceReading,
): AsyncGenerator<OutputLine> {
  const over = new AbortController();
  const silence = startDeadline(FOLLOW_ANEW_MS);
  const ended = AbortSignal.any([signal, over.signal, silence.signal]);
  abortWhenOver(parts.tasks, id, over);
  try {
    const followed = { follow: true, ...progress.rest };
    for await (const line of progress.newOf(read(parts.docker, id, followed, ended, progress.gated(gate)))) {
      yield line;
      silence.restart();
    }
    if (gate?.isOverrun()) return;
    if (!ended.aborted && !(await isOver(parts, id))) throw new EngineTrouble(`logs of service ${id}: broke off`);
  } finally {
    over.abort();
    silence.clear();
  }
}

/** Reads on to the end. As long as Swarm says that it could not return everything, it is asked again. */
async function* readRest(
  { docker, clock }: ServiceLogParts,
  id: string,
  { progress, gate, signal }: ServiceReading,
): AsyncGenerator<OutputLine> {
  const silence = startDeadline(LONGEST_SILENCE_MS);
  const patience = AbortSignal.any([signal, silence.signal]);
  let why: EngineError | undefined;
  try {
    while (!patience.aborted) {
      try {
        for await (const line of progress.newOf(read(docker, id, progress.rest, patience, progress.gated(gate)))) {
          yield line;
          silence.restart();
        }
        if (!patience.aborted) return;
      } catch (error) {
        if (!(error instanceof EngineError) || error instanceof OutputGone) throw error;
        why = error;
        await clock.wait(ASK_AGAIN_MS, patience);
      }
    }
  } finally {
    silence.clear();
  }
  if (!signal.aborted) throw why ?? new EngineTrouble(`logs of service ${id}: ${silence.signal.reason.message}`);
}

async function isOver({ look, tasks }: ServiceLogParts, id: string): Promise<boolean> {
  const state = await look(id);
  if (state === undefined || state.phase === "ended" || state.phase === "ending") return true;
  if (!tasks.isActive(id)) tasks.begin(id);
  return false;
}

function abortWhenOver(tasks: TaskWatch, id: string, over: AbortController): void {
  const check = () => tasks.isActive(id) || over.abort();
  tasks.listen((changed) => changed === id && check(), over.signal);
  check();
}

function read(docker: Docker, id: string, part: DockerRequest["query"], signal: AbortSignal, options: AssemblyOptions) {
  const query = { stdout: true, stderr: true, timestamps: true, ...part };
  return readLog(docker, { method: "GET", path: servicePath(id, "/logs"), query, signal }, options);
}
