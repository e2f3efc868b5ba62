import { AppState } from "../../src/app/state.ts";
import type { Job } from "../../src/job/job.ts";
import { DEFAULT_NOTICE_KINDS } from "../../src/job/notify.ts";
import { pauseJob } from "../../src/ledger/changes/pauses.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { createMetrics, type Metrics } from "../../src/observe/metrics/metrics.ts";
import type { RunEvents } from "../../src/observe/run-events.ts";
import { noDefinitions } from "../../src/runs/definitions.ts";
import { Scene, type Scheduler } from "../scenarios/scene.ts";
import { aJob, at } from "../support/a-job.ts";
import type { FakeProcess } from "../support/fake-world.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";

/** How often the schedulers are scraped. */
export const SCRAPE_SECONDS = 15;
/** The hour that is looked at. The jobs are declared before, so that their first occurrences belong to it. */
export const HOUR = { from: at("11:59:45"), to: at("12:59:45") } as const;

const every = (pattern: string, name: string, change: Parameters<typeof aJob>[0] = {}): Job =>
  aJob({ name, schedules: [{ pattern, timezone: "UTC" }], ...change });
const catchUp = "none" as const;
const limits = { telling: { notify: [], expectedDurationMs: 60_000, maxSuccessAgeMs: 3_600_000 } };
const toldToPager = { telling: { notify: [{ to: "pager", on: DEFAULT_NOTICE_KINDS, after: 1, output: 0 }] } };
const retries = { limit: 1, delayMs: 5000, maxDelayMs: 5000, on: ["failed"] as const };

const JOBS: readonly Job[] = [
  // Succeeds.
  every("*/5 * * * *", "backup", { ...limits, policies: { catchUp }, run: { timeoutMs: 600_000 } }),
  // Its first attempt fails, its second succeeds.
  every("*/10 * * * *", "flaky", { policies: { catchUp }, run: { retries } }),
  // Fails, which a channel should hear that takes nothing.
  every("*/15 * * * *", "broken", { ...toldToPager, policies: { catchUp } }),
  // Never ends by itself, and is stopped.
  every("*/20 * * * *", "hangs", { policies: { catchUp }, run: { timeoutMs: 240_000 } }),
  // Takes longer than the minute after which it is due again, and than it should.
  every("* * * * *", "long", { ...limits, policies: { catchUp } }),
  // Paused at 12:20.
  every("*/5 * * * *", "paused", { policies: { catchUp } }),
  // Removed at 12:50.
  every("*/5 * * * *", "removed", { policies: { catchUp } }),
];

/** Takes 20 s, but for the jobs that do not. */
function run(scene: Scene, process: FakeProcess): void {
  const { job, attempt } = process.order;
  const exit = async (ms: number, code: number) => {
    await scene.clock.wait(ms, new AbortController().signal);
    process.exit(code);
  };
  if (job === "hangs") return;
  if (job === "broken") return void exit(20_000, 3);
  if (job === "flaky" && attempt === 1) return void exit(5000, 1);
  void exit(job === "long" ? 150_000 : 20_000, 0);
}

/** What has been scraped, and what was true. */
export interface ScriptedHour {
  /** The text of OpenMetrics, with times. */
  readonly past: string;
  /** The records at the beginning of the hour and at its end, by job. */
  readonly before: ReadonlyMap<string, JobRecord>;
  readonly after: ReadonlyMap<string, JobRecord>;
}

/**
 * Lets two schedulers of one Swarm live through an hour, and scrapes both. From 12:30 to 12:40 there is none of them:
 * then one is back, and the other one has been replaced by a third.
 */
export async function liveThroughAnHour(): Promise<ScriptedHour> {
  const scene = new WatchedScene(at("11:50"), (process) => run(scene, process));
  const scrapes = new Scrapes();
  const watched = new Map<string, Watched>();
  let jobs = JOBS;
  const start = async (instance: string) => watched.set(instance, await scene.startWatched(jobs));
  const goOn = async (until: Date) => {
    while (scene.clock.now() < until) {
      await scene.clock.advance(SCRAPE_SECONDS * 1000);
      for (const instance of ["a", "b", "c"]) await scrapes.add(instance, scene.clock.now(), watched.get(instance));
    }
  };
  await start("a");
  await start("b");
  await goOn(HOUR.from);
  const before = scene.records();
  await goOn(at("12:20"));
  await new MemoryLedger(scene.store).update("paused", (record) => pauseJob(record, scene.clock.now(), {}));
  await goOn(at("12:30:30"));
  for (const { scheduler } of watched.values()) scheduler.kill();
  watched.clear();
  await goOn(at("12:40:30"));
  await start("b");
  await start("c");
  await goOn(at("12:50"));
  jobs = jobs.filter(({ name }) => name !== "removed");
  for (const { state, scheduler } of watched.values()) {
    await scheduler.declare(jobs);
    state.definitions = definitionsOf(jobs);
  }
  await goOn(HOUR.to);
  return { past: scrapes.text(), before, after: scene.records() };
}

interface Watched {
  readonly scheduler: Scheduler;
  readonly state: AppState;
  readonly metrics: Metrics;
}

const definitionsOf = (jobs: readonly Job[]) => ({
  ...noDefinitions,
  jobs: new Map(jobs.map((job) => [job.name, job])),
});

/** A scene whose schedulers have metrics, as the program makes them. */
class WatchedScene extends Scene {
  #events: RunEvents | undefined;

  constructor(startsAt: Date, program: (process: FakeProcess) => void) {
    super(startsAt, program, "service");
  }

  override loopParts(...of: Parameters<Scene["loopParts"]>) {
    const parts = super.loopParts(...of);
    this.#events = parts.events;
    return parts;
  }

  async startWatched(jobs: readonly Job[]): Promise<Watched> {
    const scheduler = await this.startScheduler(jobs);
    const state = new AppState({ clock: this.clock, instance: "shipbell" });
    state.loop = scheduler.loop;
    state.definitions = definitionsOf(jobs);
    state.sources = ["files", "services"];
    state.channels = () => [{ name: "pager", kind: "pagerduty", address: "https://events.example/…" }];
    const metrics = createMetrics(() => state.facts(), { version: "0.4.0", nodeVersion: "v24.0.0" });
    this.#events?.on(metrics.onEvent);
    return { scheduler, state, metrics };
  }

  records(): Map<string, JobRecord> {
    return new Map(JOBS.map(({ name }) => [name, this.record(name)]));
  }
}

/** Expositions of several moments and targets, as one text in which each metric stands once. */
class Scrapes {
  readonly #families = new Map<string, { readonly head: readonly string[]; readonly samples: string[] }>();

  /** A target that cannot be scraped is down. */
  async add(instance: string, now: Date, target: Watched | undefined): Promise<void> {
    const labels = `job="shipbell",instance="${instance}"`;
    const seconds = now.getTime() / 1000;
    this.#samplesOf("up", ["# TYPE up gauge"]).push(`up{${labels}} ${target === undefined ? 0 : 1} ${seconds}`);
    if (target === undefined) return;
    let text = "";
    for await (const piece of target.metrics.scrape("application/openmetrics-text;version=1.0.0").chunks) text += piece;
    for (const family of text.replace("# EOF\n", "").split(/(?=^# HELP )/m)) {
      const lines = family.trimEnd().split("\n");
      const head = lines.filter((line) => line.startsWith("# "));
      const samples = this.#samplesOf(head[0]?.split(" ")[2] ?? "", head);
      for (const line of lines.slice(head.length)) {
        const [, name, own = "", value] = /^(\w+)(?:\{(.*?)\})? (\S+)(?: # .*)?$/.exec(line) ?? [];
        samples.push(`${name}{${labels}${own && `,${own}`}} ${value} ${seconds}`);
      }
    }
  }

  text(): string {
    const families = [...this.#families.values()].map(({ head, samples }) => [...head, ...samples].join("\n"));
    return `${families.join("\n")}\n# EOF\n`;
  }

  #samplesOf(family: string, head: readonly string[]): string[] {
    const known = this.#families.get(family) ?? { head, samples: [] };
    this.#families.set(family, known);
    return known.samples;
  }
}
