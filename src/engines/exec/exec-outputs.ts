import type { IncomingMessage } from "node:http";
import type { Clock } from "../../clock.ts";
import type { AssemblyOptions } from "../docker/output/log-lines.ts";
import { readLines } from "../docker/output/log-stream.ts";
import { EngineError, EngineTrouble, type OutputGate, OutputGone, type OutputLine } from "../engine.ts";

/**
 * The output of an exec instance that this process is attached to. The engine keeps no output: it hands it over once,
 * to the client that started the instance.
 */
interface HeldOutput {
  readonly response: IncomingMessage;
  /** When the start was asked for: the engine keeps no times of exec instances. */
  readonly startedAt: Date;
  readonly job: string | undefined;
  /** `unread`: nothing reads it yet. `read`: it was read to its end, so the engine's exit code can be trusted. */
  state: "unread" | "reading" | "read" | "broken";
  /** When it ended: with the process, unless that left something running. */
  endedAt?: Date;
  /** Who hears its lines as they are read. */
  readonly listeners: Set<ExecListener>;
}

/** Takes the lines that it has not given on yet. */
interface ExecListener {
  readonly lines: OutputLine[];
  /** How many lines before the first of these have given way. */
  missed: number;
  readonly wake: () => void;
}

/** How many lines wait for a listener that is slow; older ones give way. */
const MOST_WAITING = 1000;

/** While it is attached, this process learns of the end, and the engine keeps track of the process. */
export function isAttached(held: HeldOutput | undefined): boolean {
  return held?.state === "unread" || held?.state === "reading";
}

interface ExecReading {
  readonly signal: AbortSignal;
  readonly gate: OutputGate | undefined;
  readonly onEnd: (job?: string) => void;
}

/** The outputs that this process is or was attached to, by object ID. */
export class ExecOutputs {
  readonly #clock: Clock;
  readonly #held = new Map<string, HeldOutput>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(objectId: string): HeldOutput | undefined {
    return this.#held.get(objectId);
  }

  hold(objectId: string, output: Pick<HeldOutput, "response" | "startedAt" | "job">): void {
    this.#held.set(objectId, { ...output, state: "unread", listeners: new Set() });
    // Until it is read; a reader gets errors itself.
    output.response.on("error", () => {});
  }

  forget(objectId: string): void {
    this.#held.get(objectId)?.response.destroy();
    this.#held.delete(objectId);
  }

  /** All of it is read, however much it is: the engine hands it over once, and the process would block. */
  #assembly(gate: OutputGate | undefined): AssemblyOptions {
    const now = () => this.#clock.now();
    if (gate === undefined) return { now };
    const open: OutputGate = {
      isShut: () => gate.isShut(),
      drop: (lines) => gate.drop(lines),
      keepLast: (lines) => gate.keepLast(lines),
      isOverrun: () => false,
    };
    return { now, gate: open };
  }

  /**
   * Returns it line by line as it comes, and calls `onEnd` at its end. Ends quietly when `signal` is aborted. Throws an
   * `EngineError` when it breaks, and `OutputGone` when there is none to read. However it ends, a last line without a
   * newline is included: no other reader will get it.
   */
  async *lines(objectId: string, { signal, gate, onEnd }: ExecReading): AsyncGenerator<OutputLine> {
    const held = this.#held.get(objectId);
    if (held?.state !== "unread") throw gone();
    const { response } = held;
    held.state = "reading";
    const abort = () => response.destroy();
    signal.addEventListener("abort", abort, { once: true });
    try {
      for await (const line of readLines(response, this.#assembly(gate))) {
        for (const listener of held.listeners) tell(listener, line);
        yield line;
      }
      held.state = "read";
      held.endedAt = this.#clock.now();
    } catch (cause) {
      if (signal.aborted) return;
      throw cause instanceof EngineError ? cause : new EngineTrouble("the output broke off", { cause });
    } finally {
      signal.removeEventListener("abort", abort);
      if (held.state === "reading") held.state = "broken";
      response.destroy();
      for (const { wake } of held.listeners) wake();
      onEnd(held.job);
    }
  }

  /**
   * Returns its lines from now on, as they are read by `lines`, until that ends. Throws `OutputGone` when this process is not
   * attached to it.
   */
  async *listen(objectId: string, signal: AbortSignal): AsyncGenerator<OutputLine> {
    const held = this.#held.get(objectId);
    if (held === undefined || !isAttached(held)) throw gone();
    let wake = () => {};
    const listener: ExecListener = { lines: [], missed: 0, wake: () => wake() };
    const stop = () => wake();
    held.listeners.add(listener);
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted) {
        const news = new Promise<void>((resolve) => {
          wake = resolve;
        });
        yield* takeLines(listener);
        if (listener.lines.length > 0) continue;
        if (!isAttached(held)) return;
        await news;
      }
    } finally {
      held.listeners.delete(listener);
      signal.removeEventListener("abort", stop);
    }
  }
}

function tell(listener: ExecListener, line: OutputLine): void {
  const { lines, wake } = listener;
  lines.push(line);
  if (lines.length > MOST_WAITING) {
    lines.shift();
    listener.missed++;
  }
  wake();
}

function takeLines(listener: ExecListener): readonly OutputLine[] {
  const { missed } = listener;
  const [first, ...others] = listener.lines.splice(0);
  if (first === undefined) return [];
  listener.missed = 0;
  return [missed === 0 ? first : { ...first, missed }, ...others];
}

function gone(): OutputGone {
  return new OutputGone(
    "the engine gives the output of a command in a container once, to the scheduler that started it",
  );
}
