import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createLog } from "../../../src/observe/log/log.ts";
import { createPrettyDestination } from "../../../src/observe/log/pretty-log.ts";

test("a terminal shows time, level and sentence, and a job's lines behind its name", () => {
  const out = new PassThrough({ encoding: "utf8" });
  const log = createLog("info", createPrettyDestination(out, false));
  const at = new Date("2026-11-18T03:00:01.5Z");
  const about = {
    job: "backup",
    run: "r",
    attempt: 1,
    scheduledAt: at,
    objectKind: "container",
    objectName: "o",
  } as const;
  log.onEvent({ event: "engine-down", cause: "connect ENOENT" });
  log.onEvent({ event: "job-output", ...about, stream: "stdout", line: "42 files", at });
  const [trouble = "", line = ""] = String(out.read()).split("\n");
  expect(trouble).toMatch(
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d\] ERROR: Docker Engine does not answer: connect ENOENT$/,
  );
  const [, printedAt = "", rest] = /^\[(.+)\] (.+)$/.exec(line) ?? [];
  expect(rest).toBe("INFO: backup | 42 files");
  expect(new Date(printedAt)).toEqual(new Date("2026-11-18T03:00:01Z"));
});
