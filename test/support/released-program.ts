import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const RELEASED = join(import.meta.dirname, "../fixtures/released");

/** A version of the program as it was released, unpacked for as long as a test needs it. */
export class ReleasedProgram implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async unpack(version: string): Promise<ReleasedProgram> {
    const folder = await mkdtemp(join(tmpdir(), `shipbell-${version}-`));
    await promisify(execFile)("tar", ["-xzf", join(RELEASED, version, "shipbell.tar.gz"), "-C", folder]);
    return new ReleasedProgram(folder);
  }

  /** The path of what Node is to run. */
  get path(): string {
    return join(this.#folder, "shipbell.js");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
