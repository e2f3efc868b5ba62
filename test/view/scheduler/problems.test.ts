import { expect, test } from "vitest";
import {
  errorsOf,
  isUnreadableRecord,
  troubleProblem,
  unreadableRecord,
} from "../../../src/view/scheduler/problems.ts";
import { at } from "../../support/a-job.ts";

test("a trouble is a problem of its job, or of the scheduler, and says whether it is tried again", () => {
  expect(troubleProblem({ cause: "403" }, "backup")).toEqual({
    source: "scheduler",
    at: "job backup",
    job: "backup",
    message: "is stuck: 403",
  });
  expect(troubleProblem({ cause: "403", againAt: at("12:01") })).toEqual({
    source: "scheduler",
    at: "scheduler",
    message: "fails, and is tried again: 403",
  });
});

test("an unreadable record is an error of its job, and a warning where it has a new record", () => {
  const lost = unreadableRecord("backup", "not JSON");
  const replaced = unreadableRecord("report", "not JSON", "warning");
  expect(lost).toMatchObject({ at: "record of backup", message: "could not be read: not JSON" });
  expect(errorsOf({ problems: [lost, replaced] })).toEqual([lost]);
  expect(isUnreadableRecord(lost, "backup")).toBe(true);
  expect(isUnreadableRecord(lost, "report")).toBe(false);
});
