import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createLog } from "../../src/report/log.ts";
import { createPrettyDestination } from "../../src/report/pretty-log.ts";

test("a terminal shows time, level and sentence, and a job's lines behind its name", () => {
  const out = new PassThrough({ encoding: "utf8" });
  const log = createLog("info", createPrettyDestination(out, false));
  const at = new Date();
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
  expect(String(out.read()).replace(/\d\d:\d\d:\d\d/g, "TIME")).toBe(
    "[TIME] ERROR: Docker Engine does not answer: connect ENOENT\n[TIME] INFO: backup | 42 files\n",
  );
});
