import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Browsers and programs ask for the next thing when they have the last one. */
const MOST_WAITING = 32;

interface Asked {
  waiting: number;
  answered: Promise<void>;
}

/**
 * Has each connection answered one request after the other. A client may send many without reading an answer: only one of
 * them is worked out and held in memory.
 */
export class OneByOne {
  readonly #asked = new WeakMap<Socket, Asked>();

  /** Resolves when everything is answered that the same connection has asked for before: false when it is gone by then. */
  async turn(socket: Socket, response: ServerResponse): Promise<boolean> {
    const asked = this.#asked.get(socket) ?? { waiting: 0, answered: Promise.resolve() };
    this.#asked.set(socket, asked);
    if (++asked.waiting > MOST_WAITING) socket.destroy();
    const before = asked.answered;
    asked.answered = before.then(() => closed(socket, response)).then(() => void asked.waiting--);
    await before;
    return !socket.destroyed;
  }
}

/** A response that has not begun hears nothing of the end of its connection. */
function closed(socket: Socket, response: ServerResponse): Promise<void> {
  if (socket.destroyed || response.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      socket.off("close", done);
      response.off("close", done);
      resolve();
    };
    socket.once("close", done);
    response.once("close", done);
  });
}
