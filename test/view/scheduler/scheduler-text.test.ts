import { expect, test } from "vitest";
import { readSchedulerView, writeSchedulerView } from "../../../src/view/scheduler/scheduler-text.ts";
import { at } from "../../support/a-job.ts";
import { answerOf, declaredJob } from "../../support/scheduler-answer.ts";

const { view } = answerOf({
  ledgerFile: "66:1234",
  engineDownBecause: "connect ENOENT",
  starts: { taken: 2, all: 8 },
  pools: [{ name: "db", limit: 1, holders: [{ job: "a", run: "a-1", attempt: 1 }], waiting: [] }],
  jobs: new Map([
    [
      "backup",
      declaredJob({
        isKept: true,
        inputs: {
          NOTE: { type: "string", maxLength: 9, pattern: "[a-z]*", default: "", required: true, description: "why" },
          COUNT: { type: "integer", min: 1, max: 2 },
          DRY: { type: "boolean" },
          DAY: { type: "date", min: "2026-01-01" },
          SIZE: { type: "choice", options: ["small", "large"] },
        },
        nextRunAt: at("12:05"),
        troubles: [{ cause: "403", since: at("12:00"), againAt: at("12:01") }],
      }),
    ],
    ["pulls", declaredJob({ start: { since: at("12:00"), for: "image", image: "busybox:1" } })],
    ["waits-for-a-slot", declaredJob({ start: { since: at("12:00"), for: "pool", pool: "db" } })],
    ["waits", declaredJob({ start: { since: at("12:00"), for: "turn" } })],
    [
      "sync",
      declaredJob({
        origin: { source: "files", unit: "a.yml", at: "a.yml:3:3", composeJob: { project: "shop" } },
        dockerJobs: ["shop.sync"],
      }),
    ],
    ["end", declaredJob()],
  ]),
  unsure: new Set(["gone"]),
  problems: [
    { source: "files", at: "jobs.yml:3:5", message: 'unknown key "imge"', hint: "did you mean image?" },
    { source: "containers", at: "container db", message: "asks for more", refused: "asks-for-more" },
    { source: "scheduler", at: "job backup", job: "backup", message: "line\nbreak", severity: "warning" },
  ],
});
const text = [...writeSchedulerView(view)].join("");

test("a scheduler's view is read as it was written", () => expect(readSchedulerView(text)).toEqual(view));

test.each([
  ["another program's record", "<!doctype html>"],
  ["nothing", ""],
  ["another form", text.replace('{"form":1', '{"form":2')],
  ["half of it", text.slice(0, text.lastIndexOf("{"))],
  ["a line that is damaged", text.replace('"isKept":true', '"isKept":"yes"')],
])("%s is not taken for one", (_, other) => expect(readSchedulerView(other)).toBeUndefined());
