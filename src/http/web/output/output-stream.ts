import { followOutput } from "../../../operate/output/follow-output.ts";
import type { OutputListener, ReadPlace } from "../../../operate/output/output-listener.ts";
import { findRun } from "../../../view/find.ts";
import { outcomeInSentence } from "../../../view/words/outcome.ts";
import { seesJob } from "../../access/visible.ts";
import type { Answer } from "../../answer.ts";
import { Fault } from "../../fault.ts";
import { readPlace, writePlace } from "../../output-place.ts";
import type { RouteRequest } from "../../route.ts";
import type { World } from "../../world.ts";
import { MOST_LINES, outputLine, outputNote } from "./output-card.ts";
import { lineWriter } from "./write-line.ts";

/** How much is sent at once, and how often: a quarter of a megabyte a second at most, whatever a process prints. */
const MOST_AT_ONCE = 32_768;
const SEND_EVERY_MS = 125;
/** Below the time after which proxies take a silent connection for dead. */
const BEAT_MS = 15_000;

/** What a run prints from a place on, as events whose data are the lines in HTML; `end` when it has ended. */
export async function outputStream(request: RouteRequest, world: World): Promise<Answer> {
  const id = request.params.run ?? "";
  const found = findRun(id, world.records() ?? new Map());
  const isSeen = found !== undefined && seesJob(request.caller, found.record.job);
  const [engine, ledger] = [world.engine(), world.ledger()];
  if (!isSeen || engine === undefined || ledger === undefined)
    throw new Fault("no-such-address", `There is no run "${id}" whose output could be followed.`);
  const write = await lineWriter();
  const queue = new LineQueue();
  const last = request.headers["last-event-id"] ?? request.query.get("after") ?? undefined;
  const after = readPlace(Array.isArray(last) ? last[0] : last);
  const listener: OutputListener = {
    line: (line) => queue.add(outputLine(line, write).html, line.place?.()),
    // A line of an event ends where the text has a line end.
    note: (text) => queue.add(outputNote(text.replaceAll(/[\r\n]+/g, " ")).html),
  };
  const left = new AbortController();
  const signal = AbortSignal.any([request.gone, left.signal]);
  const which = { job: found.record.job, run: id };
  const following = followOutput(
    which,
    { tail: MOST_LINES, after, signal },
    { engine, ledger, listener, clock: world.clock },
  )
    .then((run) =>
      queue.end(run?.outcome === undefined ? "The run is no longer kept" : `It ${outcomeInSentence(run.outcome)}`),
    )
    .catch((error: unknown) => queue.end(error instanceof Error ? error.message : String(error)));
  return {
    status: 200,
    contentType: "text/event-stream",
    headers: { "X-Accel-Buffering": "no" },
    stream: "output",
    body: events(queue, { world, signal, leave: () => left.abort(), following }),
  };
}

interface Following {
  readonly world: World;
  readonly signal: AbortSignal;
  readonly leave: () => void;
  readonly following: Promise<void>;
}

async function* events(
  queue: LineQueue,
  { world, signal, leave, following }: Following,
): AsyncGenerator<string, void, void> {
  try {
    yield "retry: 3000\n\n";
    while (!signal.aborted) {
      const { lines, place } = queue.take();
      if (lines.length > 0) {
        const id = place === undefined ? "" : `id: ${writePlace(place)}\n`;
        yield `${id}${lines.map((line) => `data: ${line}\n`).join("")}\n`;
        await world.clock.wait(SEND_EVERY_MS, signal);
      } else if (queue.ended !== undefined) {
        yield `event: end\ndata: ${queue.ended.replaceAll(/[\r\n]+/g, " ")}\n\n`;
        return;
      } else if (!(await queue.hasMore(world, signal))) yield ": beat\n\n";
    }
  } finally {
    leave();
    queue.close();
    await following;
  }
}

/** Lines that are read and not sent. While there are as many as can be sent at once, nothing further is read. */
class LineQueue {
  /** What there is to say when all lines are taken. */
  ended: string | undefined;
  #lines: string[] = [];
  #length = 0;
  #place: ReadPlace | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #wake: (() => void) | undefined;
  #isClosed = false;

  add(line: string, place?: ReadPlace): void | Promise<void> {
    this.#lines.push(line);
    this.#length += line.length;
    this.#place = place ?? this.#place;
    this.#wake?.();
    if (this.#length < MOST_AT_ONCE || this.#isClosed) return;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  end(words: string): void {
    this.ended = words;
    this.#wake?.();
  }

  take(): { readonly lines: readonly string[]; readonly place: ReadPlace | undefined } {
    const taken = { lines: this.#lines, place: this.#place };
    this.#lines = [];
    this.#length = 0;
    this.#room?.resolve();
    this.#room = undefined;
    return taken;
  }

  /** False when nothing came for as long as a connection may be silent. */
  async hasMore({ clock }: Pick<World, "clock">, signal: AbortSignal): Promise<boolean> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await clock.wait(BEAT_MS, AbortSignal.any([signal, woken.signal]));
    this.#wake = undefined;
    return woken.signal.aborted;
  }

  close(): void {
    this.#isClosed = true;
    this.take();
  }
}
