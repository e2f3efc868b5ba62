import { writeFile } from "node:fs/promises";
import type { LabSwarm } from "../lab/swarm.ts";
import { managerOf, untilIdle } from "./bench-swarm.ts";
import { atMost, type Figure } from "./figure.ts";
import type { Program } from "./program.ts";
import { RawServices } from "./raw-services.ts";
import { Scheduler, schedulesIn } from "./scheduler.ts";
import { nextSecond, untilTime } from "./seconds.ts";
import { median, spread } from "./statistics.ts";
import { OF_THE_RUN, Witness, witnessed } from "./witness.ts";

const PAIRS = 40;
/** The first ones find nothing compiled and nothing cached, on both sides. */
const WARM_UP = 3;
const MOST = 1.1;
/** Each gets half of it, which is enough for a service to come and go. */
const PAIR_SECONDS = 4;

/** How long after it is due a job's process runs, on an idle Swarm: shipbell and the raw client take turns. */
export async function measureSwarmDelay(swarm: LabSwarm, program: Program, folder: string): Promise<Figure[]> {
  const { dockerHost, socketPath } = managerOf(swarm);
  const witness = await Witness.in(folder);
  await writeFile(schedulesIn(folder), schedule(witness));
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-delay" });
  const raw = new RawServices(socketPath, 1, witness);
  await scheduler.take("jobs-changed", 1);
  const delays: { ours: number; theirs: number; told: number }[] = [];
  for (let pair = 0; pair < WARM_UP + PAIRS; pair++) {
    delays.push({ ...(await ourDelay(scheduler, witness)), theirs: await rawDelay(raw, witness, `raw-${pair}`) });
  }
  await scheduler.stop();
  await untilIdle(swarm);
  return report(delays.slice(WARM_UP));
}

function schedule({ volume }: Witness): string {
  const command = witnessed(OF_THE_RUN);
  const job = { schedule: `*/${PAIR_SECONDS} * * * * *`, image: "busybox", command, volumes: [volume] };
  return JSON.stringify({ jobs: { delay: job } });
}

/** From due to the process, and from the process to its outcome in the log. */
async function ourDelay(scheduler: Scheduler, witness: Witness): Promise<{ ours: number; told: number }> {
  const due = nextSecond(0, (second) => second % PAIR_SECONDS === 0);
  const [finished] = await scheduler.take("run-finished", 1, scheduler.logged);
  const ranAt = await witness.timeOf(finished?.run ?? "");
  return { ours: ranAt - due.getTime(), told: Date.parse(finished?.time ?? "") - ranAt };
}

async function rawDelay(raw: RawServices, witness: Witness, name: string): Promise<number> {
  await untilTime(nextSecond(0, (second) => second % PAIR_SECONDS === PAIR_SECONDS / 2));
  const begun = Date.now();
  await raw.run(name);
  return (await witness.timeOf(name)) - begun;
}

function report(delays: readonly { ours: number; theirs: number; told: number }[]): Figure[] {
  const ours = delays.map((delay) => delay.ours);
  const theirs = delays.map((delay) => delay.theirs);
  const ratio = median(ours) / median(theirs);
  return [
    atMost("Swarm: due to running, one at a time, against raw HTTP: ratio of medians", ratio, {
      most: MOST,
      digits: 3,
    }),
    { name: "  shipbell", measured: spread(ours) },
    { name: "  raw HTTP", measured: spread(theirs) },
    { name: "  from these short processes to their outcomes", measured: spread(delays.map(({ told }) => told)) },
  ];
}
