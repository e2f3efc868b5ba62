import type { FakeObject } from "./fake-world.ts";

/** The nodes of a Swarm. A world without any is one machine, which is always there. */
export class FakeNodes {
  readonly states = new Map<string, "up" | "down">();
  /** How far the clock of a node is ahead of ours, in milliseconds; without a node, that of the engine. */
  readonly clocksAhead = new Map<string | undefined, number>();
  /** What ended on a node that was down: no manager has heard of it yet. */
  readonly endedUnseen = new Set<FakeObject>();
  #chosen = 0;

  get areAllDown(): boolean {
    return this.states.size > 0 && this.#up().length === 0;
  }

  isUp(node: string | undefined): boolean {
    return node === undefined || this.states.get(node) !== "down";
  }

  /** Where the next process is to run: on each of those that are up in turn. */
  choose(): string | undefined {
    const up = this.#up();
    return up[this.#chosen++ % up.length];
  }

  #up(): readonly string[] {
    return [...this.states.keys()].filter((node) => this.isUp(node));
  }
}
