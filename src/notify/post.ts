import type { IncomingMessage } from "node:http";
import { type Clock, startDeadline } from "../clock.ts";
import { causeOf, sendRequest } from "../send-request.ts";
import type { OutgoingRequest } from "./channel.ts";
import { LONGEST_WAIT_MS, type Sent } from "./sent.ts";

/** For all of it: finding the host, connecting, TLS, sending, and the answer. */
export const LONGEST_POST_MS = 10_000;
/** Whatever comes after this of an answer is not read, where no more is wanted. */
const LONGEST_ANSWER_BYTES = 4096;

/** What stands in front of a receiver says so while there is none behind it, as when it is started again. */
const NOT_FOUND = 404;

/** The receiver will answer the same tomorrow. */
const FINAL: ReadonlySet<number> = new Set([400, 401, 403, NOT_FOUND, 410, 413, 415]);

/** Of these, those that are about the message, and not about the address or who sends it. */
const CONTENT: ReadonlySet<number> = new Set([400, 413]);

export interface PostParts {
  readonly clock: Pick<Clock, "now">;
  /** Gives the request up: what is on its way may still arrive. */
  readonly signal: AbortSignal;
  /** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in both cases. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For all of it; 10 s when absent. */
  readonly timeoutMs?: number;
  /** Given the beginning of the answer. */
  readonly onAnswer?: (answer: Uint8Array) => void;
  /** How much of the answer is read; 4 KB when absent. */
  readonly longestAnswerBytes?: number;
}

/** The body may be of any form. */
interface PostedRequest extends Pick<OutgoingRequest, "method" | "url" | "headers"> {
  readonly body: string | Uint8Array;
}

/**
 * Sends one request, once, and says what came of it within its time; never rejects. Redirects are not followed: a receiver
 * does not choose where secrets go. Certificates are verified. `answer` is the first line of the answer: for the operator
 * who asked for a test, and for nothing else.
 */
export async function post(
  request: PostedRequest,
  { clock, signal, env = {}, timeoutMs = LONGEST_POST_MS, onAnswer, longestAnswerBytes }: PostParts,
): Promise<Sent> {
  const deadline = startDeadline(timeoutMs);
  const stop = AbortSignal.any([signal, deadline.signal]);
  let isSent = false;
  try {
    const { response, end } = await sendRequest(request, { signal: stop, env, onSent: () => (isSent = true) });
    const read = await beginningOf(response, longestAnswerBytes);
    end();
    onAnswer?.(read);
    const answer = firstLine(read);
    return { ...judge(response, clock.now()), ...(answer !== "" && { answer }) };
  } catch (error) {
    const because = deadline.signal.aborted ? "timeout" : signal.aborted ? "stopped" : causeOf(error).words;
    return { result: isSent ? "perhaps" : "again", because };
  } finally {
    deadline.clear();
  }
}

/** Its status is known by now, so nothing that goes wrong with the rest matters. */
async function beginningOf(response: IncomingMessage, longestBytes = LONGEST_ANSWER_BYTES): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of response) {
      pieces.push(piece as Buffer);
      size += (piece as Buffer).length;
      if (size >= longestBytes) break;
    }
  } catch {
    // What has arrived does.
  }
  return Buffer.concat(pieces).subarray(0, longestBytes);
}

function firstLine(answer: Buffer): string {
  return (
    answer
      .toString("utf8")
      .trim()
      .split(/[\r\n]/, 1)[0] ?? ""
  );
}

function judge({ statusCode: status = 0, headers }: IncomingMessage, now: Date): Sent {
  const because = String(status);
  if (status >= 200 && status < 300) return { result: "delivered", because };
  if (status >= 300 && status < 400)
    return { result: "final", because: `${status}, a redirect, which is not followed` };
  if (status === NOT_FOUND) return { result: "final", because, mayPass: true };
  if (FINAL.has(status)) return { result: "final", because, ...(CONTENT.has(status) && { isContent: true }) };
  // The proxy in front of the receiver has sent it on.
  if (status === 504) return { result: "perhaps", because };
  const waitMs = status === 429 || status === 503 ? readRetryAfter(headers["retry-after"], now) : undefined;
  return { result: "again", because, ...(waitMs !== undefined && { waitMs }) };
}

/** Seconds, or a date; at most an hour. Undefined where it is neither. */
function readRetryAfter(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}
