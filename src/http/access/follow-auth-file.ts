import type { Clock } from "../../clock.ts";
import { type FileLook, FollowedFile } from "../../followed-file.ts";
import type { Problem } from "../../job/problem.ts";
import { type AuthRules, parseAuthFile, warningsOf } from "./auth-file.ts";

interface AuthFileParts {
  readonly path: string;
  /** Never rejects. */
  readonly look: () => Promise<FileLook>;
  readonly clock: Clock;
}

/** The file of `--http-auth`. A version that is wrong changes nothing: what was good last stays. */
export class AuthFile {
  readonly #path: string;
  readonly #file: FollowedFile<AuthRules>;

  private constructor(path: string, file: FollowedFile<AuthRules>) {
    this.#path = path;
    this.#file = file;
  }

  /** Reads it for the first time. @throws Error with everything that is wrong with it: it would not be known who may do what. */
  static async open({ path, look, clock }: AuthFileParts): Promise<AuthFile> {
    const lookAtRules = async () => {
      const { version, isDetached, read } = await look();
      return { version, files: [{ path, isDetached }], read: async () => rulesOf(await read(), path) };
    };
    return new AuthFile(path, await FollowedFile.open({ look: lookAtRules, clock }));
  }

  /** As they were good last. */
  get rules(): AuthRules {
    return this.#file.value;
  }

  /** What everyone should know who reads the problems. */
  get warnings(): readonly Problem[] {
    return warningsOf(this.rules, this.#path);
  }

  /** Reads it again whenever it has changed, until `signal` is aborted. `onRead` gets what is wrong with it, or nothing. */
  follow(onRead: (problems: readonly Problem[]) => void, signal: AbortSignal): Promise<void> {
    return this.#file.follow(onRead, signal);
  }
}

function rulesOf(found: Awaited<ReturnType<FileLook["read"]>>, path: string) {
  if ("problem" in found) return { problems: [found.problem], mayPass: true as const };
  const read = parseAuthFile(found.text, path);
  return "rules" in read ? { value: read.rules } : read;
}
