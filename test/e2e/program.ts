import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleProgram } from "../support/bundle-program.ts";

/** By which all processes of a test run know where it is. */
const VARIABLE = "TEST_PROGRAM";

/**
 * Before a test run: makes the bundle that all its schedulers and commands are. It is what the image has, and takes a
 * third of the time that sources take to start. Answers with what removes it.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "shipbell-program-"));
  process.env[VARIABLE] = await bundleProgram(folder);
  return () => rm(folder, { recursive: true, force: true });
}

/** The path of what Node is to run. */
export function programPath(): string {
  const path = process.env[VARIABLE];
  if (path === undefined) throw new Error("the program has not been made: test/e2e/program.ts is a global set-up");
  return path;
}
