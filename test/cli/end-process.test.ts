import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PATIENCE_MS } from "../support/patience.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-end-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process that prints, begins to read this file, and ends with exit code 3. */
function run(file: string) {
  const program = `
    import { readFile } from "node:fs/promises";
    import { endProcess } from "${join(import.meta.dirname, "../../src/cli/end-process.ts")}";
    process.on("SIGTERM", () => {});
    console.log("printed");
    readFile(${JSON.stringify(file)}).catch(() => {});
    setImmediate(() => endProcess(3));`;
  const options = { encoding: "utf8", timeout: PATIENCE_MS, killSignal: "SIGKILL" } as const;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", program],
    options,
  );
  return { status, signal, stdout, stderr };
}

const ended = { status: 3, signal: null, stdout: "printed\n", stderr: "" };

test("a process ends with its exit code although a file system does not answer", () => {
  // A named pipe without a writer hangs as a dead mount does: in a thread that Node waits for at its end.
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  expect(run(pipe)).toEqual(ended);
});

test("a process that waits for no file ends with its exit code", () => {
  expect(run(join(folder, "missing"))).toEqual(ended);
});
