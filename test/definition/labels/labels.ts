import type { LabelledObject } from "../../../src/definition/labels/labelled-object.ts";
import { parseLabels } from "../../../src/definition/labels/parse-labels.ts";
import { DEFAULT_LABEL_RULES, type LabelRules } from "../../../src/job/label-rules.ts";
import { formatProblem } from "../../../src/job/problem.ts";
import { checkSchedule } from "../parse.ts";

/** A stopped container with these labels; `schedule` stands for `shipbell.schedule`. */
export function anObject(labels: Record<string, string>, change: Partial<LabelledObject> = {}): LabelledObject {
  return {
    kind: "container",
    id: "0123456789abcdef",
    name: "shop_backup",
    version: "v1",
    labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [`shipbell.${key}`, value])),
    running: false,
    image: "busybox:1.36",
    user: "1000",
    mayBecomeAnyone: false,
    createdAt: new Date("2026-11-18T12:00:00Z"),
    ...change,
  };
}

/** What labels declare under these rules, or the default ones, with the problems as lines. */
export function readLabels(...given: (LabelledObject | LabelRules)[]) {
  const objects = given.filter((each) => "kind" in each);
  const { jobs, problems, broken } = parseLabels(objects, {
    defaultTimezone: "UTC",
    checkSchedule,
    instance: "shipbell",
    rules: given.find((each) => "labelPrefix" in each) ?? DEFAULT_LABEL_RULES,
  });
  return { jobs, says: problems.map(formatProblem), problems, broken };
}
