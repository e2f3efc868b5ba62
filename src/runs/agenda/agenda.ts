/**
 * When each job is to be looked at next: a binary heap by time. Its cost grows with what is taken from it, not with how many
 * jobs there are. Only the newest entry of a job counts: an entry that was replaced is dropped when it comes up.
 */
export class Agenda {
  readonly #heap: Entry[] = [];
  readonly #current = new Map<string, Entry>();

  /** Looks at the job at this time, unless it is to be looked at sooner anyway. */
  bringForward(job: string, at: Date): void {
    const current = this.#current.get(job);
    if (current !== undefined && current.at <= at.getTime()) return;
    const entry = { job, at: at.getTime() };
    this.#current.set(job, entry);
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
  }

  /** The time of the next look; undefined when nothing is planned. */
  next(): Date | undefined {
    const top = this.#top();
    return top === undefined ? undefined : new Date(top.at);
  }

  /** Takes out the jobs whose time has come, earliest first. */
  take(now: Date): string[] {
    const taken: string[] = [];
    for (let top = this.#top(); top !== undefined && top.at <= now.getTime(); top = this.#top()) {
      this.#pop();
      this.#current.delete(top.job);
      taken.push(top.job);
    }
    return taken;
  }

  #top(): Entry | undefined {
    for (;;) {
      const [top] = this.#heap;
      if (top === undefined || this.#current.get(top.job) === top) return top;
      this.#pop();
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    for (let child = from; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (this.#at(parent) <= this.#at(child)) return;
      this.#swap(parent, child);
      child = parent;
    }
  }

  #sink(from: number): void {
    for (let parent = from; ; ) {
      const left = 2 * parent + 1;
      const least = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(least) >= this.#at(parent)) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}

interface Entry {
  readonly job: string;
  readonly at: number;
}
