import { expect, test } from "vitest";
import { readSchedulerView, writeSchedulerView } from "../../src/view/scheduler-text.ts";
import { at } from "../support/a-job.ts";
import { answerOf, declaredJob } from "../support/scheduler-answer.ts";

const { view } = answerOf({
  ledgerFile: "66:1234",
  engineDownBecause: "connect ENOENT",
  jobs: new Map([
    [
      "backup",
      declaredJob({
        isKept: true,
        nextRunAt: at("12:05"),
        troubles: [{ cause: "403", since: at("12:00"), againAt: at("12:01") }],
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
