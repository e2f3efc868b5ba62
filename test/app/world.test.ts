import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppState } from "../../src/app/state.ts";
import { AppWorld } from "../../src/app/world.ts";
import { ledgerFileId } from "../../src/engines/open.ts";
import { Events } from "../../src/http/streams/events.ts";
import { openSqliteLedger, type SqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { Scene } from "../scenarios/scene.ts";
import { aJob, at } from "../support/a-job.ts";
import { FakeEngine } from "../support/fake-engine.ts";

let folder: string;
let scene: Scene;
const open: SqliteLedger[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-world-"));
  scene = new Scene(at("12:00"), () => {});
});
afterEach(() => {
  for (const ledger of open.splice(0)) ledger.close();
  rmSync(folder, { recursive: true });
});

/** The ledger of the scheduler that works, with a record of the job `backup`. */
async function workingLedger(): Promise<SqliteLedger> {
  await scene.startScheduler([aJob()]);
  await scene.clock.advance(1000);
  const ledger = openSqliteLedger(folder, scene.clock);
  open.push(ledger);
  await ledger.update("backup", () => scene.record("backup"));
  return ledger;
}

function appWorld() {
  const { clock } = scene;
  const state = new AppState({ clock, instance: "shipbell" });
  const changes = new Events({ clock, epoch: "e", records: () => world.records() });
  let opened = 0;
  const world: AppWorld = new AppWorld({
    state,
    clock,
    timezone: "UTC",
    timetables: createTimetables(),
    changes,
    tryChannel: async () => undefined,
    check: async () => ({ jobs: 0, problems: [] }),
    findFile: () => ledgerFileId({ ledgerFile: "ledger.db" }, folder),
    openAside: async () => {
      opened++;
      const ledger = openSqliteLedger(folder, clock);
      return { engine: new FakeEngine({ world: scene.world }), ledger, close: () => ledger.close() };
    },
  });
  return { state, world, timesOpened: () => opened };
}

describe("a scheduler that stands by", () => {
  it("shows what stands in the ledger, at most a second old, and says which one works", async () => {
    const ledger = await workingLedger();
    const { state, world, timesOpened } = appWorld();
    state.standbyBecause = "the scheduler with process id 7 has the lock";
    const { records, scheduler, definition } = await world.world();
    expect(records()?.get("backup")?.paused).toBeUndefined();
    expect(scheduler()).toMatchObject({ role: { kind: "standby", because: state.standbyBecause } });
    expect(scheduler()).not.toHaveProperty("ledgerDownBecause");
    expect(definition("backup")).toBeUndefined();
    await ledger.update("backup", (record) => record && { ...record, paused: { since: at("12:00") } });
    await scene.clock.advance(1000);
    expect(records()?.get("backup")?.paused).toBeDefined();
    await world.world();
    expect(timesOpened()).toBe(1);
  });

  it("takes requests for the one that works", async () => {
    const working = await workingLedger();
    const { state, world } = appWorld();
    state.standbyBecause = "another one";
    const { ledger } = await world.world();
    await ledger()?.update("backup", (record) => record && { ...record, paused: { since: at("12:00") } });
    expect((await working.read("backup"))?.paused).toBeDefined();
  });

  it("opens nothing before it is asked, and reads the file again that takes the place of the old one", async () => {
    const first = await workingLedger();
    const { state, world, timesOpened } = appWorld();
    state.standbyBecause = "another one";
    expect(timesOpened()).toBe(0);
    expect((await world.world()).records()?.size).toBe(1);
    first.close();
    open.pop();
    for (const end of ["", "-wal", "-shm"]) rmSync(join(folder, `ledger.db${end}`), { force: true });
    open.push(openSqliteLedger(folder, scene.clock));
    expect((await world.world()).records()?.size).toBe(0);
    await scene.clock.advance(10_000);
  });

  it("has nothing to show where there is no ledger yet", async () => {
    const { state, world, timesOpened } = appWorld();
    state.standbyBecause = "another one";
    expect((await world.world()).records()).toBeUndefined();
    expect(timesOpened()).toBe(0);
  });
});

describe("a scheduler that works", () => {
  it("shows what it knows, also to those who asked before it did", async () => {
    await workingLedger();
    const { state, world } = appWorld();
    state.standbyBecause = "another one";
    const before = await world.world();
    state.standbyBecause = undefined;
    state.loop = (await scene.startScheduler([aJob(), aJob({ name: "report", hash: "h2" })])).loop;
    await scene.clock.advance(1000);
    expect([...(before.records()?.keys() ?? [])].sort()).toEqual(["backup", "report"]);
    expect(before.ledger()).toBe(state.loop.operated);
    expect((await world.world()).records()).toBe(state.loop.book.records);
    await scene.clock.advance(10_000);
  });
});
