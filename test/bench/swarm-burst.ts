import { writeFile } from "node:fs/promises";
import type { LabSwarm } from "../lab/swarm.ts";
import { managerOf, untilIdle } from "./bench-swarm.ts";
import { atMost, type Figure } from "./figure.ts";
import type { Program } from "./program.ts";
import { RawServices } from "./raw-services.ts";
import { Scheduler, schedulesIn } from "./scheduler.ts";
import { nextSecond, onceAt, untilTime } from "./seconds.ts";
import { median } from "./statistics.ts";
import { Witness, witnessed } from "./witness.ts";

const JOBS = 40;
const AT_ONCE = 4;
const ROUNDS = 5;
const MOST = 1.05;
/** A changed file is read within two seconds; the changed jobs are then written down. */
const DECLARED_AFTER_MS = 5000;

/** 40 jobs due in one second, against the raw client with four services at a time; who begins, changes with the round. */
export async function measureSwarmBurst(swarm: LabSwarm, program: Program, folder: string): Promise<Figure[]> {
  const { dockerHost, socketPath } = managerOf(swarm);
  const witness = await Witness.in(folder);
  await writeFile(schedulesIn(folder), "jobs: {}\n");
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-burst" });
  await scheduler.take("engine-up", 1);
  const raw = new RawServices(socketPath, AT_ONCE, witness);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const sides = [
      async () => ours.push(await ourRound(scheduler, witness, { folder, prefix: `ours-${round}-` })),
      async () => theirs.push(await rawRound(raw, witness, `raw-${round}-`)),
    ];
    for (const side of round % 2 === 0 ? sides : sides.reverse()) {
      await untilIdle(swarm);
      await side();
    }
  }
  return report(ours, theirs);
}

/** Resolves to the time from due to the last process's end. */
async function ourRound(scheduler: Scheduler, witness: Witness, of: { folder: string; prefix: string }) {
  const due = nextSecond(DECLARED_AFTER_MS);
  const after = scheduler.logged;
  await writeFile(schedulesIn(of.folder), schedule(due, witness, of.prefix));
  await scheduler.take("run-finished", JOBS, after);
  return (await witness.lastOf(of.prefix, JOBS)) - due.getTime();
}

function schedule(due: Date, { volume }: Witness, prefix: string): string {
  const job = (name: string) => ({
    schedule: onceAt(due),
    image: "busybox",
    command: witnessed(name),
    volumes: [volume],
  });
  const names = Array.from({ length: JOBS }, (_, index) => `${prefix}${index}`);
  return JSON.stringify({ jobs: Object.fromEntries(names.map((name) => [name, job(name)])) });
}

async function rawRound(raw: RawServices, witness: Witness, prefix: string): Promise<number> {
  await untilTime(nextSecond(1000));
  const begun = Date.now();
  let next = 0;
  const runNext = async () => {
    while (next < JOBS) await raw.run(`${prefix}${next++}`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runNext));
  return (await witness.lastOf(prefix, JOBS)) - begun;
}

function report(ours: readonly number[], theirs: readonly number[]): Figure[] {
  const name = `Swarm: ${JOBS} due in one second, until the last has run, against raw HTTP: ratio of medians`;
  return [
    atMost(name, median(ours) / median(theirs), { most: MOST, digits: 3 }),
    { name: "  shipbell", measured: rounds(ours) },
    { name: "  raw HTTP", measured: rounds(theirs) },
  ];
}

function rounds(all: readonly number[]): string {
  return `median ${seconds(median(all))} s (${all.map(seconds).join(", ")})`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
