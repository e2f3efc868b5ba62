import { describe, expect, it } from "vitest";
import type { Sent } from "../../src/notify/sent.ts";
import { settled } from "../support/fake-clock.ts";
import { DELIVERED, type Message, START, World } from "./an-outbox.ts";

const REFUSED: Sent = { result: "again", because: "500" };
const HANGS = () => new Promise<Sent>(() => {});
const times = (messages: readonly Message[]) => messages.map(({ at }) => at);
const ids = (messages: readonly Message[]) => messages.flatMap(({ ids }) => ids);

describe("a notice", () => {
  it("is sent at once by the scheduler that wrote it, and leaves the record with one swap", async () => {
    const world = new World();
    const a = await world.scheduler();
    let swaps = 0;
    world.store.onWrite = () => swaps++;
    await a.fail("backup");
    await settled();
    expect(world.messages).toEqual([{ at: 0, channel: "hook", ids: ["backup-1/failed"], by: "a" }]);
    expect(world.waiting()).toEqual([]);
    expect(swaps).toBe(2);
    expect(world.record("backup").totals.notices).toEqual({ hook: { delivered: { failed: 1 } } });
    expect(world.eventsOf("notice-delivered")).toEqual([
      {
        event: "notice-delivered",
        job: "backup",
        channel: "hook",
        kind: "failed",
        notice: "backup-1/failed",
        status: "200",
        tries: 1,
      },
    ]);
  });

  it("is sent again after 5 s, 15 s, 1 min, 5 min, 15 min, then each hour, and given up after a day", async () => {
    const world = new World();
    world.receive = () => REFUSED;
    const a = await world.scheduler();
    await a.fail("backup");
    await world.clock.advance(25 * 3600_000);
    const pauses = times(world.messages).map((at, index, all) => at - (all[index - 1] ?? 0));
    expect(pauses.slice(0, 8)).toEqual([0, 5, 15, 60, 300, 900, 3600, 3600]);
    expect(world.messages).toHaveLength(6 + 23);
    expect(new Set(ids(world.messages))).toEqual(new Set(["backup-1/failed"]));
    expect(world.waiting()).toEqual([]);
    expect(world.record("backup").totals.notices).toEqual({ hook: { dropped: { failed: 1 } } });
    expect(world.eventsOf("notice-dropped")).toEqual([expect.objectContaining({ cause: "500", tries: 29 })]);
  });

  it("of something that was seen days later is sent all the same, and has a day from then on", async () => {
    const world = new World();
    world.receive = ({ at }) => (at < 60 ? REFUSED : DELIVERED);
    const a = await world.scheduler();
    const [at, until] = [new Date(START.getTime() - 70 * 3600_000), new Date(START.getTime() + 24 * 3600_000)];
    await a.fail("backup", { at, to: { hook: { tries: 0, next: at, until } } });
    await world.clock.advance(600_000);
    expect(times(world.messages)).toEqual([0, 5, 20, 80]);
    expect(world.record("backup").totals.notices).toEqual({ hook: { delivered: { failed: 1 } } });
  });

  it("is never sent again when it was refused for good", async () => {
    const world = new World();
    world.receive = () => ({ result: "final", because: "410" });
    const a = await world.scheduler();
    await a.fail("backup");
    await world.clock.advance(25 * 3600_000);
    expect(world.messages).toHaveLength(1);
    expect(world.eventsOf("notice-dropped")).toEqual([expect.objectContaining({ cause: "410", channel: "hook" })]);
    expect(a.outbox.states()).toEqual([{ channel: "hook", troubleBecause: "410", troubleSince: START }]);
  });

  it("is tried for six minutes where there is nothing at the address: the receiver may be starting again", async () => {
    const world = new World();
    world.receive = () => ({ result: "final", because: "404", mayPass: true });
    const a = await world.scheduler();
    await a.fail("backup");
    await world.clock.advance(379_000);
    expect(world.eventsOf("notice-dropped")).toEqual([]);
    expect(a.outbox.states()).toMatchObject([{ troubleBecause: "404", troubleAgainAt: expect.any(Date) }]);
    await world.clock.advance(2000);
    expect(world.messages.map(({ at }) => at)).toEqual([0, 5, 20, 80, 380]);
    expect(world.eventsOf("notice-dropped")).toEqual([expect.objectContaining({ cause: "404", channel: "hook" })]);
    // By now it is known, and the next notice need not find it out again.
    await a.fail("report");
    await world.clock.advance(1000);
    expect(world.eventsOf("notice-dropped")).toHaveLength(2);
  });

  it("is delivered once the receiver is there again", async () => {
    const world = new World();
    world.receive = ({ at }) => (at < 60 ? { result: "final", because: "404", mayPass: true } : DELIVERED);
    const a = await world.scheduler();
    await a.fail("backup");
    await world.clock.advance(3600_000);
    expect(world.messages.map(({ at }) => at)).toEqual([0, 5, 20, 80]);
    expect(world.eventsOf("notice-dropped")).toEqual([]);
    expect(world.waiting()).toEqual([]);
  });

  it("and refused for good leaves a trouble that other channels, or a notice that tries it, take away", async () => {
    const world = new World();
    world.receive = () => ({ result: "final", because: "401" });
    const a = await world.scheduler();
    const refuse = async (job: string) => {
      await a.fail(job);
      await world.clock.advance(1000);
      expect(a.outbox.states()).toMatchObject([{ troubleBecause: "401" }]);
    };
    await refuse("backup");
    a.use(["hook"]);
    expect(a.outbox.states()).toEqual([{ channel: "hook" }]);
    await refuse("report");
    a.outbox.noteTaken("hook");
    a.outbox.noteTaken("gone");
    expect(a.outbox.states()).toEqual([{ channel: "hook", lastSuccessAt: world.clock.now() }]);
  });

  it("is sent no earlier than the receiver asks, and nothing else to it either", async () => {
    const world = new World();
    world.receive = ({ at }) => (at < 120 ? { result: "again", because: "429", waitMs: 120_000 } : DELIVERED);
    const a = await world.scheduler();
    await a.fail("backup");
    await world.clock.advance(60_000);
    await a.fail("report");
    await world.clock.advance(120_000);
    expect(world.messages.map(({ at, ids }) => [at, ...ids])).toEqual([
      [0, "backup-1/failed"],
      [120, "report-1/failed"],
      [120, "backup-1/failed"],
    ]);
  });

  it("says on the record that it may have been heard", async () => {
    const world = new World();
    world.receive = () => ({ result: "perhaps", because: "timeout" });
    const a = await world.scheduler();
    await a.fail("backup");
    await settled();
    expect(world.record("backup").notices?.[0]?.to.hook).toMatchObject({
      tries: 1,
      last: "timeout",
      perhapsHeard: true,
      next: new Date(START.getTime() + 5000),
    });
  });

  it("waits behind what the job had for the channel before", async () => {
    const world = new World();
    world.receive = ({ at }) => (at < 5 ? REFUSED : DELIVERED);
    const a = await world.scheduler();
    await a.fail("backup");
    await world.clock.advance(1000);
    await a.fail("backup", { id: "backup-2/recovered", kind: "recovered" });
    await world.clock.advance(10_000);
    expect(world.messages.map(({ at, ids }) => [at, ...ids])).toEqual([
      [0, "backup-1/failed"],
      [5, "backup-1/failed"],
      [5, "backup-2/recovered"],
    ]);
  });
});

describe("a channel in trouble", () => {
  it("holds no other channel, even one that hangs for ever", async () => {
    const world = new World();
    world.receive = ({ channel }) => (channel === "hangs" ? HANGS() : DELIVERED);
    const a = await world.scheduler({ channels: ["hangs", "hook"] });
    const to = { hangs: { tries: 0, next: START }, hook: { tries: 0, next: START } };
    for (let n = 0; n < 20; n++) await a.fail(`job-${n}`, { to });
    await settled();
    expect(world.messages.filter(({ channel }) => channel === "hook")).toHaveLength(20);
    expect(world.messages.filter(({ channel }) => channel === "hangs")).toHaveLength(4);
  });

  it("gets one message at each of its times, however much waits, and everything once it works", async () => {
    const world = new World();
    world.receive = ({ at }) => (at < 100 ? REFUSED : DELIVERED);
    const a = await world.scheduler();
    for (let n = 0; n < 50; n++) await a.fail(`job-${n}`);
    await world.clock.advance(30_000);
    // Some were under way when the first was refused.
    expect(times(world.messages).filter((at) => at > 0)).toEqual([5, 20]);
    expect(world.messages.length).toBeLessThanOrEqual(6);
    await world.clock.advance(600_000);
    expect(world.waiting()).toEqual([]);
    expect(world.messages.filter(({ at }) => at >= 100)).toHaveLength(50);
  });

  it("is told of once per try, and is well again with the first success", async () => {
    const world = new World();
    world.receive = ({ at }) => (at < 5 ? REFUSED : DELIVERED);
    const a = await world.scheduler();
    await a.fail("backup");
    await settled();
    const againAt = new Date(START.getTime() + 5000);
    expect(a.outbox.states()).toEqual([
      { channel: "hook", troubleBecause: "500", troubleSince: START, troubleAgainAt: againAt },
    ]);
    await world.clock.advance(5000);
    expect(world.eventsOf("notice-failed")).toHaveLength(1);
    expect(a.outbox.states()).toEqual([{ channel: "hook", lastSuccessAt: new Date(START.getTime() + 5000) }]);
  });
});

describe("two schedulers", () => {
  it("send each of 100 notices once, although both could", async () => {
    const world = new World();
    const a = await world.scheduler({ name: "a" });
    const b = await world.scheduler({ name: "b", patienceMs: 33_000 });
    for (let n = 0; n < 100; n++) await (n % 2 === 0 ? a : b).fail(`job-${n}`);
    await world.clock.advance(3600_000);
    expect(world.messages).toHaveLength(100);
    expect(new Set(ids(world.messages)).size).toBe(100);
    expect(new Set(world.messages.map(({ by }) => by))).toEqual(new Set(["a", "b"]));
  });

  it("leave a channel that is slow to the one that is at work on it", async () => {
    const world = new World();
    world.receive = async () => {
      await world.clock.wait(9000, new AbortController().signal);
      return DELIVERED;
    };
    const a = await world.scheduler({ name: "a" });
    await world.scheduler({ name: "b" });
    for (let n = 0; n < 40; n++) await a.fail(`job-${n}`);
    await world.clock.advance(600_000);
    expect(world.messages).toHaveLength(40);
    expect(world.waiting()).toEqual([]);
  });

  it("do not both try a channel that is down", async () => {
    const world = new World();
    world.receive = ({ at }) => (at < 2 * 3600 ? REFUSED : DELIVERED);
    const a = await world.scheduler({ name: "a" });
    await world.scheduler({ name: "b" });
    for (let n = 0; n < 10; n++) await a.fail(`job-${n}`);
    await world.clock.advance(5 * 3600_000);
    expect(new Set(world.messages.map(({ by }) => by))).toEqual(new Set(["a"]));
    expect(world.messages.filter(({ at }) => at >= 2 * 3600)).toHaveLength(10);
  });

  it("take over what a dead one left, with the same ID, after 30 s", async () => {
    const world = new World();
    const a = await world.scheduler({ name: "a" });
    await world.scheduler({ name: "b" });
    world.receive = ({ by }) => (by === "a" ? HANGS() : DELIVERED);
    await a.fail("backup");
    await settled();
    a.kill();
    await world.clock.advance(29_000);
    expect(world.messages).toHaveLength(1);
    await world.clock.advance(2000);
    expect(world.messages.map(({ by, ids }) => [by, ...ids])).toEqual([
      ["a", "backup-1/failed"],
      ["b", "backup-1/failed"],
    ]);
    expect(world.waiting()).toEqual([]);
  });

  it("do not take what the other wrote for their own when they change its record", async () => {
    const world = new World();
    const a = await world.scheduler({ name: "a" });
    const b = await world.scheduler({ name: "b" });
    world.receive = () => REFUSED;
    // B has not seen the record when it changes it.
    b.book.reread = async () => {};
    await a.fail("backup");
    await settled();
    await b.book.change("backup", (record) => record && { ...record });
    await world.clock.advance(20_000);
    expect(new Set(world.messages.map(({ by }) => by))).toEqual(new Set(["a"]));
  });
});

describe("a scheduler alone", () => {
  it("sends at its start what was left, without waiting for anyone", async () => {
    const world = new World();
    const first = await world.scheduler({ name: "first", channels: [] });
    await first.fail("backup");
    await first.stop();
    await world.clock.advance(1000);
    await world.scheduler({ name: "second", patienceMs: 0 });
    expect(world.messages.map(({ by, at }) => [by, at])).toEqual([["second", 1]]);
  });

  it("lets messages under way end when it stops, and loses none", async () => {
    const world = new World();
    world.receive = async () => {
      await world.clock.wait(500, new AbortController().signal);
      return DELIVERED;
    };
    const a = await world.scheduler();
    for (let n = 0; n < 6; n++) await a.fail(`job-${n}`);
    await settled();
    const stopped = a.stop();
    await world.clock.advance(1000);
    await stopped;
    // Four were under way; the others are the next scheduler's.
    expect(world.messages).toHaveLength(4);
    expect(world.waiting()).toHaveLength(2);
  });

  it("gives up what hangs when it stops, and notes that it may have been heard", async () => {
    const world = new World();
    world.receive = HANGS;
    const a = await world.scheduler();
    await a.fail("backup");
    await settled();
    const stopped = a.stop();
    await world.clock.advance(1000);
    await stopped;
    expect(world.record("backup").notices?.[0]?.to.hook).toMatchObject({ perhapsHeard: true, tries: 1 });
  });

  it("notes what was delivered as soon as the ledger can be written again, and sends it once", async () => {
    const world = new World();
    const a = await world.scheduler();
    await a.fail("report", { to: {} });
    let isDown = false;
    a.ledger.onUpdate = async () => {
      if (isDown) throw new Error("disk full");
    };
    world.receive = () => {
      isDown = true;
      return DELIVERED;
    };
    await a.fail("backup");
    await world.clock.advance(120_000);
    expect(world.waiting()).toHaveLength(2);
    isDown = false;
    await world.clock.advance(60_000);
    expect(world.messages).toHaveLength(1);
    expect(world.record("backup").notices).toBeUndefined();
  });
});

describe("a channel that groups", () => {
  const chat = (n: number) => ({ to: { chat: { tries: 0, next: new Date(START.getTime() + n) } } });

  it("tells few notices one by one", async () => {
    const world = new World();
    const a = await world.scheduler({ channels: [], grouped: ["chat"] });
    for (let n = 0; n < 3; n++) await a.fail(`job-${n}`, chat(0));
    await world.clock.advance(2000);
    expect(world.messages.map(({ ids }) => ids.length)).toEqual([1, 1, 1]);
  });

  it("makes one message of many at once, and notes it on each record", async () => {
    const world = new World();
    const a = await world.scheduler({ channels: [], grouped: ["chat"] });
    for (let n = 0; n < 14; n++) await a.fail(`job-${n}`, chat(0));
    await world.clock.advance(2000);
    expect(world.messages.map(({ ids }) => ids.length)).toEqual([14]);
    expect(world.waiting()).toEqual([]);
    expect(world.eventsOf("notice-delivered")).toHaveLength(14);
  });

  it("makes at most one message of many in each period while they keep coming", async () => {
    const world = new World();
    const a = await world.scheduler({ channels: [], grouped: ["chat"] });
    for (let n = 0; n < 120; n++) {
      await a.fail(`job-${n}`, chat(n * 1000));
      await world.clock.advance(1000);
    }
    await world.clock.advance(60_000);
    expect(world.waiting()).toEqual([]);
    expect(ids(world.messages)).toHaveLength(120);
    // Three by themselves, then one each 30 s.
    expect(world.messages.length).toBeLessThanOrEqual(9);
  });

  it("may have been told of all of them when no answer came", async () => {
    const world = new World();
    world.receive = ({ at }) => (at < 5 ? { result: "perhaps", because: "timeout" } : DELIVERED);
    const a = await world.scheduler({ channels: [], grouped: ["chat"] });
    for (let n = 0; n < 5; n++) await a.fail(`job-${n}`, chat(0));
    await world.clock.advance(2000);
    for (let n = 0; n < 5; n++)
      expect(world.record(`job-${n}`).notices?.[0]?.to.chat).toMatchObject({ perhapsHeard: true });
    await world.clock.advance(40_000);
    expect(world.waiting()).toEqual([]);
  });
});

describe("channels that change", () => {
  it("have what waited for them until they were there", async () => {
    const world = new World();
    const a = await world.scheduler({ channels: [] });
    await a.fail("backup");
    await world.clock.advance(60_000);
    a.use(["hook"]);
    await world.clock.advance(60_000);
    expect(ids(world.messages)).toEqual(["backup-1/failed"]);
  });

  it("hold nothing back that is for others, and nothing is sent to one that is gone", async () => {
    const world = new World();
    world.receive = ({ channel }) => (channel === "gone" ? REFUSED : DELIVERED);
    const a = await world.scheduler({ channels: ["gone", "hook"] });
    const to = { gone: { tries: 0, next: START }, hook: { tries: 0, next: START } };
    await a.fail("backup", { to });
    await settled();
    a.use(["hook"]);
    await a.fail("report", { to });
    await world.clock.advance(3600_000);
    expect(world.messages.map(({ channel, ids }) => [channel, ...ids])).toEqual([
      ["gone", "backup-1/failed"],
      ["hook", "backup-1/failed"],
      ["hook", "report-1/failed"],
    ]);
    expect(a.outbox.states().map(({ channel }) => channel)).toEqual(["hook"]);
  });
});

describe("what it costs", () => {
  it("grows with what there is to tell, not with the records", async () => {
    const world = new World();
    const a = await world.scheduler();
    let looks = 0;
    const records = new Map(
      Array.from({ length: 10_000 }, (_, n) => [`idle-${n}`, { job: `idle-${n}` } as never] as const),
    );
    a.book.load = async () => [];
    for (const [job, record] of records)
      a.outbox.recordSeen(
        undefined,
        new Proxy(record, { get: (_, key) => (key === "notices" ? void looks++ : job) }) as never,
      );
    const before = looks;
    await world.clock.advance(3600_000);
    expect(looks).toBe(before);
  });
});

describe("channels that an operator has changed", () => {
  it("are tried at once with what they did not take", async () => {
    const world = new World();
    const a = await world.scheduler({ patienceMs: 0 });
    world.receive = () => REFUSED;
    await a.fail("backup");
    await world.clock.advance(1800_000);
    world.messages.length = 0;
    a.use(["hook"]);
    await settled();
    expect(times(world.messages)).toEqual([1800]);
    expect(world.record("backup").notices?.[0]?.to.hook?.tries).toBe(7);
    world.receive = () => DELIVERED;
    a.use(["hook"]);
    await settled();
    expect(world.waiting()).toEqual([]);
  });
});

describe("a message for many that is refused for what it says", () => {
  it("is divided, so that only the notice is lost that the receiver does not take", async () => {
    const world = new World();
    const a = await world.scheduler({ channels: [], grouped: ["chat"], patienceMs: 0 });
    world.receive = ({ ids }) =>
      ids.includes("j5-1/failed") ? { result: "final", because: "400", isContent: true } : DELIVERED;
    for (let index = 0; index < 20; index++)
      await a.fail(`j${index}`, { to: { chat: { tries: 0, next: world.clock.now() } } });
    await world.clock.advance(300_000);
    expect(world.waiting()).toEqual([]);
    expect(world.eventsOf("notice-dropped")).toEqual([expect.objectContaining({ job: "j5", cause: "400" })]);
    expect(world.eventsOf("notice-delivered")).toHaveLength(19);
    expect(world.messages.length).toBeLessThan(15);
  });

  it("is dropped whole where the address, or who sends it, is what is wrong", async () => {
    const world = new World();
    const a = await world.scheduler({ channels: [], grouped: ["chat"], patienceMs: 0 });
    world.receive = () => ({ result: "final", because: "410" });
    for (let index = 0; index < 20; index++)
      await a.fail(`j${index}`, { to: { chat: { tries: 0, next: world.clock.now() } } });
    await world.clock.advance(300_000);
    expect(world.messages).toHaveLength(1);
    expect(world.eventsOf("notice-dropped")).toHaveLength(20);
  });
});

describe("a clock that is set back", () => {
  const DAY_MS = 24 * 3600_000;

  it("does not keep a channel waiting that gathers, or that has just been told something", async () => {
    const world = new World();
    const a = await world.scheduler({ channels: [], grouped: ["chat"], patienceMs: 0 });
    const tell = async (job: string) => a.fail(job, { to: { chat: { tries: 0, next: world.clock.now() } } });
    for (const job of ["a", "b", "c", "d", "e"]) await tell(job);
    await world.clock.advance(1500);
    await tell("f");
    world.clock.set(new Date(world.clock.now().getTime() - DAY_MS));
    await tell("g");
    await world.clock.advance(120_000);
    expect(ids(world.messages).toSorted()).toEqual(["a", "b", "c", "d", "e", "f", "g"].map((job) => `${job}-1/failed`));
  });

  it("does not keep a channel in trouble waiting", async () => {
    const world = new World();
    world.receive = () => REFUSED;
    const a = await world.scheduler({ patienceMs: 0 });
    await a.fail("a");
    await world.clock.advance(600_000);
    world.receive = () => DELIVERED;
    world.messages.length = 0;
    world.clock.set(new Date(world.clock.now().getTime() - DAY_MS));
    await a.fail("b");
    await world.clock.advance(3600_000);
    expect(ids(world.messages)).toContain("b-1/failed");
  });

  it("of another scheduler, which was ahead, keeps nothing waiting for more than an hour", async () => {
    const world = new World();
    const b = await world.scheduler({ name: "b", patienceMs: 30_000 });
    const ahead = new Date(START.getTime() + 30 * DAY_MS);
    await b.fail("x", { to: { hook: { tries: 0, next: START } } });
    const other = await world.scheduler({ name: "c", channels: [] });
    await other.fail("y", { to: { hook: { tries: 3, next: ahead, last: "500" } } });
    await other.fail("z");
    other.kill();
    await world.clock.advance(3600_000 + 60_000);
    expect(ids(world.messages)).toContain("z-1/failed");
  });
});
