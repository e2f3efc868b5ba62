import { expect, test } from "vitest";
import { OutputPace } from "../../../src/http/streams/output-pace.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const KB = 1024;

/** Readers of processes that print without end; returns how many KB each has got. */
function follow(pace: OutputPace, readers: number, gone = new AbortController().signal) {
  const got = Array.from({ length: readers }, () => 0);
  const reads = got.map(async (_, reader) => {
    async function* endless() {
      for (;;) yield "x".repeat(64 * KB);
    }
    for await (const piece of pace.paced(endless(), gone)) {
      if (gone.aborted) return;
      got[reader] = (got[reader] ?? 0) + piece.length / KB;
    }
  });
  return { got, done: Promise.all(reads) };
}

test("one reader gets 5 MB a second, twenty get a twentieth of it each", async () => {
  for (const readers of [1, 20]) {
    const clock = new FakeClock(at("12:00"));
    const { got } = follow(new OutputPace(clock), readers);
    await clock.advance(10_000);
    for (const each of got) expect(each / 10).toBeCloseTo((20 * 256) / readers, -1.5);
  }
});

test("what is little comes at once while nobody else reads much", async () => {
  const pace = new OutputPace(new FakeClock(at("12:00")));
  async function* lines() {
    for (let line = 0; line < 3; line++) yield "a line\n";
  }
  const got: string[] = [];
  const reading = (async () => {
    for await (const line of pace.paced(lines(), new AbortController().signal)) got.push(line);
  })();
  await expect.poll(() => got.length).toBe(1);
  void reading;
});

test("a clock that is set back stops nobody for long, and who leaves waits no longer", async () => {
  const clock = new FakeClock(at("12:00"));
  const gone = new AbortController();
  const { got, done } = follow(new OutputPace(clock), 2, gone.signal);
  await clock.advance(1000);
  clock.set(at("03:00"));
  const before = got[0] ?? 0;
  await clock.advance(6000);
  expect(got[0]).toBeGreaterThan(before);
  gone.abort();
  await done;
});
