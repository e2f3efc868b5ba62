/** Notices that the wall clock was set back, for what remembers times of it. */
export class SetBack {
  #seenMs = 0;

  /** Returns by how much it was set back since the last look, less what has passed in between; 0: it was not. */
  look(nowMs: number): number {
    const backMs = Math.max(0, this.#seenMs - nowMs);
    this.#seenMs = nowMs;
    return backMs;
  }
}
