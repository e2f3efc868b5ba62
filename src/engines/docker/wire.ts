import type { IncomingMessage } from "node:http";
import type DockerModem from "docker-modem";
import { type Deadline, startDeadline } from "../../clock.ts";

/** One request to the engine. */
export interface DockerRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Without the API version: `/containers/json`. Names in it are encoded. */
  readonly path: string;
  /** Objects are sent as JSON, as Docker's `filters` are. */
  readonly query?: Readonly<Record<string, string | number | boolean | object>>;
  readonly body?: object;
  /** A tar archive, sent in place of a body. */
  readonly archive?: Buffer;
  /** `X-Registry-Auth`, as it is sent. */
  readonly registryAuth?: string;
  /** How long the whole answer may take; for a stream, how long until it begins. Default: 30 s. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** What the engine answered, whatever its status: what a status means is for the caller to say. */
export interface DockerAnswer {
  /** What was asked, without the names of objects: `POST /containers/…/start`. */
  readonly request?: string;
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** The JSON, or undefined if there was none. */
  readonly body: unknown;
}

const DEFAULT_DEADLINE_MS = 30_000;
/** A stream may be silent for any time; the kernel finds out when the other end is gone without notice. */
const KEEP_ALIVE_MS = 30_000;

/**
 * The modem turns a status that is not in this table into an error without headers and, for streams, without the body.
 */
const EVERY_STATUS = Object.fromEntries(Array.from({ length: 600 }, (_, status) => [status, true]));

/** Thrown when there is no answer, or only part of one: whether the engine is there is not known yet. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  /** As in `DockerAnswer`. */
  readonly request: string;

  constructor(request: DockerRequest, reason: unknown, cause: unknown) {
    const words = reason instanceof Error ? reason.message || reason.name : String(reason);
    super(`${request.method} ${request.path}: ${words}`, { cause });
    this.request = shapeOf(request);
  }
}

/** The method and path of a request, with `…` in place of the object that it names. */
export function shapeOf({ method, path }: Pick<DockerRequest, "method" | "path">): string {
  const [kind = "", ...rest] = path
    .replace(/^.*?\/v\d+\.\d+\//, "/")
    .split("/")
    .slice(1);
  const [first, last] = [rest[0] ?? "", rest.at(-1) ?? ""];
  if (rest.length === 0 || (rest.length === 1 && COLLECTION_VERBS.includes(first)))
    return `${method} /${[kind, ...rest].join("/")}`;
  return `${method} /${kind}/…${rest.length > 1 ? `/${last}` : ""}`;
}

const COLLECTION_VERBS = ["json", "create", "prune"];

/** Sends a request and reads the whole answer. Throws `NoAnswer` when there is none. */
export async function call(modem: DockerModem, request: DockerRequest): Promise<DockerAnswer> {
  const deadline = limitTime(request);
  try {
    const response = await dial(modem, request, deadline.signal);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return {
      request: shapeOf(request),
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: parse(Buffer.concat(chunks)),
    };
  } catch (cause) {
    throw noAnswer(request, deadline.signal, cause);
  } finally {
    deadline.clear();
  }
}

/**
 * Sends a request and returns the answer as soon as it begins. The caller reads the stream to its end or destroys it: a
 * forgotten stream keeps its connection open forever.
 */
export async function open(modem: DockerModem, request: DockerRequest): Promise<IncomingMessage> {
  const deadline = limitTime(request);
  try {
    const response = await dial(modem, request, deadline.signal);
    response.socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return response;
  } catch (cause) {
    throw noAnswer(request, deadline.signal, cause);
  } finally {
    deadline.clear();
  }
}

/**
 * The modem's `dial`, in the one form that has none of its traps: `_query` and `_body` keep the body out of the URL,
 * a stream settles even when the connection breaks after the headers, and there is no `agent`, for which it would
 * print every request to a string.
 */
function dial(modem: DockerModem, request: DockerRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const options: DockerModem.DialOptions = {
    method: request.method,
    path: `${request.path}?`,
    options: { _query: request.query ?? {}, _body: request.body ?? {} },
    ...(request.archive !== undefined && { file: request.archive }),
    headers: request.registryAuth === undefined ? {} : { "X-Registry-Auth": request.registryAuth },
    isStream: true,
    statusCodes: EVERY_STATUS,
    abortSignal: signal,
  };
  return new Promise((resolve, reject) => {
    modem.dial(options, (error, response) => (error ? reject(error) : resolve(response as IncomingMessage)));
  });
}

/**
 * Combines the deadline with the caller's signal. The deadline is cleared once the answer is there:
 * `AbortSignal.timeout` would also end a stream that has begun.
 */
function limitTime({ deadlineMs = DEFAULT_DEADLINE_MS, signal }: DockerRequest): Deadline {
  const deadline = startDeadline(deadlineMs);
  return signal === undefined ? deadline : { ...deadline, signal: AbortSignal.any([signal, deadline.signal]) };
}

/** Names the cause: if we ended the connection ourselves, the reason why. */
function noAnswer(request: DockerRequest, signal: AbortSignal, cause: unknown): NoAnswer {
  return new NoAnswer(request, signal.aborted ? signal.reason : cause, cause);
}

function parse(text: Buffer): unknown {
  if (text.length === 0) return undefined;
  try {
    return JSON.parse(text.toString());
  } catch {
    return { message: text.toString().trim() };
  }
}
