/** One pass at a time for each job: whoever wakes a job while it is passed over has it looked at once more. */
export class Turns {
  readonly #passing = new Set<string>();
  readonly #wokenMeanwhile = new Set<string>();

  /** True when the job is being passed over; then that it was woken is remembered. */
  wakeLater(job: string): boolean {
    if (this.#passing.has(job)) this.#wokenMeanwhile.add(job);
    return this.#passing.has(job);
  }

  /** False when the job is being passed over already. */
  begin(job: string): boolean {
    if (this.wakeLater(job)) return false;
    this.#passing.add(job);
    return true;
  }

  /** Answers whether the job was woken meanwhile. */
  end(job: string): boolean {
    this.#passing.delete(job);
    return this.#wokenMeanwhile.delete(job);
  }
}
