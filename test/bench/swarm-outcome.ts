import { writeFile } from "node:fs/promises";
import type { LabSwarm } from "../lab/swarm.ts";
import { managerOf, untilIdle } from "./bench-swarm.ts";
import { atMost, type Figure } from "./figure.ts";
import type { Program } from "./program.ts";
import { Scheduler, schedulesIn } from "./scheduler.ts";
import { nextSecond, onceAt } from "./seconds.ts";
import { quantile } from "./statistics.ts";
import { TaskEnds } from "./task-ends.ts";
import { OF_THE_RUN, Witness, witnessed } from "./witness.ts";

const JOBS = 12;
const ROUNDS = 3;
/** They last so long that they are looked at as all long runs are, and end one after the other at all kinds of times. */
const SHORTEST_SECONDS = 6;
const APART_SECONDS = 0.53;
const DECLARED_AFTER_MS = 5000;

/** Where the processes run, and how soon the log is to tell that one has ended. */
const PLACES = [
  { name: "the manager", host: "m1", mostMs: 250 },
  { name: "a worker", host: "w1", mostMs: 1200 },
] as const;
type Place = (typeof PLACES)[number];

/** Both from a process's end, in milliseconds: to its outcome in the log, and until Swarm knows of it. */
interface Delay {
  readonly told: number;
  readonly known: number;
}

/** From a process's end to its outcome in the log; the places take turns. */
export async function measureSwarmOutcome(swarm: LabSwarm, program: Program, folder: string): Promise<Figure[]> {
  const { dockerHost, socketPath } = managerOf(swarm);
  const witness = await Witness.in(folder);
  await writeFile(schedulesIn(folder), "jobs: {}\n");
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-outcome" });
  await scheduler.take("engine-up", 1);
  await using ends = new TaskEnds(socketPath);
  const measured = PLACES.map((place) => ({ place, delays: [] as Delay[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { place, delays } of measured) {
      delays.push(...(await runsOn(place.host, { scheduler, witness, ends, folder })));
      await untilIdle(swarm);
    }
  }
  return measured.flatMap(({ place, delays }) => report(place, delays));
}

interface Parts {
  readonly scheduler: Scheduler;
  readonly witness: Witness;
  readonly ends: TaskEnds;
  readonly folder: string;
}

async function runsOn(host: string, { scheduler, witness, ends, folder }: Parts): Promise<Delay[]> {
  const due = nextSecond(DECLARED_AFTER_MS);
  const after = scheduler.logged;
  await writeFile(schedulesIn(folder), schedule(due, witness, host));
  const finished = await scheduler.take("run-finished", JOBS, after);
  const delays = finished.map(async ({ run = "", time = "" }) => {
    const endedAt = await witness.timeOf(run);
    return { told: Date.parse(time) - endedAt, known: (ends.seenAt(run) ?? Number.NaN) - endedAt };
  });
  return Promise.all(delays);
}

function schedule(due: Date, { volume }: Witness, host: string): string {
  const job = (index: number) => ({
    schedule: onceAt(due),
    image: "busybox",
    command: witnessed(OF_THE_RUN, `sleep ${(SHORTEST_SECONDS + index * APART_SECONDS).toFixed(2)}; `),
    volumes: [volume],
    deploy: { placement: { constraints: [`node.hostname == ${host}`] } },
  });
  const jobs = Array.from({ length: JOBS }, (_, index) => [`${host}-${index}`, job(index)]);
  return JSON.stringify({ jobs: Object.fromEntries(jobs) });
}

function report({ name, mostMs }: Place, delays: readonly Delay[]): Figure[] {
  const told = delays.map((delay) => delay.told);
  // Now and then shipbell is the first to see it, and has removed the service.
  const known = delays.map((delay) => delay.known).filter((ms) => !Number.isNaN(ms));
  const goal = { most: mostMs, unit: " ms", digits: 0, details: spreadOf(told) };
  return [
    atMost(`Swarm: end of a process on ${name} to its outcome in the log: p95`, quantile(told, 0.95), goal),
    { name: "  of it until Swarm knows", measured: spreadOf(known) },
  ];
}

function spreadOf(values: readonly number[]): string {
  const [half, most, last] = [0.5, 0.95, 1].map((part) => quantile(values, part).toFixed(0));
  return `p50 ${half}, p95 ${most}, max ${last} ms, n = ${values.length}`;
}
