import { expect, test } from "vitest";
import { timesChecker } from "../../src/definition/check-times.ts";
import { NOTHING_DECLARED } from "../../src/definition/compose/declared.ts";
import { type ComposeFormSettings, composeForm } from "../../src/definition/compose-form.ts";
import { labelForm } from "../../src/definition/labels/label-form.ts";
import { readJob } from "../../src/definition/read-job.ts";
import { Allowance } from "../../src/definition/values/allowance.ts";
import type { YamlMap } from "../../src/definition/values/yaml.ts";
import { anObject } from "./labels/labels.ts";
import { fileSettings, parse } from "./parse.ts";

const origin = { source: "files", unit: "crontab", at: "crontab:3" } as const;
const settings = { checkTimes: timesChecker(fileSettings), defaultTimezone: "Asia/Seoul" };
const formSettings: ComposeFormSettings = {
  ...fileSettings,
  declared: NOTHING_DECLARED,
  readBefore: new Map(),
  allowance: new Allowance(0),
};

/** As an importer or a request could have it: no file, and no label. */
function readKeys(written: YamlMap, change: Partial<ComposeFormSettings> = {}) {
  return readJob({ name: "backup", origin, written }, composeForm(written, { ...formSettings, ...change }), settings);
}

const keys: YamlMap = { schedule: "0 3 * * *", image: "busybox", command: "backup --all", timezone: "UTC" };

test("keys that stand in no file make the job that a file makes of them", () => {
  const [inFile] = parse(
    "jobs:\n  backup:\n    schedule: 0 3 * * *\n    image: busybox\n    command: backup --all\n    timezone: UTC\n",
  ).jobs;
  const { job, issues } = readKeys(keys);
  expect(issues).toEqual([]);
  expect(job).toEqual({ ...inFile, origin });
});

test("the default time zone holds where a job names none", () => {
  expect(readKeys({ schedule: "@daily", image: "busybox" }).job?.schedules).toEqual([
    { pattern: "@daily", timezone: "Asia/Seoul" },
  ]);
});

test.each<[string, YamlMap, readonly (string | number)[]]>([
  ["an unknown key", { ...keys, imge: "x" }, ["imge"]],
  [
    "a value that is not valid",
    { ...keys, deploy: { resources: { limits: { memory: "1" } } } },
    ["deploy", "resources", "limits", "memory"],
  ],
  ["keys that contradict each other", { ...keys, mem_limit: "64m", memswap_limit: "32m" }, ["memswap_limit"]],
  ["a schedule", { ...keys, schedule: ["@daily", "61 * * * *"] }, ["schedule", 1]],
  ["a command", { ...keys, command: "a && b" }, ["command"]],
  ["a command in a container that is not named", { schedule: "@daily", launch: "exec", command: "ls" }, ["launch"]],
])("%s makes an issue with its place, and no job", (_what, written, path) => {
  const { job, issues } = readKeys(written);
  expect(job).toBeUndefined();
  expect(issues.map((issue) => issue.path)).toEqual([path]);
});

test("an issue says what the engine cannot honour, where the engine is known", () => {
  const written = { ...keys, privileged: "true" };
  expect(readKeys(written).job).toBeDefined();
  expect(readKeys(written, { engine: "service" })).toMatchObject({ issues: [{ path: ["privileged"], on: "key" }] });
});

test("a warning keeps no job from being made", () => {
  const { job, issues } = readKeys({ ...keys, command: "ls *" });
  expect(job?.name).toBe("backup");
  expect(issues).toMatchObject([{ path: ["command"], severity: "warning" }]);
});

test("a declaration that cannot be read leaves no job, and no second issue", () => {
  const declared = { ...NOTHING_DECLARED, broken: new Set(["networks.back"]) };
  expect(readKeys({ ...keys, networks: ["back"] }, { declared })).toEqual({ issues: [] });
});

test("labels go through the same door, with a template and policies of their object", () => {
  const object = { ...anObject({}), kind: "service" as const, stopGracePeriodMs: 5000 };
  const written = { schedule: "@daily", command: "backup" };
  const { job } = readJob({ name: "backup", origin, written }, labelForm(object, written, {}), settings);
  expect(job).toMatchObject({
    template: { kind: "clone", of: { kind: "service", name: object.name }, command: ["backup"] },
    policies: { run: { stopGracePeriodMs: 5000, endsWithTemplate: true } },
  });
});
