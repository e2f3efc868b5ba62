import type { Job } from "./job.ts";

/** Longer parts are hardly ever equal, and would be kept as texts until all are read. */
const LONGEST_PART = 1000;

/**
 * Makes one value of parts that are equal. Ten thousand jobs of a file mostly differ in their names, commands and times, and
 * their records in little more than that; the rest of each is a kilobyte. Jobs and records are never changed, so they may
 * share it.
 */
export class EqualParts {
  readonly #known = new Map<string, object>();

  share(job: Job): Job {
    return this.inside(job, { origin: job.origin, template: this.inside(job.template) });
  }

  /** Returns the object with each value that is an object itself replaced by one that is equal, or by that of `given`. */
  inside<T extends object>(object: T, given: Partial<T> = {}): T {
    const shared = roomFor(Object.keys(object));
    for (const [key, part] of Object.entries({ ...object, ...given }))
      shared[key] = key in given || typeof part !== "object" || part === null ? part : this.#one(part);
    return shared as T;
  }

  #one<T extends object>(part: T): T {
    // What a job is hashed by is its JSON, and a record is stored as JSON, so parts with the same JSON are the same to everybody.
    const text = JSON.stringify(part);
    if (text.length > LONGEST_PART) return part;
    const known = this.#known.get(text);
    if (known !== undefined) return known as T;
    // A copy has room for what it holds; a list that was made piece by piece has room for more.
    const kept = Array.isArray(part) ? (part.slice() as unknown as T) : part;
    this.#known.set(text, kept);
    return kept;
  }
}

/** Returns an object with these keys. V8 gives one that it reads from JSON no room for more, and others nearly twice as much. */
function roomFor(keys: readonly string[]): Record<string, unknown> {
  return JSON.parse(`{${keys.map((key) => `${JSON.stringify(key)}:0`).join()}}`);
}
