import { writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { allEnded, removeAll } from "../containers.ts";
import type { Figure } from "../figure.ts";
import { RawClient } from "../raw-client.ts";
import { Scheduler, schedulesIn } from "../scheduler.ts";
import { nextSecond, onceAt, untilTime } from "../seconds.ts";
import { median } from "../statistics.ts";
import { IMAGE_OF, mustRun, shipbellJobs, startPeer, type Turns } from "./in-turns.ts";
import { type Start, Starts } from "./starts.ts";

const SIZES = [10, 100];
const ROUNDS = 3;
const AT_ONCE = 8;
/** A changed file is read, and starts are prepared for ten seconds: as long as the peer has to read its own. */
const DECLARED_AFTER_MS = 14_000;
/** A start that has not come so long after the one before is dropped: queues go on sooner, also on a busy machine. */
const QUIET_MS = 30_000;
const NAMED = 3;

type Side = keyof typeof IMAGE_OF;

/**
 * Some jobs due in one second: how many of them each side starts, and how long it takes until the last process runs, by the
 * engine's `start` events. The raw client, a peer and shipbell in turns; who begins, changes with the round.
 */
export async function measureTurnsBurst(turns: Turns): Promise<Figure[]> {
  const { engine, program, folder, peer } = turns;
  const { dockerHost } = engine;
  await writeFile(schedulesIn(folder), "jobs: {}\n");
  await using scheduler = new Scheduler({ program, dockerHost, folder, instance: "bench-turns" });
  await scheduler.take("engine-up", 1);
  using starts = await Starts.of(engine);
  const raw = new RawClient(engine.socketPath, AT_ONCE, "bench=turns-burst");

  const take = async (side: Side, jobs: readonly string[]): Promise<Round> => {
    const due = nextSecond(side === "raw" ? 1000 : DECLARED_AFTER_MS);
    const begun = () => starts.since(due, { image: IMAGE_OF[side], count: jobs.length, quietMs: QUIET_MS });
    if (side === "raw") {
      await untilTime(due);
      await raw.startAll(jobs.length);
      return roundOf(jobs, due, await begun());
    }
    if (side === "peer") {
      await using process = await startPeer(turns, jobs, onceAt(due));
      const started = await begun();
      mustRun(process, peer);
      await allEnded(engine);
      return roundOf(jobs, due, started);
    }
    const after = scheduler.logged;
    await writeFile(schedulesIn(folder), shipbellJobs(jobs, onceAt(due)));
    const started = await begun();
    // Not before all have ended and are recorded: a round leaves nothing to do for the next one.
    await scheduler.take("run-finished", started.length, after);
    return roundOf(jobs, due, started);
  };

  const figures: Figure[] = [];
  for (const size of SIZES) {
    const jobs = Array.from({ length: size }, (_, index) => `burst-${index}`);
    const rounds: Record<Side, Round[]> = { raw: [], shipbell: [], peer: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const sides: Side[] = ["raw", "peer", "shipbell"];
      for (const side of [...sides.slice(round % 3), ...sides.slice(0, round % 3)]) {
        rounds[side].push(await take(side, jobs));
        await allEnded(engine);
        await removeAll(engine);
        await pause(500);
      }
    }
    figures.push(...reportBurst(peer, size, rounds));
  }
  await scheduler.stop();
  return figures;
}

export interface Round {
  /** From due to the last process running. */
  readonly ms: number;
  readonly started: number;
  /** The names of jobs that never started; empty where the peer gives its containers other names. */
  readonly dropped: readonly string[];
}

/** What became of jobs that were due at this time: the starts are those of their containers. */
export function roundOf(jobs: readonly string[], due: Date, starts: readonly Start[]): Round {
  const names = new Set(starts.map(({ name }) => name));
  const isNamed = starts.length === 0 || jobs.some((job) => names.has(job));
  const dropped = isNamed ? jobs.filter((job) => !names.has(job)) : [];
  return { ms: Math.max(...starts.map(({ at }) => at)) - due.getTime(), started: starts.length, dropped };
}

export function reportBurst(
  peer: Pick<Turns["peer"], "name" | "version">,
  size: number,
  rounds: Readonly<Record<Side, readonly Round[]>>,
): Figure[] {
  const figureOf = (name: string, side: Side) => ({
    name: `  ${name}`,
    measured: written(rounds[side], rounds.raw, size),
  });
  const isMet = rounds.shipbell.every(({ started }) => started === size);
  return [
    { name: `${size} due in one second, next to ${peer.name} ${peer.version}`, measured: "of raw HTTP's median" },
    figureOf("raw HTTP", "raw"),
    figureOf(peer.name, "peer"),
    { ...figureOf("shipbell", "shipbell"), goal: { text: "none dropped", isMet } },
  ];
}

/** Only who starts all of them can be compared with the raw client. */
function written(rounds: readonly Round[], raw: readonly Round[], size: number): string {
  const some = rounds.filter(({ started }) => started > 0);
  const times = `median ${seconds(medianOf(some))} s (${some.map(({ ms }) => seconds(ms)).join(", ")})`;
  const short = rounds.find(({ started }) => started < size);
  if (short === undefined) return `${(medianOf(rounds) / medianOf(raw)).toFixed(3)}: ${times}, all started`;
  const counts = rounds.map(({ started }) => started).join(", ");
  const last = some.length === 0 ? "" : `, the last after ${times}`;
  return `${counts} of ${size} started${last}; dropped ${names(short, size)}`;
}

function names({ dropped, started }: Round, size: number): string {
  const others = size - started - NAMED;
  if (dropped.length === 0) return `${size - started}, whose names its containers do not have`;
  return others <= 0 ? dropped.join(", ") : `${dropped.slice(0, NAMED).join(", ")} and ${others} others`;
}

function medianOf(rounds: readonly Round[]): number {
  return median(rounds.map(({ ms }) => ms));
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
