import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbell-app-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A machine that is busy is no fault of it. */
const PATIENCE_MS = 120_000;

test(
  "a scheduler warns at its start of a variable of Docker that it does not read, whether or not an engine answers",
  async () => {
    const main = join(import.meta.dirname, "../src/main.ts");
    const host = `unix://${join(folder, "none.sock")}`;
    const flags = ["--docker-host", host, "--listen", "127.0.0.1:0", "--state-dir", folder, "--schedules", folder];
    const scheduler = spawn(process.execPath, [main, "serve", ...flags, "--log-format", "json"], {
      env: { PATH: process.env.PATH, DOCKER_API_VERSION: "1.41", DOCKER_CONTEXT: "prod" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const problems: unknown[] = [];
      for await (const line of createInterface({ input: scheduler.stdout })) {
        const entry: unknown = JSON.parse(line);
        if (JSON.stringify(entry).includes('"problem"')) problems.push(entry);
        if (line.includes("engine-down")) break;
      }
      expect(problems).toEqual([expect.objectContaining({ event: "problem", at: "DOCKER_API_VERSION" })]);
    } finally {
      scheduler.kill("SIGKILL");
    }
  },
  PATIENCE_MS,
);
