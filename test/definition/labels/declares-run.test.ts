import { describe, expect, test } from "vitest";
import { declaresRun } from "../../../src/definition/labels/declares-run.ts";
import type { LabelledObject } from "../../../src/definition/labels/labelled-object.ts";
import { anObject, readLabels } from "./labels.ts";

const reader = { instance: "shipbell", labelPrefix: "shipbell" };

/** Whether the other object declares the one job that the first declares. */
function declares(first: LabelledObject, other: LabelledObject): boolean {
  const [job, ...more] = readLabels(first).jobs;
  if (job === undefined || more.length > 0) throw new Error("not one job");
  return declaresRun({ job: job.name, template: job.template }, other, reader);
}

const dump = { "jobs.dump.schedule": "@daily", "jobs.dump.launch": "exec", "jobs.dump.command": "dump --all" };
const copy = { schedule: "@daily", command: "tar cf -", "environment.LEVEL": "3" };

describe.each([
  ["a command in the container", dump, "jobs.dump."],
  ["a copy of it", copy, ""],
] as const)("%s", (_what, labels, prefix) => {
  const job = anObject(labels);

  test.each([
    ["has the same labels", {}],
    ["is due at another time", { [`${prefix}schedule`]: "@hourly" }],
    ["has another policy", { [`${prefix}timeout`]: "1m" }],
    ["has a mistake in its schedule", { [`${prefix}schedule`]: "every day" }],
    ["has a label that means nothing", { [`${prefix}schedul`]: "@hourly" }],
    ["has another job, too", { "jobs.other.schedule": "@hourly", "jobs.other.command": "other" }],
    [
      "writes the same command in another way",
      { [`${prefix}command`]: labels === dump ? "dump  '--all'" : "tar  cf -" },
    ],
  ])("is declared by its successor that %s", (_how, change) => {
    expect(declares(job, anObject({ ...labels, ...change }, { id: "f00d", version: "v2" }))).toBe(true);
  });

  test.each([
    ["declares nothing", anObject({})],
    ["declares another job alone", anObject({ "jobs.other.schedule": "@daily", "jobs.other.command": "dump --all" })],
    ["has another command", anObject({ ...labels, [`${prefix}command`]: "rm -rf /" })],
    ["has a command that cannot be read", anObject({ ...labels, [`${prefix}command`]: "'rm" })],
    ["has another variable", anObject({ ...labels, [`${prefix}environment.LEVEL`]: "4" })],
    ["has another user", anObject({ ...labels, [`${prefix}user`]: "root" })],
    ["launches it in another way", anObject({ ...labels, [`${prefix}launch`]: labels === dump ? "run" : "exec" })],
    ["has another name", anObject(labels, { name: "shop_db" })],
    ["leaves its jobs to another instance", anObject({ ...labels, instance: "nightly" })],
    ["is a run", anObject({ ...labels, run: "shop_backup-20261118t030000z" })],
    ["has them under another prefix", { ...anObject({}), labels: { "com.example.schedule": "@daily" } }],
  ])("is not declared by an object that %s", (_what, other) => {
    expect(declares(job, other)).toBe(false);
  });
});

test("a job of the object's own name is none of those that its labels name, and the other way round", () => {
  const own = anObject({ schedule: "@daily", command: "a" });
  const named = anObject({ "jobs.a.schedule": "@daily", "jobs.a.command": "a" });
  expect(declares(own, named)).toBe(false);
  expect(declares(named, own)).toBe(false);
});

test("the containers of a scaled service each declare jobs of their own", () => {
  const [first, second] = ["shop-db-1", "shop-db-2"].map((name) => anObject(dump, { name })) as [
    LabelledObject,
    LabelledObject,
  ];
  expect(declares(first, second)).toBe(false);
  expect(declares(first, first)).toBe(true);
  expect(readLabels(first, second).jobs.map(({ name, template }) => [name, template])).toMatchObject([
    ["shop-db-1.dump", { within: { container: "shop-db-1" } }],
    ["shop-db-2.dump", { within: { container: "shop-db-2" } }],
  ]);
});
