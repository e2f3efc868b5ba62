import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { PATIENCE_MS } from "../support/patience.ts";

const main = join(import.meta.dirname, "../../src/main.ts");

test("a reader that has gone ends a command silently, with the exit code of SIGPIPE", async () => {
  const child = spawn(process.execPath, [main, "schema"], { stdio: ["ignore", "pipe", "pipe"] });
  // The schema is longer than what a pipe and a stream hold, so that some of it is still to be written.
  await once(child.stdout, "readable");
  child.stdout.destroy();
  const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, "close")]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 141, stderr: "" });
});

test("output that cannot be written is one line on standard error, and exit code 1", () => {
  const full = openSync("/dev/full", "w");
  try {
    const { status, stderr } = spawnSync(process.execPath, [main, "schema"], {
      encoding: "utf8",
      stdio: ["ignore", full, "pipe"],
      timeout: PATIENCE_MS,
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "shipbell: standard output cannot be written: ENOSPC: no space left on device, write\n",
    });
  } finally {
    closeSync(full);
  }
});
