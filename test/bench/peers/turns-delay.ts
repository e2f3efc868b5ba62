import { writeFile } from "node:fs/promises";
import { removeAll } from "../containers.ts";
import type { Figure } from "../figure.ts";
import { RawClient } from "../raw-client.ts";
import { Scheduler, schedulesIn } from "../scheduler.ts";
import { nextSecond, untilTime } from "../seconds.ts";
import { median, spread } from "../statistics.ts";
import { IMAGE_OF, mustRun, shipbellJobs, startPeer, type Turns } from "./in-turns.ts";
import { Starts } from "./starts.ts";

const ROUNDS = 30;
/** The first ones find nothing compiled and nothing cached, on all sides. */
const WARM_UP = 3;
const PERIOD_S = 10;
/**
 * The second of each ten in which a side has its turn. Shipbell prepares its next start in the sixth, and the raw client
 * has created by then what it begins in the eighth.
 */
const SECOND_OF = { shipbell: 0, peer: 2, raw: 4, prepared: 7 } as const;
/** No start by then is a dropped one: the next is due a second later. */
const QUIET_MS = (PERIOD_S - 1) * 1000;
const JOB = "delay";

type Side = keyof typeof SECOND_OF;

/**
 * How long after it is due a process runs, one start at a time, by the engine's `start` event: shipbell, a peer, the raw
 * client, and the raw client where the container is there already, in turns.
 */
export async function measureTurnsDelay(turns: Turns): Promise<Figure[]> {
  const { engine, program, folder, peer } = turns;
  const { dockerHost } = engine;
  await writeFile(schedulesIn(folder), shipbellJobs([JOB], scheduleAt(SECOND_OF.shipbell)));
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-turns" });
  await scheduler.take("jobs-changed", 1);
  await using process = await startPeer(turns, [JOB], scheduleAt(SECOND_OF.peer));
  using starts = await Starts.of(engine);
  const raw = new RawClient(engine.socketPath, 1, "bench=turns-delay");
  const delays: Record<Side, (number | undefined)[]> = { shipbell: [], peer: [], raw: [], prepared: [] };

  /** One side's turn: what it has to do at its second, and how long after that its process runs. */
  const take = async (side: Side, image: string, begin?: () => Promise<unknown>) => {
    const due = nextSecond(0, (second) => second % PERIOD_S === SECOND_OF[side]);
    await untilTime(due);
    await begin?.();
    const [start] = await starts.since(due, { image, count: 1, quietMs: QUIET_MS });
    delays[side].push(start === undefined ? undefined : start.at - due.getTime());
  };

  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    await take("shipbell", IMAGE_OF.shipbell);
    await take("peer", IMAGE_OF.peer);
    mustRun(process, peer);
    const ids: string[] = [];
    await take("raw", IMAGE_OF.raw, async () => ids.push(await raw.start()));
    const id = await raw.create();
    await take("prepared", IMAGE_OF.raw, () => raw.begin(id));
    for (const ended of [...ids, id]) await engine.api("DELETE", `/containers/${ended}?force=1`);
  }
  await scheduler.stop();
  await removeAll(engine);
  return report(turns, delays);
}

/** In each period, at this second. */
function scheduleAt(second: number): string {
  const seconds = Array.from({ length: 60 / PERIOD_S }, (_, period) => period * PERIOD_S + second);
  return `${seconds.join(",")} * * * * *`;
}

function report({ peer }: Turns, delays: Readonly<Record<Side, readonly (number | undefined)[]>>): Figure[] {
  const counted = (side: Side) => delays[side].slice(WARM_UP).filter((delay) => delay !== undefined);
  const ratioOf = (side: Side) => median(counted(side)) / median(counted("raw"));
  const written = (side: Side) => {
    const dropped = ROUNDS - counted(side).length;
    return `${ratioOf(side).toFixed(3)}: ${spread(counted(side))}${dropped === 0 ? "" : `; ${dropped} dropped`}`;
  };
  const isMet = ratioOf("shipbell") <= ratioOf("peer") && counted("shipbell").length === ROUNDS;
  return [
    { name: `due to running, one at a time, next to ${peer.name} ${peer.version}`, measured: "of raw HTTP's median" },
    { name: "  raw HTTP", measured: written("raw") },
    { name: "  raw HTTP, created before", measured: written("prepared") },
    { name: `  ${peer.name}`, measured: written("peer") },
    { name: "  shipbell", measured: written("shipbell"), goal: { text: "≤ the other's, none dropped", isMet } },
  ];
}
