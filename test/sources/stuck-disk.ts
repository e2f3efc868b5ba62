import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import type { Disk } from "../../src/sources/disk.ts";

/** The machine's disk, on which calls for some paths come back only when the test lets them, as on a dead NFS mount. */
export class StuckDisk implements Disk {
  /** `stat PATH`, and so on, in the order in which they were made. */
  readonly calls: string[] = [];
  #isStuck: (call: string) => boolean = () => false;
  #recovered = Promise.withResolvers<void>();

  stick(isStuck: (call: string) => boolean): void {
    this.#isStuck = isStuck;
    this.#recovered = Promise.withResolvers();
  }

  /** Lets all hanging calls go on. */
  recover(): void {
    this.#isStuck = () => false;
    this.#recovered.resolve();
  }

  async stat(path: string): Promise<Stats> {
    await this.#arrive(`stat ${path}`);
    return stat(path);
  }

  async readdir(path: string): Promise<readonly string[]> {
    await this.#arrive(`readdir ${path}`);
    return readdir(path);
  }

  async readFile(path: string): Promise<Uint8Array> {
    await this.#arrive(`readFile ${path}`);
    return readFile(path);
  }

  async #arrive(call: string): Promise<void> {
    this.calls.push(call);
    if (this.#isStuck(call)) await this.#recovered.promise;
  }
}
