import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { emptyReading, type Reading } from "../../src/definition/reading.ts";
import type { SourceName } from "../../src/job/job.ts";
import { followSources } from "../../src/sources/catalog.ts";
import type { Snapshot } from "../../src/sources/snapshot.ts";
import type { JobSource } from "../../src/sources/source.ts";
import { aJob } from "../support/a-job.ts";
import { FakeClock, settled } from "../support/fake-clock.ts";

/** Declares what the test says, and counts how often it was asked. */
class FakeSource implements JobSource {
  readonly name: SourceName;
  declares: Reading | Error;
  asked = 0;
  wake = () => {};

  constructor(name: SourceName, ...jobs: string[]) {
    this.name = name;
    this.declares = declaring(...jobs);
  }

  async load(): Promise<Reading> {
    this.asked++;
    if (this.declares instanceof Error) throw this.declares;
    return this.declares;
  }

  watch(wake: () => void): void {
    this.wake = wake;
  }
}

function declaring(...names: string[]): Reading {
  return { ...emptyReading, jobs: names.map((name) => aJob({ name })) };
}

let clock: FakeClock;
let stop: AbortController;
let changes: Snapshot[];
beforeEach(() => {
  clock = new FakeClock(new Date("2026-11-18T12:00:00Z"));
  stop = new AbortController();
  changes = [];
});
afterEach(() => stop.abort());

function follow(...sources: JobSource[]): Promise<Snapshot> {
  return followSources({ sources, clock, onChange: (snapshot) => changes.push(snapshot) }, stop.signal);
}

const names = (snapshot: Snapshot | undefined) => [...(snapshot?.jobs.keys() ?? [])];

test("the first snapshot has what all sources declare, and does not count as a change", async () => {
  const snapshot = await follow(new FakeSource("files", "a"), new FakeSource("containers", "b"));
  expect(names(snapshot)).toEqual(["a", "b"]);
  await clock.advance(60_000);
  expect(changes).toEqual([]);
});

test("a change is reported within two seconds", async () => {
  const files = new FakeSource("files", "a");
  await follow(files);
  files.declares = declaring("a", "b");
  files.wake();
  await clock.advance(2000);
  expect(changes.map(names)).toEqual([["a", "b"]]);
});

test("a wake without a change is not reported", async () => {
  const files = new FakeSource("files", "a");
  await follow(files);
  files.declares = declaring("a");
  files.wake();
  await clock.advance(2000);
  expect(files.asked).toBe(2);
  expect(changes).toEqual([]);
});

test("a burst of wakes leads to one reading, and a wake during that to another", async () => {
  const files = new FakeSource("files", "a");
  await follow(files);
  for (let n = 0; n < 50; n++) files.wake();
  await clock.advance(1000);
  expect(files.asked).toBe(2);
  const load = files.load.bind(files);
  files.load = () => {
    files.load = load;
    files.declares = declaring("late");
    files.wake();
    return Promise.resolve(declaring("early"));
  };
  files.wake();
  await clock.advance(1000);
  expect(changes.map(names)).toEqual([["early"], ["late"]]);
});

test("a wake that comes before the first reading is not lost", async () => {
  const files = new FakeSource("files", "a");
  const first = follow(files);
  files.wake();
  await first;
  await clock.advance(1000);
  expect(files.asked).toBe(2);
});

describe("a source that fails", () => {
  test("is a problem, and its last good jobs stay", async () => {
    const [files, containers] = [new FakeSource("files", "a"), new FakeSource("containers", "b")];
    await follow(files, containers);
    files.declares = new Error("disk gone");
    files.wake();
    await clock.advance(1000);
    expect(changes.map(names)).toEqual([["a", "b"]]);
    expect(changes[0]?.problems).toEqual([
      {
        source: "files",
        at: "schedule files",
        message: "cannot be read now: disk gone",
        hint: "the jobs read last stay as they are",
      },
    ]);
    containers.declares = declaring("c");
    containers.wake();
    await clock.advance(1000);
    expect(names(changes[1])).toEqual(["a", "c"]);
  });

  test("at the start does not keep the others from being read", async () => {
    const files = new FakeSource("files");
    files.declares = new Error("not yet");
    const snapshot = await follow(files, new FakeSource("containers", "b"));
    expect(names(snapshot)).toEqual(["b"]);
    expect(snapshot.unread).toEqual([{ source: "files" }]);
    files.declares = declaring("a");
    await clock.advance(1000);
    expect(names(changes[0])).toEqual(["a", "b"]);
    expect(changes[0]?.unread).toEqual([]);
  });

  test("is read again after 1, 2, 4, 8, 15, 15 s, and reported once", async () => {
    const files = new FakeSource("files");
    files.declares = new Error("gone");
    await follow(files);
    const askedAt: number[] = [];
    for (let second = 1; second <= 45; second++) {
      const before = files.asked;
      await clock.advance(1000);
      if (files.asked > before) askedAt.push(second);
    }
    expect(askedAt).toEqual([1, 3, 7, 15, 30, 45]);
    expect(changes).toEqual([]);
  });

  test("is read sooner after a sign of life, but at most once a second", async () => {
    const files = new FakeSource("files");
    files.declares = new Error("gone");
    await follow(files);
    await clock.advance(15_000);
    const before = files.asked;
    for (let n = 0; n < 40; n++) {
      files.wake();
      await clock.advance(50);
    }
    expect(files.asked - before).toBeLessThanOrEqual(2);
    files.declares = declaring("a");
    files.wake();
    await clock.advance(1500);
    expect(names(changes[0])).toEqual(["a"]);
  });

  test("is read again at once when it fails again after a recovery", async () => {
    const files = new FakeSource("files");
    files.declares = new Error("gone");
    await follow(files);
    await clock.advance(15_000);
    files.declares = declaring("a");
    await clock.advance(15_000);
    files.declares = new Error("gone again");
    files.wake();
    await clock.advance(200);
    const before = files.asked;
    await clock.advance(1000);
    expect(files.asked).toBe(before + 1);
  });
});

test("nothing is reported after the end", async () => {
  const files = new FakeSource("files", "a");
  await follow(files);
  files.declares = declaring("b");
  files.wake();
  stop.abort();
  await settled();
  await clock.advance(60_000);
  expect(changes).toEqual([]);
});

test("a source that does not answer does not keep the scheduler from stopping", async () => {
  const files = new FakeSource("files", "a");
  files.load = () => new Promise(() => {});
  const first = follow(files);
  await settled();
  stop.abort();
  expect((await first).unread).toEqual([{ source: "files" }]);
});
