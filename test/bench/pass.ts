import { createRunEvents } from "../../src/observe/run-events.ts";
import { Loop } from "../../src/runs/loop.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { QuietEngine, QuietLedger } from "../support/quiet-engine.ts";
import { atMost, type Figure } from "./figure.ts";
import { median } from "./statistics.ts";

const JOBS = 1000;
const MOST_MS = 100;
const MINUTE_MS = 60_000;
/** The first ones are slower: what is compiled, and what is read for the first time. */
const WARM_UP = 3;
const ROUNDS = 7;

/** What it costs to decide and start a thousand jobs that are due in one instant, and to record their ends. */
export async function measurePass(): Promise<Figure[]> {
  const rounds = await measureRounds(WARM_UP + ROUNDS);
  const [first] = rounds;
  const warm = rounds.slice(WARM_UP);
  const each = warm.map(({ startMs }) => startMs.toFixed(0)).join(", ");
  return [
    atMost(
      `${JOBS.toLocaleString("en")} jobs due at once: CPU to decide and start them all`,
      medianOf(warm, "startMs"),
      {
        most: MOST_MS,
        unit: " ms",
        digits: 0,
        details: `with an engine and a ledger that cost nothing; the very first time ${first?.startMs.toFixed(0)}, then ${each}`,
      },
    ),
    { name: "  CPU to see and record their ends", measured: `${medianOf(warm, "endMs").toFixed(0)} ms` },
  ];
}

export interface Round {
  readonly startMs: number;
  readonly endMs: number;
}

/** Each round all jobs are due in one instant, and all their runs have ended before the next. */
export async function measureRounds(rounds: number): Promise<readonly Round[]> {
  const clock = new FakeClock(at("12:00:30"));
  const engine = new QuietEngine();
  const ledger = new QuietLedger();
  const events = createRunEvents();
  const stop = new AbortController();
  const timetables = createTimetables();
  const loop = new Loop({ instance: "bench", engine, ledger, clock, events, timetables, startsAtOnce: 8 }, stop.signal);
  const schedules = [{ pattern: "* * * * *", timezone: "Europe/Berlin" }];
  const jobs = Array.from({ length: JOBS }, (_, index) => aJob({ name: `job-${index}`, hash: `h${index}`, schedules }));
  await loop.load();
  await loop.declare({ jobs: new Map(jobs.map((job) => [job.name, job])), unread: [] });
  const done = loop.run();
  const measured: Round[] = [];
  for (let round = 1; round <= rounds; round++) {
    await clock.advanceTo(new Date(at("12:00").getTime() + round * MINUTE_MS - 1));
    engine.state = { phase: "running", startedAt: clock.now() };
    const startMs = await cpuOf(() => clock.advance(1));
    if (engine.started !== round * JOBS) throw new Error(`${engine.started} starts after ${round} rounds`);
    engine.state = { phase: "ended", end: { kind: "exited", exitCode: 0, oom: false }, finishedAt: clock.now() };
    const endMs = await cpuOf(() => clock.advance(30_000));
    measured.push({ startMs, endMs });
  }
  stop.abort();
  await clock.advance(MINUTE_MS);
  await done;
  return measured;
}

/** Of this process, in all its threads. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function medianOf(rounds: readonly Round[], what: keyof Round): number {
  return median(rounds.map((round) => round[what]));
}
