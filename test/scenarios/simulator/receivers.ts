import type { Notice } from "../../../src/ledger/record.ts";
import type { Sent } from "../../../src/notify/sent.ts";
import type { Actor } from "./actor.ts";
import type { Stage } from "./stage.ts";
import type { Mood } from "./story.ts";

/** How long a scheduler waits for an answer. */
const TIMEOUT_MS = 10_000;
const SLOW_MS = 4000;

/** The other ends of the channels: they take what they are told, or are in a mood. */
export class Receivers {
  readonly #stage: Stage;
  #isHealed = false;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** From now on they take everything at once. */
  heal(): void {
    this.#isHealed = true;
  }

  /** One request. Whether it was heard, and whether the scheduler learns of that, are two things. */
  async take(actor: Actor, told: ToldNotice): Promise<Sent> {
    const subject = `${told.channel} ${told.notice.id}`;
    const before = await actor.cross({ effect: "tell", subject, moment: "before" });
    if (before === "lose") return { result: "again", because: "unreachable" };
    if (typeof before === "object") {
      void this.#stage.wait(before.lateMs).then(() => this.#hear(told));
      return { result: "perhaps", because: "timeout" };
    }
    const sent = await this.#answer(told);
    const after = await actor.cross({ effect: "tell", subject, moment: "after" });
    return after === "go-on" || sent.result !== "delivered" ? sent : { result: "perhaps", because: "timeout" };
  }

  async #answer(told: ToldNotice): Promise<Sent> {
    switch (this.#moodOf(told.channel)) {
      case "fails":
        return { result: "again", because: "503" };
      case "refuses":
        this.#stage.chronicle.add(`${told.channel} refuses ${told.notice.id} of ${told.job}`);
        this.#stage.oracle.tellings.refused(told);
        return { result: "final", because: "401" };
      case "hangs":
        await this.#stage.wait(TIMEOUT_MS);
        return { result: "perhaps", because: "timeout" };
      case "is mute":
        this.#hear(told);
        await this.#stage.wait(TIMEOUT_MS);
        return { result: "perhaps", because: "timeout" };
      case "is slow":
        await this.#stage.wait(SLOW_MS);
    }
    this.#hear(told);
    return { result: "delivered", because: "200" };
  }

  #hear(told: ToldNotice): void {
    const { channel, job, notice } = told;
    this.#stage.chronicle.add(() => `${channel} hears of ${job}: ${notice.id}, ${notice.count ?? 1} in all`);
    this.#stage.oracle.heard(told);
  }

  #moodOf(channel: string): Mood | undefined {
    if (this.#isHealed) return undefined;
    const at = this.#stage.elapsedMs();
    const isNow = ({ fromMs, ms }: { readonly fromMs: number; readonly ms: number }) =>
      fromMs <= at && at < fromMs + ms;
    return this.#stage.story.moods.find((mood) => mood.channel === channel && isNow(mood))?.mood;
  }
}

/** What a request tells. */
export interface ToldNotice {
  readonly channel: string;
  readonly job: string;
  readonly notice: Omit<Notice, "to">;
}
