import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { type Clock, startDeadline } from "../clock.ts";

/** The file system from which schedule files are read. */
export interface Disk {
  stat(path: string): Promise<Stats>;
  readdir(path: string): Promise<readonly string[]>;
  readFile(path: string): Promise<Uint8Array>;
}

/** The machine's own. When the server of a network file system is gone, a call may never return. */
const machineDisk: Disk = {
  stat: (path) => stat(path),
  readdir: (path) => readdir(path),
  readFile: (path) => readFile(path),
};

const ANSWER_WITHIN_MS = 10_000;
/**
 * Node makes such calls in four threads, which also resolve host names and encrypt, and cannot cancel one. Whatever hangs,
 * two threads stay free.
 */
const MOST_AT_ONCE = 2;

/** Thrown when a file system does not answer. The message stays the same until it does. */
export class DiskHangs extends Error {
  override readonly name = "DiskHangs";
}

/** Thrown by a disk that does not look at a path at all: what is there is not known, and no mistake of who names it. */
export class NotLookedAt extends Error {
  override readonly name = "NotLookedAt";
}

/**
 * A disk whose calls settle within 10 s: one without an answer by then rejects with `DiskHangs` and goes on hanging in the
 * background. Until it ends, no other call is made for its path, and at most two calls are under way for all paths. Once
 * the file system answers again, it is read again without further help.
 */
export class PatientDisk implements Disk {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #calls = new Map<string, Call>();

  constructor(clock: Clock, disk: Disk = machineDisk) {
    this.#disk = disk;
    this.#clock = clock;
  }

  stat(path: string): Promise<Stats> {
    return this.#ask(path, () => this.#disk.stat(path));
  }

  readdir(path: string): Promise<readonly string[]> {
    return this.#ask(path, () => this.#disk.readdir(path));
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#ask(path, () => this.#disk.readFile(path));
  }

  async #ask<T>(path: string, work: () => Promise<T>): Promise<T> {
    // No other call may begin between the last look at those under way and this one: nothing is awaited in between.
    for (let before = this.#inTheWay(path); before !== undefined; before = this.#inTheWay(path)) await before;
    const answer = work();
    const deadline = startDeadline(ANSWER_WITHIN_MS);
    const { promise: tooLong, resolve: giveUp } = Promise.withResolvers<typeof TOO_LONG>();
    deadline.signal.addEventListener("abort", () => giveUp(TOO_LONG));
    const first = Promise.race([answer, tooLong]);
    const call: Call = { since: this.#clock.now(), isHanging: false, isDecided: first.then(nothing, nothing) };
    this.#calls.set(path, call);
    const leave = () => void this.#calls.delete(path);
    answer.then(leave, leave);
    try {
      const result = await first;
      if (result !== TOO_LONG) return result;
      call.isHanging = true;
      throw hanging(path, call);
    } finally {
      deadline.clear();
    }
  }

  /** Returns what a call must wait for first. Each call under way is answered, or counts as hanging, in the end. */
  #inTheWay(path: string): Promise<void> | undefined {
    const own = this.#calls.get(path);
    if (own?.isHanging) throw hanging(path, own);
    if (own === undefined && this.#calls.size < MOST_AT_ONCE) return undefined;
    const calls = own === undefined ? [...this.#calls.values()] : [own];
    if (calls.every(({ isHanging }) => isHanging)) throw heldUp([...this.#calls.keys()]);
    return Promise.race(calls.filter(({ isHanging }) => !isHanging).map(({ isDecided }) => isDecided));
  }
}

const TOO_LONG = Symbol("no answer in time");

/** A call under way. */
interface Call {
  readonly since: Date;
  isHanging: boolean;
  /** Resolves when it is answered, or counts as hanging. */
  readonly isDecided: Promise<void>;
}

function hanging(path: string, { since }: Call): DiskHangs {
  return new DiskHangs(`its file system has not answered since ${since.toISOString()}, when it was asked for ${path}`);
}

function heldUp(paths: readonly string[]): DiskHangs {
  return new DiskHangs(
    `it is not looked at while the file systems of ${[...paths].sort().join(" and ")} do not answer`,
  );
}

function nothing(): void {}
