import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Figure } from "./figure.ts";
import { cpuMs, residentMb } from "./process-usage.ts";
import type { Program } from "./program.ts";
import { Scheduler, schedulesIn } from "./scheduler.ts";
import { nextSecond, onceAt } from "./seconds.ts";
import { Witness, witnessed } from "./witness.ts";

/** How many jobs there are, of which none is due. */
const SIZES = [1, 10, 100, 1000, 10_000];
/** Long enough to count next to no processor time in hundredths of a second. */
const IDLE_MS = 60_000;
/** Garbage of loading is collected after two seconds, and what V8 does later, within eight. */
const SETTLED_MS = 15_000;
/** How many are due in one second. */
const DUE = [1, 10, 100];
/** A changed file is read within two seconds; then starts are prepared for ten. */
const DECLARED_AFTER_MS = 14_000;
/** With each job due once a minute, so many runs in a minute. */
const STEADY_JOBS = 100;
const NOTED_EVERY_MS = 5 * 60_000;

interface GrowthPlace {
  readonly dockerHost: string;
  /** `on an engine`, `on a Swarm of five hosts`. */
  readonly where: string;
  /** How long the steady load lasts. */
  readonly minutes: number;
}

/** How what the scheduler costs grows with the jobs that there are, with those that are due at once, and with time. */
export async function measureGrowth(place: GrowthPlace, program: Program, folder: string): Promise<Figure[]> {
  return [
    ...(await withJobsAtRest(place, program, folder)),
    ...(await withManyDue(place, program, folder)),
    ...(await withSteadyLoad(place, program, folder)),
  ];
}

async function withJobsAtRest({ dockerHost, where }: GrowthPlace, program: Program, parent: string) {
  const figures: Figure[] = [];
  for (const jobs of SIZES) {
    const folder = join(parent, `rest-${jobs}`);
    await mkdir(folder);
    const keys = { schedule: "0 4 1 1 *", image: "busybox", command: ["true"] };
    const named = Array.from({ length: jobs }, (_, index) => [`job-${index}`, keys]);
    await writeFile(schedulesIn(folder), JSON.stringify({ jobs: Object.fromEntries(named) }));
    await using scheduler = new Scheduler({ program, dockerHost, folder, instance: `bench-rest-${jobs}` });
    await scheduler.take("jobs-changed", 1);
    await pause(SETTLED_MS);
    const loadedMs = await cpuMs(scheduler.pid);
    await pause(IDLE_MS);
    const idle = ((await cpuMs(scheduler.pid)) - loadedMs) / IDLE_MS;
    const mb = await residentMb(scheduler.pid);
    figures.push({
      name: `${where}, ${jobs.toLocaleString("en")} ${jobs === 1 ? "job" : "jobs"} at rest`,
      measured: `${mb.toFixed(0)} MB, ${(100 * idle).toFixed(2)} % of a core; ${(loadedMs / 1000).toFixed(1)} s of CPU until loaded`,
    });
  }
  return figures;
}

async function withManyDue({ dockerHost, where }: GrowthPlace, program: Program, parent: string) {
  const folder = join(parent, "due");
  const witness = await Witness.in(folder);
  await writeFile(schedulesIn(folder), "jobs: {}\n");
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-due" });
  await scheduler.take("engine-up", 1);
  const figures: Figure[] = [];
  for (const jobs of DUE) {
    const after = scheduler.logged;
    const before = await cpuMs(scheduler.pid);
    const due = nextSecond(DECLARED_AFTER_MS);
    const names = Array.from({ length: jobs }, (_, index) => `due-${jobs}-${index}`);
    const keysOf = (name: string) => {
      const command = witnessed(name);
      return { schedule: onceAt(due), image: "busybox", command, volumes: [witness.volume] };
    };
    const text = { jobs: Object.fromEntries(names.map((name) => [name, keysOf(name)])) };
    await writeFile(schedulesIn(folder), JSON.stringify(text));
    await scheduler.take("run-finished", jobs, after);
    const lastMs = (await witness.lastOf(`due-${jobs}-`, jobs)) - due.getTime();
    const perRun = ((await cpuMs(scheduler.pid)) - before) / jobs;
    figures.push({
      name: `${where}, ${jobs} due in one second`,
      measured: `the last process after ${(lastMs / 1000).toFixed(2)} s; ${perRun.toFixed(0)} ms of CPU for each, with its definition`,
    });
  }
  return figures;
}

async function withSteadyLoad({ dockerHost, where, minutes }: GrowthPlace, program: Program, parent: string) {
  const folder = join(parent, "steady");
  await mkdir(folder);
  const job = (index: number) => {
    const command = ["sh", "-c", "echo one; echo two"];
    return [`job-${index}`, { schedule: `${index % 60} * * * * *`, image: "busybox", command }];
  };
  const jobs = Object.fromEntries(Array.from({ length: STEADY_JOBS }, (_, index) => job(index)));
  await writeFile(schedulesIn(folder), JSON.stringify({ jobs }));
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-steady" });
  await scheduler.take("jobs-changed", 1);
  const ends = performance.now() + minutes * 60_000;
  const mb: number[] = [];
  const count = (event: string) => scheduler.log.filter((line) => line.event === event).length;
  while (performance.now() < ends) {
    await pause(Math.min(NOTED_EVERY_MS, ends - performance.now()));
    mb.push(await residentMb(scheduler.pid));
    process.stderr.write(`  ${count("run-finished")} runs have ended; ${mb.at(-1)?.toFixed(0)} MB\n`);
  }
  const runs = count("run-finished");
  const passedOver = count("occurrence-skipped") + count("occurrence-missed");
  const perRun = (await cpuMs(scheduler.pid)) / runs;
  return [
    {
      name: `${where}, ${STEADY_JOBS} runs a minute for ${minutes} ${minutes === 1 ? "minute" : "minutes"}`,
      measured: `${runs} runs, ${passedOver} skipped or missed; ${perRun.toFixed(1)} ms of CPU for each`,
    },
    { name: "  memory, noted every five minutes", measured: `${mb.map((each) => each.toFixed(0)).join(", ")} MB` },
  ];
}
