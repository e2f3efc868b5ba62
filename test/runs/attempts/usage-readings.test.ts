import { expect, it } from "vitest";
import { EngineTrouble } from "../../../src/engines/engine.ts";
import { noteUsage } from "../../../src/ledger/changes/attempts.ts";
import type { Usage } from "../../../src/ledger/record.ts";
import { createRunEvents, type RunEvent } from "../../../src/observe/run-events.ts";
import { UsageReadings } from "../../../src/runs/attempts/usage-readings.ts";
import type { Book } from "../../../src/runs/book.ts";
import { aRecord, aRun, at, succeeded } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const START = at("12:00");

/** Readings of an engine that answers with what the test says, by the number of the question. */
function readings(
  answer: (question: number) => Usage | undefined | Promise<Usage | undefined>,
  change: Book["change"] = async () => ({ result: "lost", record: undefined }),
) {
  const clock = new FakeClock(START);
  const told: RunEvent[] = [];
  const events = createRunEvents();
  events.on((event) => told.push(event));
  const askedAfterMs: number[] = [];
  const read = async () => answer(askedAfterMs.push(clock.now().getTime() - START.getTime()));
  return {
    clock,
    told,
    askedAfterMs,
    usage: new UsageReadings({ engine: { usage: read }, clock, events, recordOf: () => ended, change }),
  };
}

/** By another scheduler, that does not know what the attempt used. */
const end = { outcome: succeeded, finishedAt: at("12:01") };
const attempts = [{ number: 1, objectName: "c", objectId: "c1", boundAt: START, ...end }];
const ended = aRecord(START, { runs: [aRun(START, { ...end, attempts })] });

const busy = (question: number): Usage => ({ cpuMs: 1000 * question, peakMemoryBytes: 100 - question });

it("reads at growing intervals, as long as the attempt runs", async () => {
  const { clock, askedAfterMs, usage } = readings(busy);
  usage.follow("c1", "backup", START);
  await clock.advance(10_000);
  expect(askedAfterMs).toEqual([1000, 2000, 3000, 4000, 5000, 6250, 7812, 9765]);
  expect(usage.of("c1")).toEqual({ cpuMs: 8000, peakMemoryBytes: 99 });
});

it("knows nothing before its first reading, and nothing of others", async () => {
  const { clock, usage } = readings(busy);
  usage.follow("c1", "backup", START);
  await clock.advance(900);
  expect(usage.of("c1")).toBeUndefined();
  expect(usage.of("c2")).toBeUndefined();
});

it("soon reads an attempt that is taken up, however long it has run", async () => {
  const { clock, askedAfterMs, usage } = readings(busy);
  usage.follow("c1", "backup", at("03:00"));
  await clock.advance(120_000);
  expect(askedAfterMs).toEqual([1000, 61_000]);
});

it("follows an attempt once, however often it is seen to run", async () => {
  const { clock, askedAfterMs, usage } = readings(busy);
  for (let look = 0; look < 3; look++) usage.follow("c1", "backup", START);
  await clock.advance(1500);
  expect(askedAfterMs).toEqual([1000]);
});

it("goes on after trouble with what was known before, and tells nobody", async () => {
  const { clock, told, usage } = readings((question) => {
    if (question === 2) throw new EngineTrouble("no answer");
    return question === 3 ? undefined : busy(question);
  });
  usage.follow("c1", "backup", START);
  await clock.advance(3500);
  expect(usage.of("c1")).toEqual(busy(1));
  await clock.advance(1000);
  expect(usage.of("c1")).toEqual({ cpuMs: 4000, peakMemoryBytes: 99 });
  expect(told).toEqual([]);
});

it("asks an hour later, about any attempt, once a proxy has forbidden it", async () => {
  const { clock, told, askedAfterMs, usage } = readings(() => {
    throw new EngineTrouble("forbidden", { status: 403 });
  });
  usage.follow("c1", "backup", START);
  await clock.advance(60_000);
  usage.follow("c2", "backup", clock.now());
  await clock.advance(3_540_000);
  expect(askedAfterMs).toEqual([1000]);
  await clock.advance(120_000);
  expect(askedAfterMs).toHaveLength(2);
  expect(told).toEqual([]);
});

it("tells of a fault of ours", async () => {
  const { clock, told, usage } = readings(() => {
    throw new TypeError("a fault");
  });
  usage.follow("c1", "backup", START);
  await clock.advance(1000);
  expect(told).toMatchObject([{ event: "pass-failed", job: "backup", cause: expect.any(TypeError) }]);
});

it("forgets an attempt whose end is recorded, also while its reading is on its way", async () => {
  const { promise, resolve } = Promise.withResolvers<Usage>();
  const { clock, askedAfterMs, usage } = readings(() => promise);
  usage.follow("c1", "backup", START);
  await clock.advance(1500);
  usage.attemptEnded("c1", "backup");
  resolve({ cpuMs: 1 });
  await clock.advance(60_000);
  expect(usage.of("c1")).toBeUndefined();
  expect(askedAfterMs).toEqual([1000]);
});

it("reads nothing any more once it is stopped, and still knows what it knew", async () => {
  const { clock, askedAfterMs, usage } = readings(busy);
  usage.follow("c1", "backup", START);
  await clock.advance(1500);
  usage.stop();
  usage.follow("c2", "backup", START);
  await clock.advance(60_000);
  expect(askedAfterMs).toEqual([1000]);
  expect(usage.of("c1")).toEqual(busy(1));
});

it.each<[string, Error, readonly string[]]>([
  ["that the record cannot be changed", new EngineTrouble("no answer"), []],
  ["a fault of ours", new TypeError("a fault"), ["pass-failed"]],
])(
  "of %s when it adds what another scheduler did not know, it tells what is to be told",
  async (_name, error, events) => {
    const { clock, told, usage } = readings(busy, () => Promise.reject(error));
    usage.follow("c1", "backup", START);
    await clock.advance(1500);
    usage.attemptEnded("c1", "backup");
    await clock.advance(0);
    expect(told.map(({ event }) => event)).toEqual(events);
  },
);

it("adds to a record nothing that is there already, nor anything of an attempt that has not ended or is not there", () => {
  const known = noteUsage(ended, "c1", { cpuMs: 5, peakMemoryBytes: 2050 });
  expect(known?.runs[0]?.attempts[0]?.usage).toEqual({ cpuMs: 5, peakMemoryBytes: 2048 });
  const open = aRecord(START, { runs: [aRun(START)] });
  for (const [record, id] of [
    [known, "c1"],
    [open, `object-of-${open.runs[0]?.id}`],
    [ended, "c2"],
    [undefined, "c1"],
  ] as const)
    expect(noteUsage(record, id, { cpuMs: 7 })).toBeUndefined();
  expect(noteUsage(ended, "c1", {})).toBeUndefined();
});
