import { type Heard, heard } from "../e2e/heard.ts";
import { type Received, Receiver } from "../notify/receiver.ts";

/** `well`: takes what comes. `fails`: answers 500. `hangs`: never answers. */
export type Mood = "well" | "fails" | "hangs";

/** A webhook that does not always take what it is told. */
export class MoodyReceiver implements AsyncDisposable {
  mood: Mood = "well";
  readonly #receiver: Receiver;
  readonly #taken: Received[] = [];

  private constructor(receiver: Receiver) {
    this.#receiver = receiver;
    receiver.answers((received, response) => {
      if (this.mood === "hangs") return;
      if (this.mood === "well") this.#taken.push(received);
      response.writeHead(this.mood === "well" ? 200 : 500).end();
    });
  }

  static async listen(): Promise<MoodyReceiver> {
    return new MoodyReceiver(await Receiver.listen());
  }

  get url(): string {
    return this.#receiver.url;
  }

  /** All requests, in the order in which they came. */
  get told(): readonly Heard[] {
    return heard(this.#receiver.received);
  }

  /** Those that it took. */
  get taken(): readonly Heard[] {
    return heard(this.#taken);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#receiver[Symbol.asyncDispose]();
  }
}
