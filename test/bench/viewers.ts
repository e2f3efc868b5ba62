import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { AppState } from "../../src/app/state.ts";
import { AppWorld } from "../../src/app/world.ts";
import { systemClock } from "../../src/clock.ts";
import { Events } from "../../src/http/streams/events.ts";
import type { Job } from "../../src/job/job.ts";
import { createRunEvents } from "../../src/observe/run-events.ts";
import { nextDefinitions, noDefinitions } from "../../src/runs/definitions.ts";
import { Loop } from "../../src/runs/loop.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { serveRoutes } from "../http/served.ts";
import { aJob } from "../support/a-job.ts";
import { QuietLedger } from "../support/quiet-engine.ts";
import { atMost, type Figure } from "./figure.ts";
import { median, quantile } from "./statistics.ts";
import { InstantEngine } from "./viewers/instant-engine.ts";

const JOBS = 1000;
const VIEWERS = 20;
const MOST_MS = 5;
/** How often each is measured, in turns, so that whatever changes on the machine changes for both. */
const PAIRS = 4;
const PHASE_MS = 10_000;
/** The first starts after a change find nothing compiled, and connections that are only being made. */
const SETTLING_MS = 2000;

/** How much later jobs start because people look at the start page: with an engine and a ledger that cost nothing. */
export async function measureViewers(): Promise<Figure[]> {
  const steady = await measureDelays("steady", (index) => `${index % 30},${(index % 30) + 30} * * * * *`);
  const burst = await measureDelays("burst", () => "*/10 * * * * *");
  return [
    ...figuresOf(`${VIEWERS} viewers, some 70 changes a second`, steady),
    ...figuresOf(`${VIEWERS} viewers, ${JOBS.toLocaleString("en")} due at once`, burst),
  ];
}

interface Delays {
  readonly alone: readonly (readonly number[])[];
  readonly watched: readonly (readonly number[])[];
}

function figuresOf(what: string, { alone, watched }: Delays): Figure[] {
  const p99 = (phases: Delays["alone"]) => phases.map((delays) => quantile(delays, 0.99));
  const moved = median(p99(watched).map((ms, index) => ms - (p99(alone)[index] ?? 0)));
  const each = (phases: Delays["alone"]) => {
    const all = phases.flat();
    const parts = p99(phases).map((ms) => ms.toFixed(0));
    return `median ${median(all).toFixed(1)} ms, p99 ${quantile(all, 0.99).toFixed(0)} ms (${parts.join(", ")}), n = ${all.length}`;
  };
  return [
    atMost(`${what}: 99th percentile of the start delay moves by`, moved, { most: MOST_MS, unit: " ms", digits: 1 }),
    { name: "  without viewers", measured: each(alone) },
    { name: "  with viewers", measured: each(watched) },
  ];
}

async function measureDelays(name: string, patternOf: (index: number) => string): Promise<Delays> {
  const jobs = Array.from({ length: JOBS }, (_, index) =>
    aJob({
      name: `job-${index}`,
      hash: `h${index}`,
      origin: { source: "files", unit: `${name}.yml`, at: `${name}.yml:${index + 1}:3` },
      schedules: [{ pattern: patternOf(index), timezone: "Europe/Berlin" }],
    }),
  );
  await using scheduler = await startScheduler(jobs);
  const { starts } = scheduler.engine;
  const alone: number[][] = [];
  const watched: number[][] = [];
  const phase = async () => {
    await pause(SETTLING_MS);
    // Bursts come every ten seconds: each phase has one whole one, wherever it begins.
    const from = starts.length;
    await pause(PHASE_MS);
    return starts.slice(from).map(({ delayMs }) => delayMs);
  };
  await pause(SETTLING_MS);
  for (let pair = 0; pair < PAIRS; pair++) {
    alone.push(await phase());
    await using _viewers = await openViewers(scheduler.port);
    watched.push(await phase());
  }
  return { alone, watched };
}

/** A scheduler with its pages, put together as `app.ts` does it. */
async function startScheduler(jobs: readonly Job[]) {
  const clock = systemClock;
  const stop = new AbortController();
  const [engine, ledger, events, timetables] = [
    new InstantEngine(),
    new QuietLedger(),
    createRunEvents(),
    createTimetables(),
  ];
  const state = new AppState({ clock, instance: "bench" });
  const changes = new Events({
    clock,
    epoch: "bench",
    records: () => world.records(),
    quiet: (gone) => world.quiet(gone),
  });
  const none = () => Promise.reject(new Error("this ledger is no file"));
  const world = new AppWorld({
    state,
    clock,
    timetables,
    timezone: "UTC",
    changes,
    findFile: () => undefined,
    openAside: none,
    tryChannel: async () => undefined,
    check: none,
  });
  const onRecord = changes.recordChanged.bind(changes);
  const loop = new Loop(
    { instance: "bench", engine, ledger, clock, events, timetables, startsAtOnce: 8, onRecord },
    stop.signal,
  );
  state.loop = loop;
  state.opened = { engine, ledger };
  const declared = { ...noDefinitions, jobs: new Map(jobs.map((job) => [job.name, job])) };
  state.definitions = nextDefinitions(noDefinitions, declared);
  await loop.load();
  await loop.declare(declared);
  const done = loop.run();
  const server = await serveRoutes({ parts: { world: () => world.world() } });
  return {
    engine,
    port: server.port,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all([done, server.stop()]);
    },
  };
}

/** In a process of their own: what they do takes nothing of the scheduler's. */
async function openViewers(port: number): Promise<AsyncDisposable> {
  const script = join(import.meta.dirname, "viewers/browse.ts");
  const child = spawn(process.execPath, [script, String(port), String(VIEWERS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  await once(lines, "line");
  return {
    async [Symbol.asyncDispose]() {
      const said = once(lines, "line");
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      const [[answers]] = await Promise.all([said, gone]);
      if (Number(answers) < VIEWERS) throw new Error(`the viewers got only ${answers} answers`);
    },
  };
}

function pause(ms: number): Promise<void> {
  return systemClock.wait(ms, new AbortController().signal);
}
