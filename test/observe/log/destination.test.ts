import { execFileSync } from "node:child_process";
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { openStandardOutput } from "../../../src/observe/log/destination.ts";
import { createLog } from "../../../src/observe/log/log.ts";

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "shipbell-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("what was flushed is written", async () => {
  const path = join(makeFolder(), "log");
  const fd = openSync(path, "w");
  const log = createLog("info", openStandardOutput(fd));
  for (let n = 0; n < 1000; n++) log.onEvent({ event: "engine-down", cause: `cause ${n}` });
  await log.flush();
  expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(1000);
  closeSync(fd);
});

test("a stuck reader delays nothing; when it reads again, it learns how many lines were dropped", async () => {
  const path = join(makeFolder(), "pipe");
  execFileSync("mkfifo", [path]);
  const fd = openSync(path, "r+");
  const log = createLog("info", openStandardOutput(fd));
  const told = 40_000;
  // Some 40 MB, which are not read.
  for (let n = 0; n < told; n++) log.onEvent({ event: "engine-down", cause: "x".repeat(450) });
  let read = 0;
  let dropped = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (!line.includes('"log-dropped"')) {
      read += 1;
      continue;
    }
    dropped = JSON.parse(line).lines;
    break;
  }
  expect(dropped).toBeGreaterThan(1000);
  expect(read + dropped).toBe(told);
  closeSync(fd);
});
