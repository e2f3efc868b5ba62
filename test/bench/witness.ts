import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** The command of a process that leaves the file `name`, as the last thing that it does. */
export function witnessed(name: string, first = ""): readonly string[] {
  return ["sh", "-c", `${first}exec touch "/witness/${name}"`];
}

/** In a schedule file, the name of the run, which its process knows. */
export const OF_THE_RUN = "$$SHIPBELL_RUN";

const PATIENCE_MS = 120_000;

/**
 * A folder in which each process leaves a file of its own. Whatever host it runs on, all have the machine's clock, and
 * so no answer of an engine is needed to know when it ran. To some milliseconds: as the kernel dates files.
 */
export class Witness {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async in(parent: string): Promise<Witness> {
    const folder = join(parent, "witness");
    await mkdir(folder, { recursive: true });
    return new Witness(folder);
  }

  /** As a schedule file has it. */
  get volume(): string {
    return `${this.folder}:/witness`;
  }

  /** When the process ran, in milliseconds since 1970. */
  async timeOf(name: string): Promise<number> {
    return (await stat(join(this.folder, name))).mtimeMs;
  }

  /** Resolves, when there are `count` files whose names begin so, to the time of the last one. */
  async lastOf(prefix: string, count: number): Promise<number> {
    for (const from = performance.now(); performance.now() - from < PATIENCE_MS; await pause(50)) {
      const names = (await readdir(this.folder)).filter((name) => name.startsWith(prefix));
      if (names.length < count) continue;
      return Math.max(...(await Promise.all(names.map((name) => this.timeOf(name)))));
    }
    throw new Error(`there are no ${count} processes ${prefix}… after two minutes`);
  }
}
