import type { Problem } from "./problem.ts";

/** A file as a look at it finds it. */
interface SeenFile {
  /** As the operator wrote it. */
  readonly path: string;
  /** No folder has it any longer: what is seen is a mount of one file, which was replaced or removed where that comes from. */
  readonly isDetached?: boolean | undefined;
}

/**
 * Finds files that a process goes on seeing as they were, because they were replaced behind a mount of one file. Some file
 * systems say of all of their files that no folder has them: only a file that was in one before counts.
 */
export class ReplacedFiles {
  readonly #attached = new Set<string>();

  /** Notes how these files stand now, and returns a warning for each that was replaced. */
  among(files: readonly SeenFile[]): readonly Problem[] {
    for (const { path, isDetached } of files) if (isDetached !== true) this.#attached.add(path);
    const replaced = files.filter(({ path, isDetached }) => isDetached === true && this.#attached.has(path));
    return [...new Set(replaced.map(({ path }) => path))].map(replacedProblem);
  }
}

function replacedProblem(at: string): Problem {
  const message = "it has been replaced, and the version before still counts: a mount of one file does not follow that";
  const hint = "restart the container of the scheduler; mount the folder of the file in place of the file";
  return { at, message, hint, severity: "warning" };
}
