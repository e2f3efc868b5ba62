import { describe, expect, it } from "vitest";
import { openRecord } from "../../src/ledger/changes/definitions.ts";
import type { Ping } from "../../src/ledger/record.ts";
import { type Check, Pings, pingAddress } from "../../src/notify/pings.ts";
import { runUuid } from "../../src/notify/run-uuid.ts";
import type { Sent } from "../../src/notify/sent.ts";
import { createRunEvents, type RunEvent } from "../../src/observe/run-events.ts";
import { Book } from "../../src/runs/book.ts";
import { aJob } from "../support/a-job.ts";
import { FakeClock, settled } from "../support/fake-clock.ts";
import { MemoryLedger, MemoryLedgerStore } from "../support/memory-ledger.ts";

const START = new Date("2026-11-18T03:00:00Z");
const RUN = "backup-20261118t030000z";
const TAKEN: Sent = { result: "delivered", because: "200" };

class World {
  readonly clock = new FakeClock(START);
  readonly store = new MemoryLedgerStore();
  readonly pinged: string[] = [];
  readonly bodies: string[] = [];
  readonly told: RunEvent[] = [];
  receive: (by: string) => Sent | Promise<Sent> = () => TAKEN;
  check: Check | undefined = { url: "https://hc.example/uuid", output: false };

  scheduler(name = "a", patienceMs = 30_000) {
    return new Scheduler(this, { name, patienceMs });
  }

  pings() {
    const read = this.store.readRecord("backup");
    return read?.kind === "record" ? read.record.pings : undefined;
  }
}

class Scheduler {
  readonly ledger: MemoryLedger;
  readonly book: Book;
  readonly stopping = new AbortController();
  readonly #world: World;
  readonly #running: Promise<void>;

  constructor(world: World, { name, patienceMs }: { readonly name: string; readonly patienceMs: number }) {
    this.#world = world;
    this.ledger = new MemoryLedger(world.store);
    const events = createRunEvents();
    events.on((event) => world.told.push(event));
    const pings = new Pings({
      clock: world.clock,
      events,
      instance: "shipbell",
      patienceMs,
      records: () => this.book.records,
      change: (job, change) => this.book.change(job, change),
      checkOf: async () => world.check,
      outputOf: async (_, run) => `lines of ${run}`,
      deliver: async ({ url, body }, signal) => {
        const { pathname } = new URL(url);
        const seconds = (world.clock.now().getTime() - START.getTime()) / 1000;
        world.pinged.push(`${seconds} ${name} ${pathname.replace("/uuid", "")}`);
        world.bodies.push(body);
        const stopped = new Promise<Sent>((resolve) => {
          signal.addEventListener("abort", () => resolve({ result: "perhaps", because: "stopped" }));
        });
        return Promise.race([world.receive(name), stopped]);
      },
    });
    this.book = new Book(this.ledger, {
      onWon: (before, after) => pings.recordChanged(before, after),
      onRecord: (before, after) => pings.recordSeen(before, after),
    });
    this.ledger.watch((job) => void (job && this.book.reread(job)), this.stopping.signal);
    this.#running = this.book.load().then(() => pings.run(this.stopping.signal, 1000));
  }

  /** As the swap of a start or an end writes it. */
  async ping(kind: Ping["kind"], more: Partial<Ping> = {}): Promise<void> {
    const { clock } = this.#world;
    const job = aJob({ telling: { notify: [], healthchecks: { url: "https://hc.example/uuid", output: false } } });
    await this.book.change("backup", (record) => {
      const known = record ?? openRecord(job, 1, clock.now());
      const ping: Ping = { kind, run: RUN, at: clock.now(), ...more };
      const others = (known.pings ?? []).filter(
        (each) => each.kind !== kind && (kind === "start" || each.run !== ping.run),
      );
      return { ...known, pings: [...others, ping] };
    });
    await settled();
  }

  kill(): void {
    this.ledger.onUpdate = () => new Promise(() => {});
    this.stopping.abort();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.#running;
  }
}

const ended = { outcome: "succeeded", exitCode: 0 } as const;

describe("the address", () => {
  const at = START;
  const end = (more: Partial<Ping>) =>
    pingAddress("https://hc.example/uuid", { kind: "end", run: RUN, at, ...more }, "r");

  it.each([
    ["a success, whatever its exit code", { outcome: "succeeded", exitCode: 3 }, "/uuid/0"],
    ["a failure", { outcome: "failed", exitCode: 2 }, "/uuid/2"],
    ["a run that timed out, although its process ended with 0", { outcome: "timed-out", exitCode: 0 }, "/uuid/fail"],
    ["a run that never ran", { outcome: "rejected" }, "/uuid/fail"],
    ["a run of which the end is not known", { outcome: "lost" }, "/uuid/fail"],
    ["a run that was cancelled", { outcome: "cancelled", exitCode: 143 }, "/uuid/log"],
    ["a run that was replaced", { outcome: "replaced", exitCode: 143 }, "/uuid/log"],
  ] as const)("of %s", (_, ping, path) => {
    expect(end(ping)).toBe(`https://hc.example${path}?rid=r`);
  });

  it("of a start, by a slug that is created, with the key and without a doubled slash", () => {
    expect(pingAddress("https://hc.example/key/backup/?create=1", { kind: "start", run: RUN, at }, "r")).toBe(
      "https://hc.example/key/backup/start?create=1&rid=r",
    );
  });
});

describe("a run", () => {
  it("is told at its start and its end, with the same ID, which leaves nothing on the record", async () => {
    const world = new World();
    const a = world.scheduler();
    await settled();
    await a.ping("start");
    await world.clock.advance(60_000);
    await a.ping("end", ended);
    await settled();
    expect(world.pinged).toEqual(["0 a /start", "60 a /0"]);
    expect(world.pings()).toBeUndefined();
    await world.clock.advance(3600_000);
    expect(world.pinged).toHaveLength(2);
    expect(runUuid("shipbell", RUN)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  });

  it("sends the end of its output only where that is asked for, and at most 2 KB of it", async () => {
    const world = new World();
    world.check = { url: "https://hc.example/uuid", output: true };
    const a = world.scheduler();
    await settled();
    await a.ping("start");
    await a.ping("end", ended);
    expect(world.bodies).toEqual(["", `lines of ${RUN}`]);
  });

  it("is told of its end for a day while the check does not answer, and of its start for five minutes", async () => {
    const world = new World();
    world.receive = () => ({ result: "again", because: "connection refused" });
    const a = world.scheduler();
    await settled();
    await a.ping("start");
    await world.clock.advance(3600_000);
    expect(world.pinged).toEqual(["0 a /start", "5 a /start", "20 a /start", "80 a /start"]);
    await a.ping("end", ended);
    await world.clock.advance(2 * 24 * 3600_000);
    const ends = world.pinged.filter((ping) => ping.endsWith("/0"));
    expect(ends.length).toBeGreaterThan(20);
    expect(world.pings()).toBeUndefined();
    expect(world.told.at(-1)).toEqual({
      event: "ping-failed",
      job: "backup",
      run: RUN,
      ping: "end",
      cause: "connection refused",
    });
  });

  it("is not told of a start once it has ended", async () => {
    const world = new World();
    world.receive = () => ({ result: "again", because: "503" });
    const a = world.scheduler();
    await settled();
    await a.ping("start");
    world.receive = () => TAKEN;
    await a.ping("end", ended);
    await world.clock.advance(60_000);
    expect(world.pinged).toEqual(["0 a /start", "0 a /0"]);
  });

  it("is told no more where the check refuses for good, or is gone", async () => {
    const world = new World();
    world.receive = () => ({ result: "final", because: "404" });
    const a = world.scheduler();
    await settled();
    await a.ping("end", ended);
    await world.clock.advance(3600_000);
    expect(world.pinged).toHaveLength(1);
    world.check = undefined;
    await a.ping("end", { ...ended, run: "backup-2" });
    await world.clock.advance(3600_000);
    expect(world.pinged).toHaveLength(1);
    expect(world.pings()).toBeUndefined();
  });
});

describe("several schedulers", () => {
  it("tell an end once", async () => {
    const world = new World();
    const a = world.scheduler("a");
    const b = world.scheduler("b");
    await settled();
    await a.ping("start");
    await world.clock.advance(10_000);
    await b.ping("end", ended);
    await world.clock.advance(3600_000);
    expect(world.pinged).toEqual(["0 a /start", "10 b /0"]);
  });

  it("tell an end that a dead one left, after 30 s, and no start", async () => {
    const world = new World();
    const a = world.scheduler("a");
    world.scheduler("b");
    await settled();
    world.receive = (by) => (by === "a" ? new Promise(() => {}) : TAKEN);
    await a.ping("start");
    await world.clock.advance(20_000);
    expect(world.pinged).toEqual(["0 a /start"]);
    await a.ping("end", ended);
    a.kill();
    await world.clock.advance(60_000);
    expect(world.pinged.slice(1)).toEqual(["50 b /0"]);
  });

  it("tell an end at once after a restart, where there is only one of them", async () => {
    const world = new World();
    const a = world.scheduler("a", 0);
    await settled();
    world.receive = () => new Promise(() => {});
    await a.ping("end", ended);
    a.kill();
    await world.clock.advance(5000);
    world.receive = () => TAKEN;
    world.scheduler("b", 0);
    await settled();
    expect(world.pinged).toEqual(["0 a /0", "5 b /0"]);
    expect(world.pings()).toBeUndefined();
  });
});
