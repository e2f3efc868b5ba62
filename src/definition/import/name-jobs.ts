import { fitJobName } from "../values/job-name.ts";
import type { Finding, ImportedJob } from "./imported.ts";

const LONGEST = 63;

/** A job with the name that it gets here, which no other has. */
export interface NamedJob {
  readonly name: string;
  /** Given where the source's own name had to change. */
  readonly finding?: Finding;
}

/** Makes names fit, and different: of two that are the same, the second gets `-2`. */
export class JobNames {
  readonly #prefix: string;
  readonly #taken = new Set<string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  take({ name: wished, isNamed, place }: ImportedJob): NamedJob {
    const fitted = fitJobName(`${this.#prefix}${wished}`.slice(0, LONGEST)) ?? "job";
    let name = fitted;
    for (let number = 2; this.#taken.has(name); number++) name = `${fitted.slice(0, LONGEST - 4)}-${number}`;
    this.#taken.add(name);
    if (!isNamed || name === `${this.#prefix}${wished}`) return { name };
    const message = `the name "${wished}" becomes ${name}: ${fitted === name ? "a name has a-z, 0-9, _, . and -, and at most 63 characters" : "another job has that name"}`;
    return { name, finding: { code: "import-name", place, message, severity: "warning" } };
  }
}
