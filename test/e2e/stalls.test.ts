// @module-tag full
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { GAP_AFTER_MS } from "../../src/decide/waiting.ts";
import type { RequestPattern } from "../lab/proxy/rule.ts";
import { testEngine } from "../lab/test-engine.ts";
import { beAwayForAMinute } from "./engine-away.ts";
import { requests } from "./engine-requests.ts";
import type { LogLine } from "./scheduler-log.ts";
import type { SchedulerProcess } from "./scheduler-process.ts";
import { Stage } from "./stage.ts";

const EVERY_MS = 3000;
const everyThreeSeconds = "*/3 * * * * *";
const onceAYear = "0 0 1 1 *";
/** Long enough for what is due meanwhile to be skipped, so that there is not a start for each of the last minute. */
const takesTime = "sleep 1";
/** So long that three occurrences or four are part of a gap. */
const STANDS_STILL_MS = GAP_AFTER_MS + 10_000;

// To stand still is most of each test, so they stand still together.
vi.setConfig({ maxConcurrency: 20 });

/** An instant of a run at which the scheduler stands still. */
interface Instant {
  readonly job: string;
  readonly when: string;
  /** Resolves at that instant, or just behind it, when what comes next is held. */
  readonly reach: (stage: Stage, scheduler: SchedulerProcess) => Promise<Reached>;
  /** What the job does. */
  readonly body?: string;
  readonly history?: { readonly succeeded: number; readonly failed: number };
  /** No run is active when it goes on, so the last of the gap is started; elsewhere it may be skipped. */
  readonly catchesUp?: true;
}

/** What is let go: while the scheduler stands still, or when it goes on. */
interface Reached {
  readonly meanwhile?: () => void | Promise<void>;
  readonly afterwards?: () => void;
}

const instants: readonly Instant[] = [
  {
    job: "stall-idle",
    when: "between two runs",
    reach: async (_stage, scheduler) => {
      await scheduler.until("run-finished", {}, { after: scheduler.log.length });
      return {};
    },
  },
  {
    job: "stall-create",
    when: "before the container is made, the request being held up, too",
    catchesUp: true,
    reach: async (stage) => ({ afterwards: await requestHeld(stage, requests.create) }),
  },
  {
    job: "stall-prepared",
    when: "between making the container and the swap",
    reach: async (stage) => ({ meanwhile: await answerHeld(stage, requests.create) }),
  },
  {
    job: "stall-bound",
    when: "between the swap and the start, the request being held up, too",
    reach: async (stage) => ({ afterwards: await requestHeld(stage, requests.start) }),
  },
  {
    job: "stall-starting",
    when: "when the start is on its way",
    reach: async (stage) => ({ meanwhile: await requestHeld(stage, requests.start) }),
  },
  {
    job: "stall-started",
    when: "when the container has been started, before the answer",
    reach: async (stage) => ({ afterwards: await answerHeld(stage, requests.start) }),
  },
  {
    job: "stall-running",
    when: "while the job runs",
    body: `${Stage.atTheGate}; ${takesTime}`,
    reach: async (stage) => {
      await stage.untilExecutions(1);
      return { meanwhile: () => stage.openGate() };
    },
  },
  {
    job: "stall-ended",
    when: "after the job's end, before it is seen",
    body: `${Stage.atTheGate}; ${takesTime}`,
    reach: async (stage) => {
      await stage.untilExecutions(1);
      const held = stage.proxy.when({ ...requests.inspect, times: Number.POSITIVE_INFINITY }).holdRequest();
      await stage.openGate();
      await Promise.all([stage.reached(held), stage.untilAllAre("exited")]);
      return { meanwhile: () => held.release() };
    },
  },
  {
    job: "stall-recording",
    when: "when the end is seen, before the record",
    reach: async (stage) => ({ afterwards: await requestHeld(stage, requests.lastLines) }),
  },
  {
    job: "stall-removing",
    when: "between the record and the removal, the request being held up, too",
    history: { succeeded: 0, failed: 0 },
    catchesUp: true,
    reach: async (stage) => ({ afterwards: await requestHeld(stage, requests.remove) }),
  },
];

describe.concurrent("a scheduler that stands still for more than a minute", () => {
  for (const { job, when, reach, catchesUp, ...rest } of instants) {
    it(`${when}: the standby does nothing, the gap is reported, and nothing runs twice`, async () => {
      await using stage = await Stage.set(job, testEngine());
      await stage.declare({ schedule: everyThreeSeconds, body: takesTime, ...rest });
      await using scheduler = stage.openScheduler();
      await scheduler.until("jobs-changed");
      await using standby = stage.openScheduler();
      await standby.until("standby");
      // It stands still at once then: a start of the standby would last until the next run begins.
      const reached = await reach(stage, scheduler);
      const still = await standStill(scheduler, reached, standby);
      await expectGapToBeDecided(stage, scheduler, still);
      if (catchesUp) expect(scheduler.all("run-finished", { trigger: "catch-up" })).not.toEqual([]);
      await stage.declare({ schedule: onceAYear, ...rest });
      await untilAtRest(stage);
      expect(await scheduler.stop()).toBe(0);
      await standby.until("active");
      await stage.until("nothing left behind", async () => (await stage.leftovers()).length === 0);
      expect(await standby.stop()).toBe(0);
      expectOneVerdictForEachOccurrence([...scheduler.log, ...standby.log]);
      await expectOneExecutionForEachRun(stage, [...scheduler.log, ...standby.log]);
    });
  }
});

// It takes a minute, too, and so it takes the same one.
it.concurrent("an engine that is away for a minute loses nothing", ({ expect }) => beAwayForAMinute(expect));

/** A time during which the scheduler did not run. */
interface Still {
  readonly from: Date;
  readonly to: Date;
  /** Where in the scheduler's log it was. */
  readonly after: number;
}

async function standStill(scheduler: SchedulerProcess, reached: Reached, standby: SchedulerProcess): Promise<Still> {
  scheduler.signal("SIGSTOP");
  const from = new Date();
  await reached.meanwhile?.();
  await moreThanAMinute();
  expect(standby.log.map(({ event }) => event)).toEqual(["scheduler-started", "standby"]);
  expect((await standby.get("/readyz")).status).toBe(503);
  const still = { from, to: new Date(), after: scheduler.log.length };
  scheduler.signal("SIGCONT");
  reached.afterwards?.();
  return still;
}

/** The minute is what is tested: there is nothing else to wait for. */
function moreThanAMinute(): Promise<void> {
  return pause(STANDS_STILL_MS);
}

/** What was due until it went on is missed, but for the newest; later ones go their way. */
async function expectGapToBeDecided(stage: Stage, scheduler: SchedulerProcess, { from, to, after }: Still) {
  const missed = await scheduler.until("occurrence-missed", {}, { after });
  expect(missed.reason).toBe("gap");
  expect(timeOf(missed.scheduledAt)).toBeLessThan(timeOf(missed.time) - GAP_AFTER_MS);
  await stage.until("a run that was due after the gap", async () =>
    scheduler.all("run-finished").some(({ scheduledAt }) => timeOf(scheduledAt) > to.getTime()),
  );
  for (const { trigger, scheduledAt } of scheduler.all("run-started")) {
    if (trigger === "catch-up") continue;
    // That one was under way when it stood still.
    if (timeOf(scheduledAt) > from.getTime() || timeOf(scheduledAt) < from.getTime() - EVERY_MS)
      expect(timeOf(scheduledAt) < from.getTime() || timeOf(scheduledAt) >= to.getTime() - GAP_AFTER_MS).toBe(true);
  }
}

/** Nothing is due and nothing runs, so that a scheduler that is stopped now has nothing left to say. */
function untilAtRest(stage: Stage): Promise<void> {
  return stage.until("nothing more to do", async () => {
    const { definition, runs } = await stage.record();
    const isDueNoMore = definition.schedules.every(({ pattern }) => pattern === onceAYear);
    return isDueNoMore && runs.every(({ outcome }) => outcome !== undefined);
  });
}

/** From the first to the last, each has its own, as the logs tell them. */
function expectOneVerdictForEachOccurrence(log: readonly LogLine[]): void {
  const verdicts = ["run-started", "occurrence-skipped", "occurrence-missed"];
  const decided = log
    .filter(({ event }) => verdicts.includes(event))
    .flatMap(occurrencesOf)
    .sort((a, b) => a - b);
  const first = decided[0] ?? 0;
  expect(decided).toEqual(decided.map((_, index) => first + index * EVERY_MS));
}

function occurrencesOf({ scheduledAt, through = scheduledAt }: LogLine): number[] {
  const [first, last] = [timeOf(scheduledAt), timeOf(through)];
  return Array.from({ length: (last - first) / EVERY_MS + 1 }, (_, index) => first + index * EVERY_MS);
}

async function expectOneExecutionForEachRun(stage: Stage, log: readonly LogLine[]): Promise<void> {
  const runs = log.filter(({ event }) => event === "run-started").map(({ run }) => `${run}.1`);
  expect(await stage.witness.executions()).toEqual(runs.sort());
  const ended = log.filter(({ event }) => event === "run-finished");
  expect(ended.filter(({ outcome }) => outcome !== "succeeded")).toEqual([]);
  expect(new Set(ended.map(({ run }) => run)).size).toBe(ended.length);
}

/** Holds such a request of the stage's; answers, when it is held, with how to let it go. */
async function requestHeld(stage: Stage, pattern: RequestPattern): Promise<() => void> {
  const rule = stage.proxy.when(pattern).holdRequest();
  await stage.reached(rule);
  return rule.release;
}

/** As `requestHeld`, but the engine has got the request, and its answer is held. */
async function answerHeld(stage: Stage, pattern: RequestPattern): Promise<() => void> {
  const rule = stage.proxy.when(pattern).holdAnswer();
  await stage.reached(rule);
  return rule.release;
}

function timeOf(logged: unknown): number {
  return new Date(String(logged)).getTime();
}
