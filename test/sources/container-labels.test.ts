import { describe, expect, test } from "vitest";
import type { LabelledObject } from "../../src/definition/labels/labelled-object.ts";
import { followSources } from "../../src/sources/catalog.ts";
import { containerLabels } from "../../src/sources/labelled-objects.ts";
import type { Snapshot } from "../../src/sources/snapshot.ts";
import { anObject } from "../definition/labels/labels.ts";
import { checkSchedule } from "../definition/parse.ts";
import { FakeClock } from "../support/fake-clock.ts";

const nightly = { schedule: "0 3 * * *" };
/** The objects of these tests were made earlier. */
const now = new Date("2026-11-18T13:00:00Z");

async function load(...objects: LabelledObject[]) {
  const listLabelled = async () => objects;
  const settings = {
    listLabelled,
    watchObjects: () => {},
    defaultTimezone: "UTC",
    checkSchedule,
    instance: "shipbell",
    clock: new FakeClock(now),
  };
  return containerLabels(settings).load(new AbortController().signal);
}

test("older containers come first: of two with the same name, the first counts", async () => {
  const { jobs } = await load(
    anObject(nightly, { name: "Backup", createdAt: new Date("2026-11-18T12:00:00Z"), version: "new" }),
    anObject(nightly, { name: "backup", createdAt: new Date("2026-11-17T12:00:00Z"), version: "old" }),
  );
  expect(jobs.map(({ origin }) => origin.unit)).toEqual(["backup", "Backup"]);
});

test("an engine that does not answer makes the source fail", async () => {
  const listLabelled = () => Promise.reject(new Error("no answer"));
  const settings = {
    listLabelled,
    watchObjects: () => {},
    defaultTimezone: "UTC",
    checkSchedule,
    instance: "shipbell",
    clock: new FakeClock(now),
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

/** An engine whose containers come and go, and what its scheduler knows about them at each moment. */
async function following(...first: LabelledObject[]) {
  const clock = new FakeClock(now);
  const objects = new Map(first.map((object) => [object.name, object]));
  let wake = () => {};
  const source = containerLabels({
    listLabelled: async () => [...objects.values()],
    watchObjects: (wakes) => {
      wake = wakes;
    },
    defaultTimezone: "UTC",
    checkSchedule,
    instance: "shipbell",
    clock,
  });
  const seen: Snapshot[] = [];
  const onChange = (snapshot: Snapshot) => seen.push(snapshot);
  seen.push(await followSources({ sources: [source], clock, onChange }, new AbortController().signal));
  const names = ({ jobs }: Snapshot) => [...jobs.keys()].sort();
  return {
    clock,
    put(name: string, labels: Record<string, string>, change: Partial<LabelledObject> = {}) {
      objects.set(name, anObject(labels, { name, id: name, version: name, createdAt: clock.now(), ...change }));
      wake();
    },
    remove(name: string) {
      objects.delete(name);
      wake();
    },
    jobs: () => names(seen.at(-1) as Snapshot),
    /** At any moment. */
    allJobs: () => [...new Set(seen.flatMap(names))].sort(),
    allProblems: () => seen.flatMap(({ problems }) => problems),
    last: () => seen.at(-1) as Snapshot,
  };
}

const report = { "jobs.report.schedule": "0 6 * * *", "jobs.report.command": "report" };

describe("a container that has just been made", () => {
  test("is not a template between its creation and its start, as Compose does it", async () => {
    const engine = await following();
    engine.put("web", { ...nightly, command: "true", ...report });
    engine.put("db", nightly);
    await engine.clock.advance(206);
    engine.put("web", { ...nightly, command: "true", ...report }, { running: true });
    engine.put("db", nightly, { running: true });
    await engine.clock.advance(3000);
    expect(engine.jobs()).toEqual(["web", "web.report"]);
    expect(engine.allJobs()).toEqual(["web", "web.report"]);
    // The one without a command is reported once, and was never a job.
    expect(engine.last().problems).toMatchObject([{ at: "container db, label shipbell.schedule" }]);
  });

  test.each([{ running: true }, { running: false }])(
    "and is gone a moment later was never a job: %o",
    async (state) => {
      const engine = await following();
      engine.put("moment", { ...nightly, ...report }, state);
      await engine.clock.advance(700);
      engine.remove("moment");
      await engine.clock.advance(5000);
      expect(engine.allJobs()).toEqual([]);
      expect(engine.allProblems()).toEqual([]);
    },
  );

  test("and stays is a job after a second, and delays no other", async () => {
    const engine = await following();
    engine.put("first", nightly);
    await engine.clock.advance(700);
    engine.put("second", nightly);
    await engine.clock.advance(800);
    expect(engine.jobs()).toEqual(["first"]);
    await engine.clock.advance(600);
    expect(engine.jobs()).toEqual(["first", "second"]);
  });

  test("counts at once when it was there before the scheduler", async () => {
    const engine = await following(anObject(nightly, { name: "old", createdAt: new Date(now.getTime() - 2000) }));
    expect(engine.jobs()).toEqual(["old"]);
  });

  test("in place of another of the same name leaves the jobs as they were until it has settled", async () => {
    const engine = await following(anObject({ ...report }, { name: "web", id: "old", running: true }));
    engine.put("web", { ...report, ...nightly }, { id: "next" });
    await engine.clock.advance(500);
    expect(engine.jobs()).toEqual(["web.report"]);
    expect(engine.last()).toMatchObject({ kept: new Set(), problems: [], unread: [] });
    await engine.clock.advance(1000);
    expect(engine.jobs()).toEqual(["web", "web.report"]);
  });

  test("and runs in place of another of the same name counts at once", async () => {
    const engine = await following(anObject({ ...report }, { name: "web", id: "old", running: true }));
    engine.put("web", { ...report, "jobs.clean.schedule": "@daily", "jobs.clean.command": "clean" }, { running: true });
    await engine.clock.advance(300);
    expect(engine.jobs()).toEqual(["web.clean", "web.report"]);
  });

  test("may declare the job of a record, so that no job of its name counts as removed meanwhile", async () => {
    const engine = await following(anObject(nightly, { name: "young", createdAt: now }));
    expect(engine.last().unread).toEqual([{ source: "containers", unit: "young" }]);
    await engine.clock.advance(1500);
    expect(engine.last()).toMatchObject({ unread: [] });
    expect(engine.jobs()).toEqual(["young"]);
  });
});

test("a container of docker compose run has the labels of its service, and declares none of its jobs again", async () => {
  const oneOff = anObject(report, { name: "shop-web-run-0a1b2c", running: true });
  const labels = { ...oneOff.labels, "com.docker.compose.oneoff": "True" };
  const { jobs } = await load(anObject(report, { name: "shop-web-1", running: true }), { ...oneOff, labels });
  expect(jobs.map(({ name }) => name)).toEqual(["shop-web-1.report"]);
});
