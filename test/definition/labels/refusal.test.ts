import { describe, expect, test } from "vitest";
import type { LabelledObject } from "../../../src/definition/labels/labelled-object.ts";
import { parseLabels } from "../../../src/definition/labels/parse-labels.ts";
import { refuseJob } from "../../../src/definition/labels/refusal.ts";
import { matchesGlob } from "../../../src/definition/values/glob.ts";
import { imageNames } from "../../../src/definition/values/image-reference.ts";
import { DEFAULT_LABEL_RULES, type LabelRules } from "../../../src/job/label-rules.ts";
import { emptySnapshot, mergeReadings } from "../../../src/sources/snapshot.ts";
import { checkSchedule } from "../parse.ts";
import { anObject, readLabels } from "./labels.ts";

const nightly = { schedule: "0 3 * * *" };
const compose = { "com.docker.compose.project": "shop" };
const stack = { "com.docker.stack.namespace": "shop" };

function anyOf(change: Partial<LabelledObject> & { readonly more?: Record<string, string> } = {}): LabelledObject {
  const { more = {}, ...rest } = change;
  const object = anObject(nightly, rest);
  return { ...object, labels: { ...object.labels, ...more } };
}

const read = (rules: Partial<LabelRules>, object: LabelledObject) =>
  readLabels({ ...DEFAULT_LABEL_RULES, ...rules }, object);

describe("an object whose jobs the settings allow", () => {
  test.each<[string, Partial<LabelRules>, LabelledObject]>([
    ["any, where nothing is set", {}, anyOf()],
    ["by its name", { allowObjects: ["web", "shop_*"] }, anyOf()],
    ["by a label's key", { allowObjectLabels: ["team"] }, anyOf({ more: { team: "blue" } })],
    ["by a label's value", { allowObjectLabels: ["team=b*"] }, anyOf({ more: { team: "blue=1" } })],
    ["by its Compose project", { allowStacks: ["shop"] }, anyOf({ more: compose })],
    ["by its stack", { allowStacks: ["shop"] }, anyOf({ kind: "service", more: stack })],
    ["by its image", { allowImages: ["busybox"] }, anyOf()],
    ["by its image's registry", { allowImages: ["docker.io/*"] }, anyOf()],
  ])("%s", (_how, rules, object) => expect(read(rules, object)).toMatchObject({ jobs: [{}], says: [], broken: [] }));
});

describe("an object whose jobs the settings do not allow", () => {
  test.each<[string, Partial<LabelRules>, LabelledObject, string]>([
    [
      "object-not-allowed",
      { allowObjects: ["web", "x_*"] },
      anyOf(),
      '--allow-objects does not allow the container "shop_backup"; allowed is what matches "web", "x_*" (remove its labels, or give --allow-objects a pattern for it)',
    ],
    [
      "label-not-allowed",
      { allowObjectLabels: ["team=blue"] },
      anyOf({ more: { team: "bluer" } }),
      '--allow-object-labels does not allow the labels of this container; allowed is what matches "team=blue" (remove its labels, or give --allow-object-labels a pattern for it)',
    ],
    [
      "stack-not-allowed",
      { allowStacks: ["office"] },
      anyOf({ kind: "service", more: stack }),
      '--allow-stacks does not allow the stack "shop"; allowed is what matches "office" (remove its labels, or give --allow-stacks a pattern for it)',
    ],
    [
      // The label of a stack on a container is nothing but a label.
      "stack-not-allowed",
      { allowStacks: ["?*"] },
      anyOf({ more: stack }),
      '--allow-stacks does not allow a container that belongs to no Compose project; allowed is what matches "?*" (remove its labels, or give --allow-stacks a pattern for it)',
    ],
    [
      "image-not-allowed",
      { allowImages: ["registry.example/*"] },
      anyOf(),
      '--allow-images does not allow the image "busybox:1.36"; allowed is what matches "registry.example/*" (remove its labels, or give --allow-images a pattern for it)',
    ],
  ])("declares none: %s", (refused, rules, object, says) => {
    const { jobs, broken, says: said, problems } = read(rules, object);
    expect({ jobs, broken }).toEqual({ jobs: [], broken: [] });
    expect(said).toEqual([`${object.kind} shop_backup, label shipbell.schedule: ${says}`]);
    expect(problems).toMatchObject([{ refused }]);
  });

  test("whatever else is wrong with it is of no concern, and each of its jobs is told", () => {
    const object = anObject({ "jobs.a.schedule": "often", "jobs.b.imag": "x" });
    const { says, problems } = read({ allowObjects: ["web"] }, object);
    expect(problems.map(({ at }) => at)).toEqual([
      "container shop_backup, label shipbell.jobs.a.schedule",
      "container shop_backup, label shipbell.jobs.b.imag",
    ]);
    expect(says).toHaveLength(2);
  });

  test("loses what was read of it before: no last good version stays", () => {
    const settings = { defaultTimezone: "UTC", checkSchedule, instance: "shipbell" };
    const rules = { ...DEFAULT_LABEL_RULES, allowImages: ["busybox:*"] };
    const answer = (image: string) =>
      ({ source: "containers", reading: parseLabels([anyOf({ image })], { ...settings, rules }) }) as const;
    const before = mergeReadings(emptySnapshot, [answer("busybox:1.36")]);
    expect([...before.jobs.keys()]).toEqual(["shop_backup"]);
    const after = mergeReadings(before, [answer("other:1")]);
    expect([...after.jobs.keys()]).toEqual([]);
    // So that its record is taken for one of a job that is gone, and its runs end as those do.
    expect(after.unread).toEqual([]);
  });
});

test("a label that asks for what its object has not is refused, and hides nothing that was good", () => {
  const { problems, broken } = readLabels(anObject({ ...nightly, image: "other", privileged: "true" }));
  expect(problems).toMatchObject([{ refused: "asks-for-more" }, { refused: "asks-for-more" }]);
  expect(broken).toEqual([{ unit: "shop_backup" }]);
  expect(readLabels(anObject({ ...nightly, user: "root" })).problems).toMatchObject([{ refused: "asks-for-more" }]);
});

describe("a command inside of a container that runs", () => {
  const exec = { kind: "exec" as "clone" };

  test("is allowed, unless a setting says otherwise; a copy is allowed then, too", () => {
    expect(refuseJob(exec, anyOf(), DEFAULT_LABEL_RULES)).toBeUndefined();
    const rules = { ...DEFAULT_LABEL_RULES, allowExec: false };
    expect(refuseJob({ kind: "clone" }, anyOf(), rules)).toBeUndefined();
    expect(refuseJob(exec, anyOf(), rules)).toMatchObject({
      refused: "exec-not-allowed",
      message: "--allow-exec false does not allow a label to run a command inside of a container that is running",
    });
  });

  test("is refused where it is declared, under whatever prefix, and what was read of it before does not stay", () => {
    const rules = { ...DEFAULT_LABEL_RULES, allowExec: false, labelPrefix: "cron" };
    const dump = { "jobs.dump.schedule": "@daily", "jobs.dump.launch": "exec", "jobs.dump.command": "dump" };
    const copy = { "jobs.copy.schedule": "@daily", "jobs.copy.command": "copy" };
    const labels = Object.entries({ ...dump, ...copy }).map(([key, value]) => [`cron.${key}`, value]);
    const { jobs, broken, says, problems } = readLabels(
      rules,
      anObject({}, { labels: Object.fromEntries(labels), running: true }),
    );
    expect(jobs.map(({ name }) => name)).toEqual(["shop_backup.copy"]);
    expect(broken).toEqual([]);
    expect(says).toEqual([
      "container shop_backup, label cron.jobs.dump.schedule: --allow-exec false does not allow a label to run a command inside of a container that is running (leave launch out to run it in a copy, or start the scheduler with --allow-exec true)",
    ]);
    expect(problems).toMatchObject([{ refused: "exec-not-allowed" }]);
  });
});

test.each([
  ["*", "", true],
  ["*", "any/thing:1\nelse", true],
  ["?*", "", false],
  ["shop_*", "shop_web", true],
  ["shop_*", "a_shop_web", false],
  ["a?c", "abc", true],
  ["a?c", "a🔔c", true],
  ["a?c", "ac", false],
  ["a.c", "abc", false],
  ["a|b[c](d){1}+^$\\", "a|b[c](d){1}+^$\\", true],
  ["Shop", "shop", false],
])("the pattern %j and %j: %j", (pattern, text, expected) => expect(matchesGlob(pattern, text)).toBe(expected));

test("a pattern of many stars takes no time", () =>
  expect(matchesGlob(`${"*".repeat(40)}x`, "a".repeat(10_000))).toBe(false));

test.each([
  ["busybox", ["busybox", "busybox:latest", "docker.io/library/busybox", "docker.io/library/busybox:latest"]],
  ["docker.io/library/busybox:1", ["busybox", "busybox:1", "docker.io/library/busybox:1"]],
  ["shop/web:2@sha256:0f", ["shop/web", "shop/web:2", "docker.io/shop/web:2", "shop/web:2@sha256:0f"]],
  ["index.docker.io/shop/web", ["shop/web", "docker.io/shop/web:latest"]],
  ["registry.example:5000/web", ["registry.example:5000/web", "registry.example:5000/web:latest"]],
  ["localhost/web:1", ["localhost/web", "localhost/web:1"]],
])("the image %s goes by %j", (image, names) => expect(imageNames(image)).toEqual(expect.arrayContaining(names)));

test.each([
  ["evil.example/busybox:1", "busybox"],
  ["evil.example/library/busybox", "docker.io/library/busybox"],
  ["evil.example/shop/web", "shop/web"],
  // Which tag a digest had once, nobody can say.
  ["web@sha256:0f", "web:latest"],
  ["3f57d9401f8d", "docker.io/library/3f57d9401f8d"],
])("the image %s does not go by %s", (image, name) => expect(imageNames(image)).not.toContain(name));
