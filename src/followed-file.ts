import type { Clock } from "./clock.ts";
import { formatProblem, type Problem } from "./job/problem.ts";
import { ReplacedFiles } from "./job/replaced-file.ts";

/** A look at a file. */
export interface FileLook {
  /** Changes when the file does. */
  readonly version: string;
  /** No folder has it any longer: what is seen here is a mount of one file, which was replaced where it comes from. */
  readonly isDetached?: boolean;
  readonly read: () => Promise<FileText>;
}

export type FileText = { readonly text: string } | { readonly problem: Problem };

/** A look at what is followed. `mayPass`: the trouble may end without a change to it, so it is read again. */
export interface Look<T> {
  readonly version: string;
  /** Those that were looked at. */
  readonly files: Parameters<ReplacedFiles["among"]>[0];
  readonly read: () => Promise<
    { readonly value: T } | { readonly problems: readonly Problem[]; readonly mayPass?: true }
  >;
}

interface FollowedParts<T> {
  /** Never rejects. */
  readonly look: () => Promise<Look<T>>;
  readonly clock: Clock;
}

/** A secret that is taken back is to count for nothing within seconds. */
const LOOK_EVERY_MS = 2000;

/** A file of the operator that counts as soon as it is changed. A version that is wrong changes nothing: what was good last stays. */
export class FollowedFile<T> {
  /** As it was good last. */
  value: T;
  readonly #parts: FollowedParts<T>;
  readonly #replaced = new ReplacedFiles();
  #version: string;

  private constructor(parts: FollowedParts<T>, { version, files }: Look<T>, value: T) {
    this.#parts = parts;
    this.#replaced.among(files);
    this.#version = version;
    this.value = value;
  }

  /** Reads it for the first time. @throws Error with everything that is wrong with it. */
  static async open<T>(parts: FollowedParts<T>): Promise<FollowedFile<T>> {
    const look = await parts.look();
    const read = await look.read();
    if ("value" in read) return new FollowedFile(parts, look, read.value);
    throw new Error(read.problems.map(formatProblem).join("\n"));
  }

  /** Reads it again whenever it has changed, until `signal` is aborted. `onRead` gets what is wrong with it, or nothing. */
  async follow(onRead: (problems: readonly Problem[]) => void, signal: AbortSignal): Promise<void> {
    const { clock, look } = this.#parts;
    while (!signal.aborted) {
      await clock.wait(LOOK_EVERY_MS, signal);
      if (signal.aborted) return;
      const now = await look();
      if (now.version === this.#version) continue;
      const read = await now.read();
      const isSettled = "value" in read || read.mayPass !== true;
      if (isSettled) this.#version = now.version;
      if ("value" in read) this.value = read.value;
      onRead([...("value" in read ? [] : read.problems), ...this.#replaced.among(now.files)]);
    }
  }
}
