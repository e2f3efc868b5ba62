import type { Job } from "./job.ts";

/** Longer parts are hardly ever equal, and would be kept as texts until all jobs are read. */
const LONGEST_PART = 1000;

/**
 * Makes one value of parts of jobs that are equal. Ten thousand jobs of a file mostly differ in their names, commands and
 * times; the rest of each is a kilobyte. Jobs are never changed, so they may share it.
 */
export class EqualParts {
  readonly #known = new Map<string, object>();

  share(job: Job): Job {
    const template: Record<string, unknown> = { ...job.template };
    for (const [key, part] of Object.entries(template))
      if (typeof part === "object" && part !== null) template[key] = this.#one(part);
    return { ...job, template: template as unknown as Job["template"], policies: this.#one(job.policies) };
  }

  #one<T extends object>(part: T): T {
    // What a job is hashed by is its JSON, so that parts with the same JSON are the same to everybody.
    const text = JSON.stringify(part);
    if (text.length > LONGEST_PART) return part;
    const known = this.#known.get(text);
    if (known !== undefined) return known as T;
    this.#known.set(text, part);
    return part;
  }
}
