import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { EngineClient } from "../lab/engine-client.ts";
import { atMost, type Figure } from "./figure.ts";
import { cpuMs, residentMb } from "./process-usage.ts";
import type { Program } from "./program.ts";
import { Scheduler, schedulesIn, stateIn } from "./scheduler.ts";

/** How many jobs, and what the process may be large then, in megabytes. */
const SIZES = [
  { jobs: 0, mostMb: 80 },
  { jobs: 1000, mostMb: 95 },
  { jobs: 10_000, mostMb: 150 },
] as const;
type Size = (typeof SIZES)[number];

const MOST_LOAD_SECONDS = 1.5;
const MOST_IDLE_PERCENT = 0.1;
const IDLE_MS = 40_000;
const SCRAPES = 5;
/** Whoever has used next to no processor for so long has nothing left to do: V8 collects garbage up to 8 s later. */
const QUIET_MS = 10_000;
/** What the clock of the system can tell apart. */
const NEXT_TO_NONE_MS = 10;

/** What schedulers cost while nothing is due: they load one after the other, and then idle together. */
export async function measureIdle(engine: EngineClient, program: Program, folder: string): Promise<Figure[]> {
  const candidates: Candidate[] = [];
  try {
    for (const size of SIZES) candidates.push(await open(engine, program, join(folder, `${size.jobs}`), size));
    await idle(candidates, "percent");
    for (const candidate of candidates) await scrape(candidate);
    await Promise.all(candidates.map(({ scheduler }) => quiet(scheduler)));
    await idle(candidates, "percentScraped");
    return candidates.flatMap(report);
  } finally {
    for (const { scheduler } of candidates) await scheduler.stop();
  }
}

interface Candidate {
  readonly size: Size;
  readonly scheduler: Scheduler;
  /** CPU until all jobs were loaded: with no ledger yet, and with one that knows them all. */
  readonly loadSeconds: readonly [first: number, second: number];
  /** Resident, by when it was measured. */
  readonly mb: Record<string, number>;
  percent: number;
  percentScraped: number;
}

async function open(engine: EngineClient, program: Program, folder: string, size: Size): Promise<Candidate> {
  await mkdir(folder);
  await writeFile(schedulesIn(folder), idleJobs(size.jobs));
  const settings = { program, dockerHost: engine.dockerHost, folder, instance: `bench-idle-${size.jobs}` };
  const first = new Scheduler(settings);
  const firstLoad = await loaded(first, folder, size.jobs);
  const afterFirst = await residentMb(first.pid);
  await first.stop();
  const scheduler = new Scheduler(settings);
  const secondLoad = await loaded(scheduler, folder, size.jobs);
  const mb = { "first start": afterFirst, start: await residentMb(scheduler.pid) };
  return { size, scheduler, loadSeconds: [firstLoad, secondLoad], mb, percent: 0, percentScraped: 0 };
}

/** Due once a day, each at another minute, and none within the next hours. */
function idleJobs(count: number): string {
  const hour = new Date().getUTCHours();
  const job = (index: number) => {
    const minutes = index % (18 * 60);
    const schedule = `${minutes % 60} ${(hour + 3 + Math.floor(minutes / 60)) % 24} * * *`;
    return `  idle-${index}:\n    schedule: "${schedule}"\n    image: busybox\n    command: echo ${index}\n`;
  };
  return count === 0 ? "jobs: {}\n" : `jobs:\n${Array.from({ length: count }, (_, index) => job(index)).join("")}`;
}

/** Resolves, once every job has its record and there is nothing left to do, to the CPU seconds since the process began. */
async function loaded(scheduler: Scheduler, folder: string, jobs: number): Promise<number> {
  await scheduler.take("engine-up", 1);
  if (jobs > 0) await scheduler.take("jobs-changed", 1);
  while (countRecords(folder) < jobs) await pause(50);
  await quiet(scheduler);
  return (await cpuMs(scheduler.pid)) / 1000;
}

/** Resolves when there is nothing left to do. */
async function quiet({ pid }: Scheduler): Promise<void> {
  for (let before = Number.NEGATIVE_INFINITY, now = 0; now - before > NEXT_TO_NONE_MS; ) {
    before = await cpuMs(pid);
    await pause(QUIET_MS);
    now = await cpuMs(pid);
  }
}

function countRecords(folder: string): number {
  const ledger = new DatabaseSync(join(stateIn(folder), "ledger.db"), { readOnly: true });
  try {
    return Number(ledger.prepare("SELECT count(*) AS count FROM pages").get()?.count);
  } finally {
    ledger.close();
  }
}

async function idle(candidates: readonly Candidate[], kind: "percent" | "percentScraped"): Promise<void> {
  const before = await Promise.all(candidates.map(({ scheduler }) => cpuMs(scheduler.pid)));
  await pause(IDLE_MS);
  for (const [index, candidate] of candidates.entries()) {
    const used = (await cpuMs(candidate.scheduler.pid)) - (before[index] ?? 0);
    candidate[kind] = (used / IDLE_MS) * 100;
    candidate.mb[kind === "percent" ? "idle" : "idle after scrapes"] = await residentMb(candidate.scheduler.pid);
  }
}

async function scrape({ scheduler, mb }: Candidate): Promise<void> {
  for (let scrapes = 0; scrapes < SCRAPES; scrapes++) {
    await scheduler.scrape();
    await pause(500);
  }
  mb.scraped = await residentMb(scheduler.pid);
}

function report({ size, mb, loadSeconds, percent, percentScraped }: Candidate): Figure[] {
  const jobs = `${size.jobs.toLocaleString("en")} idle jobs`;
  const details = Object.entries(mb).map(([when, value]) => `${when} ${value.toFixed(0)}`);
  const load = loadSeconds.map((seconds) => seconds.toFixed(2));
  const figures = [
    atMost(`${jobs}: resident memory`, Math.max(...Object.values(mb)), {
      most: size.mostMb,
      unit: " MB",
      digits: 0,
      details: details.join(", "),
    }),
    atMost(`${jobs}: CPU while idle`, Math.max(percent, percentScraped), {
      most: MOST_IDLE_PERCENT,
      unit: " %",
      details: `of a core; before scrapes ${percent.toFixed(2)}, after ${percentScraped.toFixed(2)}`,
    }),
  ];
  const loading = `${jobs}: CPU until loaded`;
  const starts = `first start ${load[0]}, second ${load[1]}`;
  if (size.jobs < 10_000) return [...figures, { name: loading, measured: `${starts} s` }];
  return [
    ...figures,
    atMost(loading, Math.max(...loadSeconds), { most: MOST_LOAD_SECONDS, unit: " s", details: starts }),
  ];
}
