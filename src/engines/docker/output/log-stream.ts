import type { IncomingMessage } from "node:http";
import { startDeadline } from "../../../clock.ts";
import { EngineError, EngineTrouble, type LogOptions, OutputGone, type OutputLine } from "../../engine.ts";
import type { Docker } from "../connect.ts";
import { containerPath } from "../containers.ts";
import { unexpected } from "../status.ts";
import type { DockerRequest } from "../wire.ts";
import { FrameReader, type LogFrame } from "./log-frames.ts";
import { type AssemblyOptions, LineAssembler, type OutputFrame } from "./log-lines.ts";
import { LogProgress } from "./log-progress.ts";

/** How many lines of a log that was followed to its end are read once more. */
const LAST_LINES = 50;
/** For a log that is not followed, the engine sends what it has: the next piece takes no longer than an answer. */
const LONGEST_SILENCE_MS = 30_000;

/**
 * A container's output, line by line as it comes; ends with the process, or quietly when `signal` is aborted. Reads
 * no faster than the lines are taken. Throws an `EngineError` when the stream breaks, `OutputGone` when the container
 * is gone.
 */
export async function* followLogs(
  docker: Docker,
  container: string,
  options: LogOptions & { readonly signal: AbortSignal },
): AsyncGenerator<OutputLine> {
  const { tail, follow, signal, gate } = options;
  const progress = new LogProgress(options, 0);
  const read = (part: DockerRequest["query"]) => {
    const query = { stdout: true, stderr: true, timestamps: true, ...progress.rest, ...part };
    const request = { method: "GET", path: containerPath(container, "/logs"), query, signal } as const;
    const silence = part?.follow === true ? {} : { longestSilenceMs: LONGEST_SILENCE_MS };
    return progress.newOf(readLog(docker, request, { ...progress.gated(gate), ...silence }));
  };
  if (follow === false) return yield* read({});
  yield* read({ follow: true });
  if (signal.aborted || gate?.isOverrun() || (tail === 0 && !progress.hasBegun)) return;
  // Engine 20.10 usually fails to send a last line without a line end; the log itself has it. Asked only by time, an
  // engine would search a log of gigabytes from its beginning.
  yield* read({ tail: tail === "all" || progress.hasBegun ? LAST_LINES : Math.min(tail, LAST_LINES) });
}

/**
 * One reading of a log; ends quietly when `signal` is aborted. Throws an `EngineError` when the stream breaks,
 * `OutputGone` when there is no such object.
 */
export async function* readLog(
  docker: Docker,
  request: DockerRequest & { signal: AbortSignal },
  { longestSilenceMs, ...options }: ReadLogOptions = {},
): AsyncGenerator<OutputLine> {
  if (request.signal.aborted) return;
  let response: IncomingMessage | undefined;
  try {
    response = await docker.open(request);
    if (!hasOutput(response, request.path)) return;
    const source = longestSilenceMs === undefined ? response : unlessSilent(response, request.path, longestSilenceMs);
    yield* readLines(source, options);
  } catch (cause) {
    if (request.signal.aborted) return;
    throw cause instanceof EngineError ? cause : new EngineTrouble(`${request.path}: broke off`, { cause });
  } finally {
    response?.destroy();
  }
}

interface ReadLogOptions extends AssemblyOptions {
  /** How long the engine may send nothing while it is waited for. Absent: without limit. */
  readonly longestSilenceMs?: number;
}

/** The answer piece by piece. The time that the reader takes between two pieces does not count as silence. */
async function* unlessSilent(response: IncomingMessage, path: string, longestMs: number): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Buffer>;
    const silence = startDeadline(longestMs);
    const seconds = longestMs / 1000;
    silence.signal.addEventListener("abort", () =>
      response.destroy(new EngineTrouble(`${path}: the engine has sent nothing for ${seconds} s, and not the end`)),
    );
    try {
      next = await chunks.next();
    } finally {
      silence.clear();
    }
    if (next.done) return;
    yield next.value;
  }
}

/** 404: the object is gone; 409: it is being removed; 501: its log driver keeps nothing that can be read. */
function hasOutput({ statusCode = 0, headers }: IncomingMessage, path: string): boolean {
  if (statusCode === 200) return true;
  if (statusCode === 501) return false;
  if (statusCode === 404 || statusCode === 409) throw new OutputGone();
  throw unexpected({ status: statusCode, headers, body: undefined }, `GET ${path}`);
}

/**
 * Reads lines from the bytes of a log that is read with times (or, with `now`, has none: `LineAssembler`). Throws an
 * `EngineError`, in the engine's words, when the engine says that it could not return everything. Ends early when the
 * gate is overrun.
 *
 * When `source` breaks off, so does this. A log can be read again, so an incomplete line is dropped; an output without
 * times cannot, so its incomplete line is the last line.
 */
export async function* readLines(
  source: AsyncIterable<Buffer>,
  options: AssemblyOptions = {},
): AsyncGenerator<OutputLine> {
  const frames = new FrameReader();
  const lines = new LineAssembler(options);
  try {
    for await (const chunk of source) {
      for (const frame of frames.push(chunk)) {
        if (!isOutput(frame)) throw new EngineTrouble(frame.payload.toString().trim());
        for (const line of lines.push(frame)) yield line;
      }
      if (options.gate?.isOverrun()) return;
    }
  } catch (error) {
    if (options.now !== undefined) yield* lines.flush();
    throw error;
  }
  for (const line of lines.flush()) yield line;
}

function isOutput(frame: LogFrame): frame is OutputFrame {
  return frame.stream !== "engine";
}
