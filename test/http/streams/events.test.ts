import { createParser, type EventSourceMessage } from "eventsource-parser";
import { beforeEach, describe, expect, test } from "vitest";
import { Events } from "../../../src/http/streams/events.ts";
import type { JobRecord } from "../../../src/ledger/record.ts";
import { recordVersion } from "../../../src/view/record-version.ts";
import { aRecord, aRun, at, succeeded } from "../../support/a-job.ts";
import { FakeClock, settled as nothingLeft } from "../../support/fake-clock.ts";

let clock: FakeClock;
let records: Map<string, JobRecord>;
let events: Events;
beforeEach(() => {
  clock = new FakeClock(at("12:00"));
  records = new Map();
  events = new Events({ clock, epoch: "e1", records: () => records });
});

/** What was told has reached the readers: they hear together of what happens within a tenth of a second. */
async function settled(): Promise<void> {
  await nothingLeft();
  await clock.advance(100);
  await nothingLeft();
}

/** Writes the record, as the book would, and tells of it. */
function write(job: string, change: Partial<JobRecord> = {}): void {
  const before = records.get(job);
  const after = { ...aRecord(at("12:00"), change), job };
  records.set(job, after);
  events.recordChanged(before, after);
}

type Options = Partial<Parameters<Events["stream"]>[0]>;

/** A client that reads whatever comes. */
function open(options: Options = {}) {
  const gone = new AbortController();
  const got: EventSourceMessage[] = [];
  let text = "";
  const parser = createParser({ onEvent: (event) => got.push(event) });
  const read = async () => {
    for await (const piece of events.stream({ sees: () => true, ...options }, gone.signal)) {
      text += piece;
      parser.feed(piece);
    }
  };
  const ended = read();
  return {
    got,
    text: () => text,
    leave: async () => {
      gone.abort();
      await ended;
    },
  };
}

/** The names of events, with what they are about. */
function shown(got: readonly EventSourceMessage[]): readonly string[] {
  return got.map(({ event, data }) => {
    const { job, run } = JSON.parse(data);
    return [event, run ?? job].filter(Boolean).join(" ");
  });
}

describe("a reader is told", () => {
  test("together, of what happens within a tenth of a second", async () => {
    const reader = open();
    await settled();
    write("backup");
    await nothingLeft();
    await clock.advance(60);
    write("report");
    await clock.advance(39);
    expect(reader.got).toEqual([]);
    await clock.advance(1);
    await nothingLeft();
    expect(shown(reader.got)).toEqual(["job backup", "job report"]);
    await reader.leave();
  });

  test("which record has changed, and to which state", async () => {
    const reader = open();
    await settled();
    write("backup");
    await settled();
    expect(reader.got).toEqual([{ event: "job", id: "e1.1", data: expect.any(String) }]);
    const record = records.get("backup");
    expect(JSON.parse(reader.got[0]?.data ?? "")).toEqual({
      job: "backup",
      version: record && recordVersion(record),
    });
    await reader.leave();
  });

  test("which runs have begun or ended", async () => {
    const reader = open();
    await settled();
    const run = aRun(at("12:00"), { id: "backup-1" });
    write("backup", { runs: [run] });
    await settled();
    write("backup", { runs: [{ ...run, outcome: succeeded }] });
    await settled();
    expect(shown(reader.got)).toEqual(["job backup", "run backup-1", "job backup", "run backup-1"]);
    expect(JSON.parse(reader.got[3]?.data ?? "")).toEqual({
      run: "backup-1",
      job: "backup",
      active: false,
      outcome: "succeeded",
    });
    await reader.leave();
  });

  test("not of runs that are as they were, although the record was read again", async () => {
    write("backup", { runs: [aRun(at("12:00"), { id: "backup-1" })] });
    const reader = open();
    await settled();
    write("backup", { runs: [aRun(at("12:00"), { id: "backup-1" })] });
    await settled();
    expect(shown(reader.got)).toEqual(["job backup"]);
    await reader.leave();
  });

  test("that a record is gone", async () => {
    write("backup");
    const reader = open();
    await settled();
    const before = records.get("backup");
    records.delete("backup");
    events.recordChanged(before, undefined);
    await settled();
    expect(JSON.parse(reader.got[0]?.data ?? "")).toEqual({ job: "backup" });
    await reader.leave();
  });

  test("that there are other problems, and that the scheduler is another", async () => {
    const reader = open();
    await settled();
    events.problemsChanged();
    events.schedulerChanged();
    await settled();
    expect(shown(reader.got)).toEqual(["problems", "scheduler"]);
    await reader.leave();
  });

  test("only of the topics that it chose, and of the jobs that it may know", async () => {
    const reader = open({ topics: new Set(["jobs"]), sees: (job) => job === "deploy" });
    await settled();
    write("backup");
    write("deploy");
    events.problemsChanged();
    await settled();
    expect(shown(reader.got)).toEqual(["job deploy"]);
    await reader.leave();
  });

  test("that it is still connected, every 15 seconds", async () => {
    const reader = open();
    await clock.advance(31_000);
    expect(reader.text().match(/^: beat$/gm)).toHaveLength(2);
    await reader.leave();
  });

  test("when to come back, and that the stream ends", async () => {
    const reader = open();
    await settled();
    expect(reader.text()).toMatch(/^retry: 3000$/m);
    await reader.leave();
    expect(shown(reader.got)).toEqual(["bye"]);
  });
});

describe("a reader that lost its connection", () => {
  test("gets what it has missed, and nothing twice", async () => {
    const first = open();
    await settled();
    write("backup");
    await settled();
    await first.leave();
    write("report");
    const second = open({ lastEventId: first.got[0]?.id });
    await settled();
    expect(shown(second.got)).toEqual(["job report"]);
    await second.leave();
  });

  test("that got no event begins where it was", async () => {
    const first = open();
    await settled();
    const [, id] = /^id: (.+)$/m.exec(first.text()) ?? [];
    await first.leave();
    write("backup");
    const second = open({ lastEventId: id });
    await settled();
    expect(shown(second.got)).toEqual(["job backup"]);
    await second.leave();
  });

  test.each(["e2.1", "e1.999", "nonsense", "e1.-1"])(
    "with the ID %s, which says nothing here, reads again",
    async (lastEventId) => {
      const reader = open({ lastEventId });
      await settled();
      expect(shown(reader.got)).toEqual(["reset"]);
      await reader.leave();
    },
  );

  test("gets what happened after its page was drawn, before it ever read", async () => {
    const first = open();
    await settled();
    write("backup");
    await settled();
    const place = events.here();
    write("report");
    await settled();
    const second = open({ lastEventId: place });
    await settled();
    expect(shown(second.got)).toEqual(["job report"]);
    await Promise.all([first.leave(), second.leave()]);
  });

  test("reads again when something happened between its page and its stream, while nobody read", async () => {
    const place = events.here();
    const early = open({ lastEventId: place });
    await settled();
    expect(shown(early.got)).toEqual([]);
    await early.leave();
    await clock.advance(60_000);
    write("report");
    const late = open({ lastEventId: place });
    await settled();
    expect(shown(late.got)).toEqual(["reset"]);
    await late.leave();
  });

  test("for too long reads again: 1,000 events are kept", async () => {
    const first = open();
    await settled();
    await first.leave();
    for (let n = 0; n < 2500; n++) write(`job-${n}`);
    await settled();
    const late = open({ lastEventId: "e1.0" });
    const inTime = open({ lastEventId: "e1.1500" });
    await settled();
    expect(shown(late.got)).toEqual(["reset"]);
    expect(inTime.got).toHaveLength(1000);
    await Promise.all([late.leave(), inTime.leave()]);
  });

  test("while nobody else read, and is back a minute later, reads again", async () => {
    const first = open();
    await settled();
    await first.leave();
    await clock.advance(60_000);
    write("backup");
    const second = open({ lastEventId: "e1.0" });
    await settled();
    expect(shown(second.got)).toEqual(["reset"]);
    await second.leave();
  });
});

describe("a reader that does not read", () => {
  test("holds one event for each thing, and gets the last state of it", async () => {
    const stream = events.stream({ sees: () => true }, new AbortController().signal);
    await stream.next();
    for (let n = 0; n < 5000; n++) write("backup", { cursor: new Date(n) });
    await settled();
    const { value } = await stream.next();
    expect(value?.match(/^event: /gm)).toHaveLength(1);
    const record = records.get("backup");
    expect(value).toContain(record && recordVersion(record));
  });

  test("reads again when more than 1,000 things have changed", async () => {
    const stream = events.stream({ sees: () => true }, new AbortController().signal);
    await stream.next();
    for (let n = 0; n < 1500; n++) write(`job-${n}`);
    await settled();
    const { value = "" } = await stream.next();
    expect(value.match(/^event: .*/gm)?.[0]).toBe("event: reset");
    expect(value.match(/^event: /gm)?.length).toBeLessThan(1000);
  });
});

test("in a burst nothing is worked out for readers, and no record is looked at", async () => {
  const quiet = Promise.withResolvers<void>();
  events = new Events({ clock, epoch: "e1", records: () => records, quiet: () => quiet.promise });
  const reader = open();
  await settled();
  const touched: string[] = [];
  const record = new Proxy(aRecord(at("12:00")), {
    get: (target, key) => {
      touched.push(String(key));
      return Reflect.get(target, key);
    },
  });
  events.recordChanged(undefined, record);
  await clock.advance(500);
  expect(touched).toEqual([]);
  quiet.resolve();
  await nothingLeft();
  expect(shown(reader.got)).toEqual(["job backup"]);
  await reader.leave();
});

test("while nobody reads, nothing is kept and no record is looked at", () => {
  const record = aRecord(at("12:00"));
  const untouchable = new Proxy(record, {
    get: (_, key) => {
      if (key === "job") return "backup";
      throw new Error(`${String(key)} was read`);
    },
  });
  expect(() => events.recordChanged(undefined, untouchable)).not.toThrow();
});
