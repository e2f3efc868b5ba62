import type { Clock } from "../../clock.ts";
import type { Stream } from "../answer.ts";
import { Fault } from "../fault.ts";
import { cutWhenUnread } from "./cut-when-unread.ts";
import { OutputPace } from "./output-pace.ts";

/** How many answers may go on at once until their readers are gone. */
const MOST_OPEN = 64;
/** Of them, those of outputs: an output costs more than events, and who follows one has the events of its page open, too. */
const MOST_OUTPUTS = 20;

interface StreamReader {
  /** Ends the connection. */
  readonly cut: () => void;
  /** Asked before each piece: whether the reader may still have it. */
  readonly mayRead: () => boolean;
  readonly gone: AbortSignal;
}

/** The answers that go on: of few readers, and at a pace that neither slow readers nor fast processes decide. */
export class Streams {
  readonly #clock: Clock;
  readonly #pace: OutputPace;
  readonly #open = { events: 0, output: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#pace = new OutputPace(clock);
  }

  /**
   * Takes a place until `send`, which is given the pieces as the reader may have them, is done.
   *
   * @throws Fault `too-many-streams` when no place is free; then nothing was sent.
   */
  async hold(
    kind: Stream,
    { pieces, cut, mayRead, gone }: StreamReader & { readonly pieces: AsyncIterable<string> },
    send: (pieces: AsyncIterable<string>) => Promise<void>,
  ): Promise<void> {
    this.#refuseIfFull(kind);
    this.#open[kind]++;
    try {
      const paced = kind === "output" ? this.#pace.paced(pieces, gone) : pieces;
      await send(cutWhenUnread(paced, { clock: this.#clock, cut, mayRead }));
    } finally {
      this.#open[kind]--;
    }
  }

  #refuseIfFull(kind: Stream): void {
    const { events, output } = this.#open;
    if (kind === "output" && output >= MOST_OUTPUTS)
      throw tooMany(`${MOST_OUTPUTS} clients follow outputs here already`);
    if (events + output >= MOST_OPEN) throw tooMany(`${MOST_OPEN} clients follow what happens here already`);
  }
}

function tooMany(what: string): Fault {
  return new Fault("too-many-streams", `${what}. Ask again from time to time instead.`, { "Retry-After": "30" });
}
