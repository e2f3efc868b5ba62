import type { IncomingMessage } from "node:http";
import type { Clock } from "../../clock.ts";
import type { StatusRange } from "../../job/job.ts";
import { shownAddress } from "../../job/shown-address.ts";
import { causeOf, sendRequest } from "../../send-request.ts";
import { LineAssembler, type OutputFrame } from "../docker/output/log-lines.ts";
import { type End, type LogOptions, type ObjectState, OutputGone, type OutputLine } from "../engine.ts";
import { linesAfter } from "../output.ts";
import type { ReadyRequest } from "./ready-request.ts";

/** Whatever comes after this of an answer is read, and not kept. */
const LONGEST_ANSWER_BYTES = 1024 * 1024;
const LONGEST_STATUS_LINE = 200;
/** So many lines are made without a pause: some milliseconds. */
const LINES_AT_ONCE = 1000;

/** The exit codes of curl that are not about the connection. */
const OTHER_STATUS = 22;
const BROKE_OFF = 18;

interface Piece extends OutputFrame {
  readonly at: Date;
}

export interface ExchangeParts {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called once, when it has ended. */
  readonly onEnd: () => void;
}

/** One request and its answer, which is sent at most once. */
export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #stop = new AbortController();
  #ready: ReadyRequest | undefined;
  #state: ObjectState = { phase: "inert" };
  /** The status line and the answer, until they have been read to the end. */
  #pieces: Piece[] | undefined = [];
  #receivedBytes = 0;
  #ended = Promise.resolve();
  readonly #listeners = new Set<() => void>();

  constructor(ready: ReadyRequest, parts: ExchangeParts) {
    this.#ready = ready;
    this.#parts = parts;
  }

  get state(): ObjectState {
    return this.#state;
  }

  /** While it has not begun, what is to be sent may be read again. */
  renew(ready: ReadyRequest): void {
    if (this.#state.phase === "inert" && !this.#stop.signal.aborted) this.#ready = ready;
  }

  /** Sends the request, unless that was begun before. Returns whether it has begun: not where it was given up before. */
  begin(): boolean {
    const ready = this.#ready;
    if (this.#state.phase !== "inert") return true;
    if (ready === undefined) return false;
    // It may hold secrets.
    this.#ready = undefined;
    const startedAt = this.#parts.clock.now();
    this.#state = { phase: "running", startedAt };
    this.#ended = this.#exchange(ready).then((end) => {
      this.#state = { phase: "ended", end, startedAt, finishedAt: this.#parts.clock.now() };
      this.#tellListeners();
      this.#parts.onEnd();
    });
    return true;
  }

  /** Closes the connection: what has been sent may take effect all the same. Resolves when it has ended. */
  giveUp(): Promise<void> {
    this.#ready = undefined;
    this.#stop.abort();
    return this.#ended;
  }

  /** Never rejects. */
  async #exchange({ request, expect, ca }: ReadyRequest): Promise<End> {
    const { signal } = this.#stop;
    try {
      const sent = await sendRequest(request, { signal, env: this.#parts.env, ...(ca !== undefined && { ca }) });
      const { statusCode = 0, statusMessage = "", httpVersion, headers } = sent.response;
      this.#note(`HTTP/${httpVersion} ${statusCode} ${statusMessage}`.slice(0, LONGEST_STATUS_LINE).trimEnd());
      const broke = await this.#read(sent.response).finally(sent.end);
      if (signal.aborted) return GIVEN_UP;
      if (broke !== undefined) return failed(BROKE_OFF, `the answer broke off after ${inWords(statusCode)} (${broke})`);
      if (isExpected(statusCode, expect)) return { kind: "exited", exitCode: 0, oom: false };
      return failed(OTHER_STATUS, `${inWords(statusCode)}${redirectWords(statusCode, headers.location, request.url)}`);
    } catch (error) {
      if (signal.aborted) return GIVEN_UP;
      const { words, exitCode } = causeOf(error);
      return failed(exitCode, words);
    }
  }

  /** Reads the answer to its end, and keeps its beginning; returns what went wrong. */
  async #read(response: IncomingMessage): Promise<string | undefined> {
    try {
      for await (const piece of response) {
        if (this.#receivedBytes > LONGEST_ANSWER_BYTES) continue;
        const payload = (piece as Buffer).subarray(0, LONGEST_ANSWER_BYTES - this.#receivedBytes);
        this.#receivedBytes += (piece as Buffer).length;
        this.#add({ stream: "stdout", payload });
        if (this.#receivedBytes > LONGEST_ANSWER_BYTES)
          this.#note("shipbell: the answer is longer than 1 MB, and the rest of it is not kept");
      }
      return undefined;
    } catch (error) {
      return causeOf(error).words;
    }
  }

  #note(line: string): void {
    this.#add({ stream: "stderr", payload: Buffer.from(`${line}\n`) });
  }

  #add({ stream, payload }: Pick<OutputFrame, "stream" | "payload">): void {
    this.#pieces?.push({ stream, payload, isEntry: false, at: this.#parts.clock.now() });
    this.#tellListeners();
  }

  #tellListeners(): void {
    for (const tell of this.#listeners) tell();
  }

  /** As `Engine.logs`. Once all of it has been read for the record, none is left. */
  async *lines(options: LogOptions, signal: AbortSignal): AsyncGenerator<OutputLine> {
    const { tail, after, gate, follow = true, onlyListens = false } = options;
    const isWanted = linesAfter(after);
    let at = this.#parts.clock.now();
    const assembler = new LineAssembler({ now: () => at, ...(gate && { gate }) });
    let read = 0;
    let made = 0;
    let present: OutputLine[] | undefined = tail === "all" ? undefined : [];
    for (;;) {
      const pieces = this.#pieces;
      if (pieces === undefined) throw new OutputGone("the answer is in the record of its run, as far as it is kept");
      for (; read < pieces.length; read++) {
        const piece = pieces[read] as Piece;
        at = piece.at;
        for (const line of assembler.push(piece)) {
          if (++made % LINES_AT_ONCE === 0) {
            await letOthersWork();
            present = present && [...lastOf(present, tail)];
          }
          if (!isWanted(line)) continue;
          if (present === undefined) yield line;
          else present.push(line);
        }
      }
      if (this.#state.phase === "ended" || !follow || signal.aborted) break;
      yield* lastOf(present ?? [], tail);
      present = undefined;
      await this.#news(signal);
    }
    const last = [...(present ?? []), ...[...assembler.flush()].filter(isWanted)];
    yield* present === undefined ? last : lastOf(last, tail);
    if (this.#state.phase === "ended" && !onlyListens && !signal.aborted) this.#pieces = undefined;
  }

  /** Resolves when something has been added, it has ended, or the signal is aborted. */
  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const tell = () => {
        this.#listeners.delete(tell);
        signal.removeEventListener("abort", tell);
        resolve();
      };
      this.#listeners.add(tell);
      signal.addEventListener("abort", tell, { once: true });
    });
  }
}

function letOthersWork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function lastOf(lines: readonly OutputLine[], tail: LogOptions["tail"]): readonly OutputLine[] {
  return tail === "all" ? lines : lines.slice(Math.max(0, lines.length - tail));
}

/** What came of it is not known. */
const GIVEN_UP: End = { kind: "shut-down", message: "the request was given up before its answer was there" };

function failed(exitCode: number, message: string): End {
  return { kind: "exited", exitCode, oom: false, message };
}

function inWords(status: number): string {
  return `status ${status}`;
}

function isExpected(status: number, expect: readonly StatusRange[]): boolean {
  return expect.some(({ from, to }) => status >= from && status <= to);
}

/** Its path may have a secret in it. */
function redirectWords(status: number, location: string | undefined, url: string): string {
  if (status < 300 || status >= 400 || location === undefined) return "";
  const target = URL.parse(location, url);
  return `, a redirect to ${target === null ? "…" : shownAddress(target.href)}, which is not followed`;
}
