import type { IncomingMessage } from "node:http";
import { EngineError, EngineTrouble, type LogOptions, type OutputLine } from "../runs/engine.ts";
import type { Docker } from "./connect.ts";
import { containerPath } from "./containers.ts";
import { FrameReader, type LogFrame } from "./log-frames.ts";
import { LineAssembler, type LoggedLine, type OutputFrame } from "./log-lines.ts";
import { unexpected } from "./status.ts";
import type { DockerRequest } from "./wire.ts";

/**
 * A container's output, line by line as it comes; ends with the process, or quietly when `signal` is aborted. Reads
 * no faster than the lines are taken. Throws an `EngineError` when the stream breaks.
 */
export async function* followLogs(
  docker: Docker,
  container: string,
  options: LogOptions & { readonly signal: AbortSignal },
): AsyncGenerator<OutputLine> {
  const { tail, since, follow, signal } = options;
  const read = (part: DockerRequest["query"]) => {
    const query = { stdout: true, stderr: true, timestamps: true, ...(since && { since: logSeconds(since) }), ...part };
    return readLog(docker, { method: "GET", path: containerPath(container, "/logs"), query, signal });
  };
  if (follow === false) {
    for await (const { line } of read({ tail })) yield line;
    return;
  }
  const latest = { stdout: "", stderr: "" };
  for await (const { line, time } of read({ follow: true, tail })) {
    latest[line.stream] = time;
    yield line;
  }
  // Engine 20.10 mostly forgets to send the last line when it has no line end: the log itself has it, one per stream.
  if (tail === 0 || signal.aborted) return;
  for await (const { line, time } of read({ tail: tail === "all" ? 2 : Math.min(tail, 2) })) {
    if (time > latest[line.stream]) yield line;
  }
}

/** Inclusive, and times are cut to milliseconds: the lines of that very millisecond come again rather than never. */
export function logSeconds(since: Date): string {
  return (since.getTime() / 1000).toFixed(3);
}

/** One reading of a log; ends quietly when `signal` is aborted. Throws an `EngineError` when the stream breaks. */
export async function* readLog(
  docker: Docker,
  request: DockerRequest & { signal: AbortSignal },
): AsyncGenerator<LoggedLine> {
  if (request.signal.aborted) return;
  let response: IncomingMessage | undefined;
  try {
    response = await docker.open(request);
    if (hasOutput(response, request.path)) yield* readLines(response);
  } catch (cause) {
    if (request.signal.aborted) return;
    throw cause instanceof EngineError ? cause : new EngineTrouble(`${request.path}: broke off`, { cause });
  } finally {
    response?.destroy();
  }
}

/** 404: the container is gone; 501: its log driver cannot be read. Neither has anything to say. */
function hasOutput({ statusCode = 0, headers }: IncomingMessage, path: string): boolean {
  if (statusCode === 200) return true;
  if (statusCode === 404 || statusCode === 501) return false;
  throw unexpected({ status: statusCode, headers, body: undefined }, `GET ${path}`);
}

/**
 * Lines from the bytes of a log that is read with its times (or, with `now`, has none: `LineAssembler`). Throws an `EngineError`, in the engine's words, when
 * it says that it could not give all.
 */
export async function* readLines(source: AsyncIterable<Buffer>, now?: () => Date): AsyncGenerator<LoggedLine> {
  const frames = new FrameReader();
  const lines = new LineAssembler(now);
  for await (const chunk of source) {
    for (const frame of frames.push(chunk)) {
      if (!isOutput(frame)) throw new EngineTrouble(frame.payload.toString().trim());
      for (const line of lines.push(frame)) yield line;
    }
  }
  for (const line of lines.flush()) yield line;
}

function isOutput(frame: LogFrame): frame is OutputFrame {
  return frame.stream !== "engine";
}
