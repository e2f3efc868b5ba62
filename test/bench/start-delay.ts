import { writeFile } from "node:fs/promises";
import type { EngineClient } from "../lab/engine-client.ts";
import { removeAll, startedAt } from "./containers.ts";
import { atMost, type Figure } from "./figure.ts";
import type { Program } from "./program.ts";
import { COMMAND, RawClient } from "./raw-client.ts";
import { Scheduler, schedulesIn } from "./scheduler.ts";
import { nextSecond, untilTime } from "./seconds.ts";
import { median, spread } from "./statistics.ts";

const PAIRS = 42;
/** The first ones find nothing compiled and nothing cached, on both sides. */
const WARM_UP = 3;
/** What is prepared ahead of its time is there already; a raw client that creates when it is due has it all to do. */
const MOST = 0.65;

/**
 * How long after it is due a job's process runs, one start at a time: shipbell and the raw client in turns, so that
 * whatever changes on the machine changes for both. Of each four seconds, shipbell starts in the first, the raw client in
 * the second; in the third it begins a container that it has created a second before, which is the least that any scheduler
 * can come to, and shipbell prepares its next start.
 */
export async function measureStartDelay(engine: EngineClient, program: Program, folder: string): Promise<Figure[]> {
  const { dockerHost } = engine;
  await writeFile(schedulesIn(folder), schedule());
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-delay" });
  const raw = new RawClient(engine.socketPath, 1, "bench=delay");
  const delays: Delays[] = [];
  await scheduler.take("jobs-changed", 1);
  for (let pair = 0; pair < WARM_UP + PAIRS; pair++) {
    const ours = await ourDelay(engine, scheduler);
    const theirs = await rawDelay(engine, raw);
    delays.push({ ours, theirs, prepared: await preparedDelay(engine, raw) });
  }
  await scheduler.stop();
  await removeAll(engine);
  return report(delays.slice(WARM_UP));
}

interface Delays {
  readonly ours: number;
  /** Of the raw client. */
  readonly theirs: number;
  /** Of the raw client, where the container is there already. */
  readonly prepared: number;
}

function schedule(): string {
  const command = JSON.stringify(COMMAND);
  return `jobs:\n  delay:\n    schedule: "*/4 * * * * *"\n    image: busybox\n    command: ${command}\n`;
}

/** Due at the next fourth second. */
async function ourDelay(engine: EngineClient, scheduler: Scheduler): Promise<number> {
  const due = nextSecond(0, (second) => second % 4 === 0);
  const [run] = await scheduler.take("run-started", 1, scheduler.logged);
  return (await startedAt(engine, run?.containerId ?? "")) - due.getTime();
}

/** Begins at the next second after one of those. */
async function rawDelay(engine: EngineClient, raw: RawClient): Promise<number> {
  await untilTime(nextSecond(0, (second) => second % 4 === 1));
  const begun = Date.now();
  return delayOf(engine, await raw.start(), begun);
}

/** In the second after. */
async function preparedDelay(engine: EngineClient, raw: RawClient): Promise<number> {
  const id = await raw.create();
  await untilTime(nextSecond(0, (second) => second % 4 === 2));
  const begun = Date.now();
  await raw.begin(id);
  return delayOf(engine, id, begun);
}

async function delayOf(engine: EngineClient, id: string, begun: number): Promise<number> {
  const delay = (await startedAt(engine, id)) - begun;
  await engine.api("DELETE", `/containers/${id}?force=1`);
  return delay;
}

function report(delays: readonly Delays[]): Figure[] {
  const ours = delays.map((delay) => delay.ours);
  const theirs = delays.map((delay) => delay.theirs);
  const prepared = delays.map((delay) => delay.prepared);
  const ratio = median(ours) / median(theirs);
  const least = median(prepared) / median(theirs);
  return [
    atMost("due to running, one at a time, against raw HTTP: ratio of medians", ratio, { most: MOST, digits: 3 }),
    { name: "  shipbell", measured: spread(ours) },
    { name: "  raw HTTP", measured: spread(theirs) },
    { name: "  raw HTTP, created before", measured: `${spread(prepared)}: ${least.toFixed(3)} of it` },
  ];
}
