import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import type { Disk } from "../../src/sources/disk.ts";

/** Work that follows from an answer begins within a few of them. */
const QUIET_TURNS = 20;

/** The machine's disk, on which calls for some paths come back only when the test lets them, as on a dead NFS mount. */
export class StuckDisk implements Disk {
  /** `stat PATH`, and so on, in the order in which they were made. */
  readonly calls: string[] = [];
  #isStuck: (call: string) => boolean = () => false;
  #recovered = Promise.withResolvers<void>();
  /** How many calls the machine's disk has not answered yet. */
  #underWay = 0;

  stick(isStuck: (call: string) => boolean): void {
    this.#isStuck = isStuck;
    this.#recovered = Promise.withResolvers();
  }

  /** Lets all hanging calls go on. */
  recover(): void {
    this.#isStuck = () => false;
    this.#recovered.resolve();
  }

  /** Resolves when no call is under way but those that hang, and none follows from what the others have found. */
  async atRest(): Promise<void> {
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      const made = this.calls.length;
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#underWay > 0 || this.calls.length > made) turns = 0;
    }
  }

  stat(path: string): Promise<Stats> {
    return this.#ask(`stat ${path}`, () => stat(path));
  }

  readdir(path: string): Promise<readonly string[]> {
    return this.#ask(`readdir ${path}`, () => readdir(path));
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#ask(`readFile ${path}`, () => readFile(path));
  }

  async #ask<T>(call: string, work: () => Promise<T>): Promise<T> {
    this.calls.push(call);
    if (this.#isStuck(call)) await this.#recovered.promise;
    this.#underWay++;
    return work().finally(() => this.#underWay--);
  }
}
