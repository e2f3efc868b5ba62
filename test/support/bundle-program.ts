import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");

/** Bundles the program into that folder, as the image has it; answers with the path of what Node is to run. */
export async function bundleProgram(folder: string): Promise<string> {
  await promisify(execFile)(process.execPath, ["build.ts", folder], { cwd: ROOT });
  return join(folder, "shipbell.js");
}
