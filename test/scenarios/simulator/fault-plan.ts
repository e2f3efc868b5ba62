import type { Crossing } from "./crossing.ts";
import type { Fate, Fault, Story } from "./story.ts";

const LEDGER = ["load", "read", "swap", "remove-record", "generation"];

/** Which effect meets which fate. */
export class FaultPlan {
  outage: "requests" | "answers" | undefined;
  readonly #story: Story;
  readonly #seen = new Map<Fault, number>();
  #isHealed = false;

  constructor(story: Story) {
    this.#story = story;
  }

  get isOut(): boolean {
    return this.outage !== undefined;
  }

  get isHealed(): boolean {
    return this.#isHealed;
  }

  /** From now on everything goes well. */
  heal(): void {
    this.#isHealed = true;
    this.outage = undefined;
  }

  fateOf(slot: number, { effect, moment }: Crossing): Fate | undefined {
    if (this.#isHealed) return undefined;
    let fate: Fate | undefined;
    for (const fault of this.#story.faults) {
      const isMet = fault.effect === effect || fault.effect === "any";
      if (!isMet || fault.moment !== moment || fault.scheduler % this.#story.schedulers.length !== slot) continue;
      const nth = (this.#seen.get(fault) ?? 0) + 1;
      this.#seen.set(fault, nth);
      if (nth === fault.nth) fate ??= fault.fate;
    }
    return fate ?? this.#fateInOutage(effect, moment);
  }

  /** The managers of a Swarm are its ledger, too; one engine's ledger is a file. */
  #fateInOutage(effect: string, moment: Crossing["moment"]): Fate | undefined {
    // Channels are not the engine.
    if (effect === "tell") return undefined;
    if (this.#story.kind === "container" && LEDGER.includes(effect)) return undefined;
    const isLost = this.outage === (moment === "before" ? "requests" : "answers");
    return isLost ? { kind: "lose" } : undefined;
  }
}
