import { execFile } from "node:child_process";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, shortId } from "./lab-folder.ts";

const run = promisify(execFile);
const INSTALL_MS = 240_000;

/**
 * Returns a Python that has these packages, such as `kubernetes-validate==1.37.0`; they are installed once, into the lab's
 * folder. Rejects with a sentence where they cannot be had.
 */
export async function pythonWith(packages: readonly string[]): Promise<string> {
  const folder = join(cacheFolder(), `python_${packages.join("_").replaceAll(/[^\w.-]/g, "-")}`);
  const python = join(folder, "bin/python");
  if (await stat(python).then(Boolean, () => false)) return python;
  await mkdir(cacheFolder(), { recursive: true });
  // Another process may be at it as well: the first that is ready wins.
  const draft = join(cacheFolder(), `draft-${shortId()}`);
  try {
    await run("python3", ["-m", "venv", draft], { timeout: INSTALL_MS });
    await run(join(draft, "bin/python"), ["-m", "pip", "install", "--quiet", ...packages], { timeout: INSTALL_MS });
    await rename(draft, folder).catch(() => rm(draft, { recursive: true }));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw new Error(`this test needs python3 with venv, and ${packages.join(", ")} from PyPI`, { cause: error });
  }
  return python;
}
