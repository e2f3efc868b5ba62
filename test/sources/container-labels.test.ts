import { expect, test } from "vitest";
import type { LabelledObject } from "../../src/jobs/parse-labels.ts";
import { containerLabels } from "../../src/sources/container-labels.ts";
import { anObject } from "../jobs/labels.ts";
import { checkSchedule } from "../jobs/parse.ts";

const nightly = { schedule: "0 3 * * *" };

async function load(...objects: LabelledObject[]) {
  const listLabelled = async () => objects;
  const settings = {
    listLabelled,
    watchObjects: () => {},
    defaultTimezone: "UTC",
    checkSchedule,
    instance: "shipbell",
  };
  return containerLabels(settings).load(new AbortController().signal);
}

test("older containers come first, since of two with one name the first counts", async () => {
  const { jobs } = await load(
    anObject(nightly, { name: "Backup", createdAt: new Date("2026-11-18T12:00:00Z"), version: "new" }),
    anObject(nightly, { name: "backup", createdAt: new Date("2026-11-17T12:00:00Z"), version: "old" }),
  );
  expect(jobs.map(({ origin }) => origin.unit)).toEqual(["backup", "Backup"]);
});

test("an engine that cannot be asked makes the source fail", async () => {
  const listLabelled = () => Promise.reject(new Error("no answer"));
  const settings = {
    listLabelled,
    watchObjects: () => {},
    defaultTimezone: "UTC",
    checkSchedule,
    instance: "shipbell",
  };
  const source = containerLabels(settings);
  await expect(source.load(new AbortController().signal)).rejects.toThrow("no answer");
});

test("while Compose replaces a container, there is always one job of its name", async () => {
  const old = anObject(nightly, { name: "shop-backup-1", version: "old" });
  const made = anObject(nightly, { name: "0123456789ab_shop-backup-1", version: "new" });
  const next = { ...made, labels: { ...made.labels, "com.docker.compose.replace": "0123456789abcdef" } };
  const versions = async (...objects: LabelledObject[]) =>
    (await load(...objects)).jobs.map(({ name, template }) => [name, template.kind === "clone" && template.of.version]);
  expect(await versions(old, next)).toEqual([["shop-backup-1", "old"]]);
  expect(await versions(next)).toEqual([["shop-backup-1", "new"]]);
  expect(await versions({ ...next, name: "shop-backup-1" })).toEqual([["shop-backup-1", "new"]]);
});
