import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, cp, mkdtemp, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { programPath } from "./program.ts";
import type { CommandEnd } from "./scheduler-process.ts";

/** Where every user may enter, wherever this checkout and the test's own temporary files are. */
const OPEN_TO_ALL = "/tmp";

/** A folder that every user may enter, with Node and the program in it: where the test's own are, perhaps only root may look. */
export class OpenFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<OpenFolder> {
    const path = await mkdtemp(join(OPEN_TO_ALL, "shipbell-open-"));
    await cp(dirname(programPath()), join(path, "program"), { recursive: true });
    await copyFile(process.execPath, join(path, "node"));
    await Promise.all([chmod(path, 0o755), chmod(join(path, "program"), 0o755)]);
    return new OpenFolder(path);
  }

  /** Runs a command as this user and the group with the same number. */
  async shipbell(uid: number, args: readonly string[]): Promise<CommandEnd> {
    const program = join(this.path, "program", basename(programPath()));
    const env = { PATH: process.env.PATH };
    const child = spawn(join(this.path, "node"), [program, ...args], { uid, gid: uid, env });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    return { code: child.exitCode, stdout, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
