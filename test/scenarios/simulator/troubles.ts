import { EngineTrouble } from "../../../src/engines/engine.ts";
import { imageOf, JOB_NAMES } from "./job-plan.ts";
import type { Stage } from "./stage.ts";
import type { EffectName } from "./story.ts";

/** Every call of an engine comes to an end; a pull does when nothing has come for so long. */
const CALL_MS = 120_000;

/** What an engine does about an object that it only reads is never in trouble for all at once. */
const OF_ONE_OBJECT: readonly EffectName[] = ["prepare", "activate", "activate-again", "stop", "remove"];

/** Trouble of the engine with the objects of one job, which says nothing about any other. */
export class Troubles {
  readonly #stage: Stage;
  readonly #jobs = {
    trouble: new Map<string, number>(),
    hang: new Map<string, number>(),
    "stall-pull": new Map<string, number>(),
  };
  #isHealed = false;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  begin(kind: "trouble" | "hang" | "stall-pull", job: string, ms: number): void {
    const { chronicle, world, oracle } = this.#stage;
    const words = {
      trouble: `the engine answers with errors to all about ${job}`,
      hang: `the engine answers nothing about ${job}`,
      "stall-pull": `the image of ${job} is gone, and cannot be pulled`,
    };
    chronicle.add(`for ${ms / 1000} s ${words[kind]}`);
    // What hangs when it is over goes on hanging, and what went wrong is tried again later and later.
    oracle.disturb(ms + 2 * CALL_MS, job);
    const until = this.#stage.elapsedMs() + ms;
    this.#jobs[kind].set(job, Math.max(until, this.#jobs[kind].get(job) ?? 0));
    if (kind !== "stall-pull") return;
    world.images.delete(imageOf(job));
    void this.#stage.wait(ms).then(() => this.#isIn("stall-pull", job) || world.images.add(imageOf(job)));
  }

  heal(): void {
    this.#isHealed = true;
    for (const name of JOB_NAMES) this.#stage.world.images.add(imageOf(name));
  }

  /** What is asked about an object of a job in trouble comes to nothing. */
  async meet(effect: EffectName, subject: string): Promise<void> {
    const job = JOB_NAMES.find((name) => subject.includes(name));
    if (job === undefined || !OF_ONE_OBJECT.includes(effect)) return;
    if (this.#isIn("trouble", job))
      throw new EngineTrouble(`no answer about ${subject}`, { signature: effect, status: 500 });
    if (!this.#isIn("hang", job)) return;
    await this.#stage.wait(CALL_MS);
    throw new EngineTrouble(`no answer about ${subject}`, { signature: effect });
  }

  async pulled(image: string, signal: AbortSignal): Promise<void> {
    const job = JOB_NAMES.find((name) => imageOf(name) === image);
    if (job === undefined || !this.#isIn("stall-pull", job)) return;
    await this.#stage.clock.wait(CALL_MS, signal);
  }

  #isIn(kind: "trouble" | "hang" | "stall-pull", job: string): boolean {
    return !this.#isHealed && this.#stage.elapsedMs() < (this.#jobs[kind].get(job) ?? 0);
  }
}
