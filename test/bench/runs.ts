import { writeFile } from "node:fs/promises";
import type { EngineClient } from "../lab/engine-client.ts";
import { removeAll } from "./containers.ts";
import { atMost, type Figure } from "./figure.ts";
import { cpuMs, residentMb } from "./process-usage.ts";
import type { Program } from "./program.ts";
import { Scheduler, schedulesIn } from "./scheduler.ts";

/** Each is due once in so many seconds, and with `JOBS` of them three are due each second. */
const EVERY_S = 10;
const JOBS = 30;
/** What is compiled on the way is compiled by then. */
const WARM_UP_RUNS = 100;
const RUNS = 500;
const MOST_MS = 5;

/** What a run costs the scheduler, of two lines of output each, where three are due in each second. */
export async function measureRuns(engine: EngineClient, program: Program, folder: string): Promise<Figure[]> {
  await writeFile(schedulesIn(folder), schedule());
  const { dockerHost } = engine;
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-runs" });
  await untilEnded(scheduler, WARM_UP_RUNS);
  const before = { cpuMs: await cpuMs(scheduler.pid), mb: await residentMb(scheduler.pid), ended: ended(scheduler) };
  await untilEnded(scheduler, before.ended + RUNS);
  const runs = ended(scheduler) - before.ended;
  const perRunMs = ((await cpuMs(scheduler.pid)) - before.cpuMs) / runs;
  const mb = await residentMb(scheduler.pid);
  await scheduler.stop();
  await removeAll(engine);
  return [
    atMost("CPU of the scheduler per run of two lines", perRunMs, { most: MOST_MS, unit: " ms", digits: 1 }),
    { name: "  memory before and after these runs", measured: `${before.mb.toFixed(0)}, ${mb.toFixed(0)} MB` },
  ];
}

/** However long all of them take: it is each next one that is waited for. */
async function untilEnded(scheduler: Scheduler, runs: number): Promise<void> {
  while (ended(scheduler) < runs) await scheduler.take("run-finished", 1, scheduler.logged);
}

function ended(scheduler: Scheduler): number {
  return scheduler.log.filter(({ event }) => event === "run-finished").length;
}

function schedule(): string {
  const command = ["sh", "-c", "echo one; echo two"];
  const jobs = Array.from({ length: JOBS }, (_, index) => {
    const keys = { schedule: `${index % EVERY_S}/${EVERY_S} * * * * *`, image: "busybox", command };
    return [`job-${index}`, keys];
  });
  return JSON.stringify({ jobs: Object.fromEntries(jobs) });
}
