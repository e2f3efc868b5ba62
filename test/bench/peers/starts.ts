import { EventEmitter, once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import type { EngineClient } from "../../lab/engine-client.ts";

/** A container whose process began to run. */
export interface Start {
  /** As its creator named the image: each side has a tag of its own, and so its starts are known. */
  readonly image: string;
  /** Of the container, without a slash. */
  readonly name: string;
  /** When the engine said so, in milliseconds since 1970. */
  readonly at: number;
}

export interface Awaited {
  readonly image: string;
  readonly count: number;
  /** So long after a start, or after the due time, no other one is waited for. */
  readonly quietMs: number;
}

/**
 * The starts of all containers of an engine, whichever client starts them, as its events tell them. It needs no answer about a
 * container, which may be removed as soon as its process ends.
 */
export class Starts implements Disposable {
  readonly #answer: IncomingMessage;
  readonly #news = new EventEmitter();
  readonly #all: Start[] = [];
  #isOver = false;

  private constructor(answer: IncomingMessage) {
    this.#answer = answer;
    const lines = createInterface({ input: answer });
    lines.on("line", (line) => {
      this.#all.push(readEvent(line));
      this.#news.emit("news");
    });
    lines.on("close", () => {
      this.#isOver = true;
      this.#news.emit("news");
    });
  }

  /** Resolves when no start is missed any longer. */
  static async of({ socketPath }: EngineClient): Promise<Starts> {
    const filters = encodeURIComponent(JSON.stringify({ type: ["container"], event: ["start"] }));
    const asked = request({ socketPath, path: `/v1.41/events?filters=${filters}`, headers: { host: "docker" } });
    asked.end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    return new Starts(answer);
  }

  /** Resolves to the first `count` starts since this time; to fewer when no other one comes. */
  async since(due: Date, { image, count, quietMs }: Awaited): Promise<readonly Start[]> {
    for (;;) {
      const found = this.#all.filter((start) => start.image === image && start.at >= due.getTime()).slice(0, count);
      const left = Math.max(due.getTime(), ...found.map(({ at }) => at)) + quietMs - Date.now();
      if (found.length === count || left <= 0) return found;
      if (this.#isOver) throw new Error("the engine tells no events any longer");
      await once(this.#news, "news", { signal: AbortSignal.timeout(Math.ceil(left)) }).catch(() => "no news");
    }
  }

  [Symbol.dispose](): void {
    this.#answer.destroy();
  }
}

function readEvent(line: string): Start {
  const { Actor, timeNano } = JSON.parse(line) as {
    readonly Actor: { readonly Attributes: { readonly image: string; readonly name: string } };
    readonly timeNano: number;
  };
  const { image, name } = Actor.Attributes;
  return { image, name, at: timeNano / 1e6 };
}
