import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

/** A folder in which every execution leaves a file of its own, as proof that it happened. */
export class Witness {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async in(folder: string): Promise<Witness> {
    const path = join(folder, "witness");
    await mkdir(path, { recursive: true });
    return new Witness(path);
  }

  /** A shell command that leaves the file `RUN.ATTEMPT.NONCE`. */
  readonly command = 'touch "/witness/$SHIPBELL_RUN.$SHIPBELL_ATTEMPT.$(cat /proc/sys/kernel/random/uuid)"';

  get volume(): string {
    return `${this.path}:/witness`;
  }

  /** `RUN.ATTEMPT` of every execution that there was, in order. */
  async executions(): Promise<string[]> {
    const files = await readdir(this.path);
    return files.map((file) => file.split(".").slice(0, 2).join(".")).sort();
  }
}
