// @module-tag full
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, inject, it, vi } from "vitest";
import type { RequestPattern } from "../lab/proxy/rule.ts";
import { openSwarm } from "../lab/swarm.ts";
import { decidedInstants, everyInstant } from "./decided.ts";
import { serviceRequests } from "./engine-requests.ts";
import type { SchedulerProcess } from "./scheduler-process.ts";
import { Stage } from "./stage.ts";
import { SwarmStage } from "./swarm-stage.ts";

const EVERY_MS = 10_000;
const everyTenSeconds = "*/10 * * * * *";
const onceAYear = "0 0 1 1 *";
/** Longer than an occurrence is anything but missed. */
const STANDS_STILL_MS = 70_000;

// To stand still is most of each test, so they stand still together.
vi.setConfig({ maxConcurrency: 20 });

const swarm = openSwarm(inject("swarm"));

/** An instant of a run at which one of two schedulers stands still. */
interface Instant {
  readonly job: string;
  readonly when: string;
  /** Resolves at that instant, or just behind it, when what comes next is held; answers with how to let that go. */
  readonly reach: (stage: SwarmStage, scheduler: SchedulerProcess) => Promise<() => unknown>;
  readonly body?: string;
}

const instants: readonly Instant[] = [
  {
    job: "stall-idle",
    when: "between two runs",
    reach: async (_stage, scheduler) => {
      await scheduler.until("run-finished");
      return () => {};
    },
  },
  {
    job: "stall-prepared",
    when: "between making the service and the swap",
    reach: (stage) => answerHeld(stage, serviceRequests.create),
  },
  {
    job: "stall-bound",
    when: "between the swap and the activation",
    reach: (stage) => requestHeld(stage, serviceRequests.activate),
  },
  {
    job: "stall-activated",
    when: "when the service has been activated, before the answer",
    reach: (stage) => answerHeld(stage, serviceRequests.activate),
  },
  {
    job: "stall-running",
    when: "while the job runs",
    body: Stage.atTheGate,
    reach: async (stage) => {
      await stage.untilExecutions(1);
      return () => stage.openGate();
    },
  },
  {
    job: "stall-removing",
    when: "between the record and the removal",
    reach: (stage) => requestHeld(stage, serviceRequests.remove),
  },
];

describe.concurrent("one of two schedulers that stands still for more than a minute", () => {
  for (const { job, when, reach, body = "" } of instants) {
    it(`${when}: the other one goes on, and nothing is lost or runs twice`, async () => {
      await using stage = await SwarmStage.on(job, swarm);
      await stage.declare({ schedule: everyTenSeconds, body });
      await using scheduler = stage.openScheduler();
      const letGo = await reach(stage, scheduler);
      scheduler.signal("SIGSTOP");
      await using other = stage.openOtherScheduler();
      await other.until("engine-up");
      if (job === "stall-running") await letGo();
      // The minute is what is tested: there is nothing else to wait for.
      await pause(STANDS_STILL_MS);
      scheduler.signal("SIGCONT");
      await letGo();
      await stage.until("a run that was due after it", async () => (await stage.witness.executions()).length >= 6);
      await stage.declare({ schedule: onceAYear, body });
      await stage.until("nothing more to do", () => isAtRest(stage));
      await stage.until("nothing left behind", async () => (await stage.objects()).length === 0);
      expect(await scheduler.stop()).toBe(0);
      expect(await other.stop()).toBe(0);
      const log = [...scheduler.log, ...other.log];
      const decided = decidedInstants(log, job, EVERY_MS);
      expect(decided).toEqual(everyInstant(decided[0] ?? 0, decided.at(-1) ?? 0, EVERY_MS));
      const started = log.filter(({ event }) => event === "run-started").map(({ run }) => `${run}.1`);
      expect(await stage.witness.executions()).toEqual(started.sort());
      const ended = log.filter(({ event }) => event === "run-finished");
      expect(ended.map(({ run }) => `${run}.1`).sort()).toEqual(started);
      expect(ended.filter(({ outcome }) => outcome !== "succeeded")).toEqual([]);
      expect(log.filter(({ event }) => event === "occurrence-missed")).toEqual([]);
    });
  }
});

async function isAtRest(stage: Stage): Promise<boolean> {
  const { definition, runs } = await stage.record();
  const isDueNoMore = definition.schedules.every(({ pattern }) => pattern === onceAYear);
  return isDueNoMore && runs.every(({ outcome }) => outcome !== undefined);
}

/** Holds such a request of the first scheduler; answers, when it is held, with how to let it go. */
async function requestHeld(stage: SwarmStage, pattern: RequestPattern): Promise<() => void> {
  const rule = stage.proxy.when(pattern).holdRequest();
  await stage.reached(rule);
  return rule.release;
}

/** As `requestHeld`, but the engine has got the request, and its answer is held. */
async function answerHeld(stage: SwarmStage, pattern: RequestPattern): Promise<() => void> {
  const rule = stage.proxy.when(pattern).holdAnswer();
  await stage.reached(rule);
  return rule.release;
}
