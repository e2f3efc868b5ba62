import { writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { EngineClient } from "../lab/engine-client.ts";
import { allEnded, removeAll, startedAt } from "./containers.ts";
import { atMost, type Figure } from "./figure.ts";
import type { Program } from "./program.ts";
import { COMMAND, RawClient } from "./raw-client.ts";
import { Scheduler, schedulesIn } from "./scheduler.ts";
import { nextSecond, onceAt, untilTime } from "./seconds.ts";
import { median } from "./statistics.ts";

const JOBS = 100;
const AT_ONCE = 8;
const ROUNDS = 3;
/** Of a start, the engine takes two fifths for what can be prepared ahead of its time. */
const MOST = 0.75;
/** A changed file is read within two seconds, and the changed jobs are written down; then starts are prepared for ten. */
const DECLARED_AFTER_MS = 14_000;

/** 100 jobs due in one second, against the raw client with as many starts at once; who begins, changes with the round. */
export async function measureBurst(engine: EngineClient, program: Program, folder: string): Promise<Figure[]> {
  const { dockerHost } = engine;
  await writeFile(schedulesIn(folder), "jobs: {}\n");
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-burst" });
  await scheduler.take("engine-up", 1);
  const raw = new RawClient(engine.socketPath, AT_ONCE, "bench=burst");
  const ours: Round[] = [];
  const theirs: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const sides = [
      async () => ours.push(await ourRound(engine, scheduler, folder)),
      async () => theirs.push(await rawRound(engine, raw)),
    ];
    for (const side of round % 2 === 0 ? sides : sides.reverse()) {
      await side();
      await allEnded(engine);
      await removeAll(engine);
      await pause(500);
    }
  }
  return report(ours, theirs);
}

interface Round {
  /** From due to the last process running. */
  readonly ms: number;
  readonly started: number;
}

async function ourRound(engine: EngineClient, scheduler: Scheduler, folder: string): Promise<Round> {
  const due = nextSecond(DECLARED_AFTER_MS);
  const after = scheduler.logged;
  await writeFile(schedulesIn(folder), schedule(due));
  const runs = await scheduler.take("run-started", JOBS, after);
  // Not before all have ended and are recorded: a round leaves nothing to do for the next one.
  await scheduler.take("run-finished", JOBS, after);
  const started = new Set(runs.map(({ job }) => job)).size;
  return roundOf(
    engine,
    due.getTime(),
    runs.map(({ containerId }) => containerId ?? ""),
    started,
  );
}

function schedule(due: Date): string {
  const keys = { schedule: onceAt(due), image: "busybox", command: COMMAND };
  const jobs = Array.from({ length: JOBS }, (_, index) => [`burst-${index}`, keys]);
  return JSON.stringify({ jobs: Object.fromEntries(jobs) });
}

async function rawRound(engine: EngineClient, raw: RawClient): Promise<Round> {
  await untilTime(nextSecond(1000));
  const begun = Date.now();
  const ids = await raw.startAll(JOBS);
  return roundOf(engine, begun, ids, ids.length);
}

async function roundOf(engine: EngineClient, begun: number, ids: readonly string[], started: number): Promise<Round> {
  const times = await Promise.all(ids.map((id) => startedAt(engine, id)));
  return { ms: Math.max(...times) - begun, started };
}

function report(ours: readonly Round[], theirs: readonly Round[]): Figure[] {
  const ratio = median(ours.map(({ ms }) => ms)) / median(theirs.map(({ ms }) => ms));
  const dropped = ours.reduce((sum, { started }) => sum + JOBS - started, 0);
  return [
    atMost(`${JOBS} due in one second, against raw HTTP: ratio of medians`, ratio, { most: MOST, digits: 3 }),
    { name: "  shipbell", measured: rounds(ours) },
    { name: "  raw HTTP", measured: rounds(theirs) },
    atMost("  dropped", dropped, { most: 0, digits: 0 }),
  ];
}

function rounds(all: readonly Round[]): string {
  return `median ${seconds(median(all.map(({ ms }) => ms)))} s (${all.map(({ ms }) => seconds(ms)).join(", ")})`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
