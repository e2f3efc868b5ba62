import * as z from "zod";
import type { Clock } from "../../clock.ts";
import { followOutput } from "../../operate/output/follow-output.ts";
import type { OutputListener, RunLine } from "../../operate/output/output-listener.ts";
import { readRun } from "../../operate/output/run-output.ts";
import { outcomeShape } from "../../view/shapes/run-shape.ts";
import { instant } from "../../view/shapes/shape.ts";
import type { Answer } from "../answer.ts";
import { Fault } from "../fault.ts";
import { readPlace, writePlace } from "../output-place.ts";
import type { RouteRequest } from "../route.ts";
import type { World } from "../world.ts";
import { ApiFault } from "./api-fault.ts";
import { API, type ApiRoute } from "./api-route.ts";
import { flag, headerOf, readQuery } from "./read-request.ts";
import { type FoundRun, findAnyRun } from "./runs.ts";
import { noSuchRun, openLedger, seenRecords } from "./seen.ts";

const query = z.object({
  attempt: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, "must be a number from 1 on")
    .transform(Number)
    .optional()
    .meta({ description: "Only this attempt." }),
  tail: z
    .string()
    .regex(/^(all|\d{1,9})$/, "must be a number of lines, or all")
    .transform((text) => (text === "all" ? ("all" as const) : Number(text)))
    .optional()
    .meta({ description: "Only so many of the last lines of each attempt." }),
  follow: flag.optional().meta({ description: "`1`: goes on until the run has ended." }),
});

/** One line of `application/x-ndjson`, and the data of an event. */
export const outputLine = z
  .union([
    z.object({
      line: z.string(),
      attempt: z.number().int(),
      stream: z.exactOptional(z.enum(["stdout", "stderr"])),
      at: z
        .exactOptional(instant)
        .meta({ description: "Absent, as the stream is, for lines that the record has kept." }),
    }),
    z.object({ note: z.string().meta({ description: "What is missing, or comes next: no line of the process." }) }),
    z.object({ end: outcomeShape.meta({ description: "How the run ended: the last line, when it is followed." }) }),
    z.object({ beat: instant }),
  ])
  .meta({ id: "OutputLine" });

const FORMS = ["text/plain", "application/x-ndjson", "text/event-stream"] as const;
type Form = (typeof FORMS)[number];

export const outputRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: `${API}/runs/:run/output`,
    role: "read",
    doc: {
      summary: "What a run prints, or has printed",
      description:
        "In the form that `Accept` asks for; its lines are the same in each. The output is read from the container or service " +
        "while that exists; afterwards the record has the last lines, and a note says how many are missing. In text a note " +
        "begins with `shipbell:`.",
      query,
      answers: { 200: { description: "The output", contentTypes: FORMS } },
      faults: ["bad-request", "no-such-run", "not-acceptable", "ledger-unavailable"],
    },
    answer: showOutput,
  },
];

function showOutput(request: RouteRequest, world: World): Answer {
  const { attempt, tail = "all", follow = false } = readQuery(query, request.query);
  const form = formOf(headerOf(request.headers, "accept"));
  const records = seenRecords(request.caller, world);
  const id = request.params.run ?? "";
  const found = findAnyRun(id, records, world);
  if (found === undefined) throw noSuchRun(id, records);
  if (found.kind === "request")
    throw new ApiFault("no-such-run", `${id} has not begun: there is no output yet.`, { run: id });
  if (found.kind === "past")
    throw new ApiFault("no-such-run", `${id} has left the record of ${found.record.job}, and its output with it.`, {
      run: id,
      job: found.record.job,
    });
  if (attempt !== undefined && !follow && !found.run.attempts.some(({ number }) => number === attempt))
    throw new ApiFault("no-such-run", `${id} has no attempt ${attempt}, or its record no longer has it.`, { run: id });
  const write = WRITERS[form];
  const queue = new PieceQueue(world.clock, write.beat);
  const after = follow ? readPlace(headerOf(request.headers, "last-event-id")) : undefined;
  const body = queue.pieces(
    (signal) => read({ found, attempt, tail, follow, after, write, queue }, world, signal),
    request.gone,
  );
  return {
    status: 200,
    contentType: form === "text/plain" ? "text/plain; charset=utf-8" : form,
    body,
    ...(follow && { stream: "output" }),
    ...(follow && form === "text/plain" && { longestSilenceMs: LONGEST_SILENCE_MS }),
  };
}

/** Text has nothing that could be sent in between. */
const LONGEST_SILENCE_MS = 3_600_000;

/** The first of our forms that the client reads. */
function formOf(accept = "*/*"): Form {
  const wanted = accept.split(",").map((part) => part.split(";")[0]?.trim().toLowerCase() ?? "");
  for (const type of wanted) {
    const form = FORMS.find((form) => form === type);
    if (form !== undefined) return form;
    if (type === "*/*" || type === "text/*" || type === "text/html") return "text/plain";
    if (type === "application/*" || type === "application/json" || type === "application/jsonl")
      return "application/x-ndjson";
  }
  throw new Fault("not-acceptable", `The output of a run is ${FORMS.join(", or ")}.`);
}

interface Reading {
  readonly found: Extract<FoundRun, { readonly kind: "run" }>;
  readonly attempt: number | undefined;
  readonly tail: number | "all";
  readonly follow: boolean;
  readonly after: ReturnType<typeof readPlace>;
  readonly write: Writer;
  readonly queue: PieceQueue;
}

async function read(
  { found, attempt, tail, follow, after, write, queue }: Reading,
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const { record, run } = found;
  const { job } = record;
  const listener: OutputListener = {
    line: (line) => queue.add(write.line(line)),
    note: (text) => queue.add(write.note(text)),
  };
  const engine = world.engine();
  if (engine === undefined)
    return void queue.add(write.note("the scheduler has no engine yet: the output cannot be read"));
  const parts = { engine, listener };
  const ledger = openLedger(world);
  const how = { tail, attempt, signal };
  const isShared = world.definition(job)?.template.kind === "exec" && run.outcome === undefined;
  if (isShared && follow) await listener.note("the output of a command in a container is only given as it comes");
  if (!follow) {
    const reread = async () => (await ledger.read(job))?.runs.find(({ id }) => id === run.id);
    await readRun(run, reread, how, parts);
    return;
  }
  const ended = await followOutput({ job, run: run.id }, { ...how, after }, { ...parts, ledger, clock: world.clock });
  if (ended?.outcome !== undefined) await queue.add(write.end(ended.outcome));
  else if (!signal.aborted) await queue.add(write.note(`${run.id} is no longer in the record of ${job}`));
}

/** How one form is written. */
interface Writer {
  readonly line: (line: RunLine) => string;
  readonly note: (text: string) => string;
  readonly end: (outcome: object) => string;
  /** Keeps a silent connection open; undefined where the form has nothing for that. */
  readonly beat: ((now: Date) => string) | undefined;
}

const WRITERS: Readonly<Record<Form, Writer>> = {
  "text/plain": {
    line: ({ line }) => `${line}\n`,
    note: (text) => `shipbell: ${text}\n`,
    end: () => "",
    beat: undefined,
  },
  "application/x-ndjson": {
    line: (line) => `${lineJson(line)}\n`,
    note: (note) => `${JSON.stringify({ note })}\n`,
    end: (end) => `${JSON.stringify({ end })}\n`,
    beat: (beat) => `${JSON.stringify({ beat })}\n`,
  },
  "text/event-stream": {
    line: (line) => `${idOf(line)}event: line\ndata: ${lineJson(line)}\n\n`,
    note: (note) => `event: note\ndata: ${JSON.stringify({ note })}\n\n`,
    end: (end) => `event: end\ndata: ${JSON.stringify({ end })}\n\n`,
    beat: () => ": beat\n\n",
  },
};

function lineJson({ line, attempt, stream, at }: RunLine): string {
  return JSON.stringify({ line, attempt, ...(stream && { stream }), ...(at && { at }) });
}

/** A reader that connects again goes on behind the line with this ID. */
function idOf({ place }: RunLine): string {
  return place === undefined ? "" : `id: ${writePlace(place())}\n`;
}

/** A fraction of what a slow reader may hold in memory. */
const MOST_CHARACTERS = 65_536;
const BEAT_MS = 15_000;

/** What was read and not sent. While there is as much as is sent at once, nothing further is read. */
class PieceQueue {
  readonly #clock: Clock;
  readonly #beat: Writer["beat"];
  #text = "";
  #room: PromiseWithResolvers<void> | undefined;
  #wake = () => {};
  #isOver = false;

  constructor(clock: Clock, beat: Writer["beat"]) {
    this.#clock = clock;
    this.#beat = beat;
  }

  add(text: string): void | Promise<void> {
    this.#text += text;
    this.#wake();
    if (this.#text.length < MOST_CHARACTERS || this.#isOver) return;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Begins to read when the first piece is asked for, and stops when no more are. Yields what there is, as it comes. */
  async *pieces(read: (signal: AbortSignal) => Promise<void>, gone: AbortSignal): AsyncGenerator<string, void, void> {
    const left = new AbortController();
    const signal = AbortSignal.any([gone, left.signal]);
    const reading = read(signal).finally(() => {
      this.#isOver = true;
      this.#wake();
    });
    // It is awaited at the end.
    reading.catch(() => {});
    try {
      while (!signal.aborted) {
        const text = this.#take();
        if (text !== "") yield text;
        else if (this.#isOver) break;
        else if (!(await this.#hasMore(signal)) && this.#beat !== undefined) yield this.#beat(this.#clock.now());
      }
    } finally {
      left.abort();
      this.#isOver = true;
      this.#room?.resolve();
    }
    if (!gone.aborted) await reading;
  }

  #take(): string {
    const text = this.#text;
    this.#text = "";
    this.#room?.resolve();
    this.#room = undefined;
    return text;
  }

  /** False when nothing came for as long as a connection may be silent. */
  async #hasMore(signal: AbortSignal): Promise<boolean> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    if (this.#text === "" && !this.#isOver) await this.#clock.wait(BEAT_MS, AbortSignal.any([signal, woken.signal]));
    this.#wake = () => {};
    return this.#text !== "" || this.#isOver || signal.aborted;
  }
}
