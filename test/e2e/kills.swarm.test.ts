import { describe, expect, inject, it, vi } from "vitest";
import type { ProxyRule } from "../lab/proxy/rule.ts";
import { openSwarm } from "../lab/swarm.ts";
import { serviceRequests } from "./engine-requests.ts";
import { expectOneOfEverything } from "./one-of-everything.ts";
import { Stage } from "./stage.ts";
import { SwarmStage } from "./swarm-stage.ts";

// Each wait has its own deadline, and says what did not come.
vi.setConfig({ maxConcurrency: 4 });

const swarm = openSwarm(inject("swarm"));

/** An instant of a run at which one of two schedulers is killed. */
interface Instant {
  readonly job: string;
  readonly when: string;
  readonly hold: (stage: SwarmStage) => ProxyRule;
  /** What becomes of what was held, after the scheduler's death. */
  readonly afterwards: "cut" | "release";
  readonly tags?: ["full"];
}

const instants: readonly Instant[] = [
  {
    job: "kill-create-lost",
    when: "before the service is made, the request being lost",
    hold: ({ proxy }) => proxy.when(serviceRequests.create).holdRequest(),
    afterwards: "cut",
    tags: ["full"],
  },
  {
    job: "kill-create-late",
    when: "before the service is made, the request arriving after the death",
    hold: ({ proxy }) => proxy.when(serviceRequests.create).holdRequest(),
    afterwards: "release",
    tags: ["full"],
  },
  {
    job: "kill-prepared",
    when: "between making the service and the swap",
    hold: ({ proxy }) => proxy.when(serviceRequests.create).holdAnswer(),
    afterwards: "cut",
  },
  {
    job: "kill-swap-lost",
    when: "at the swap, the request being lost",
    hold: ({ proxy, job }) => proxy.when(swapAfterPrepare(job)).holdRequest(),
    afterwards: "cut",
    tags: ["full"],
  },
  {
    job: "kill-swap-late",
    when: "at the swap, the request arriving after the death",
    hold: ({ proxy, job }) => proxy.when(swapAfterPrepare(job)).holdRequest(),
    afterwards: "release",
    tags: ["full"],
  },
  {
    job: "kill-bound",
    when: "between the swap and the activation, the request being lost",
    hold: ({ proxy }) => proxy.when(serviceRequests.activate).holdRequest(),
    afterwards: "cut",
  },
  {
    job: "kill-activate-late",
    when: "between the swap and the activation, the request arriving after the run has ended",
    hold: ({ proxy }) => proxy.when(serviceRequests.activate).holdRequest(),
    afterwards: "release",
    tags: ["full"],
  },
  {
    job: "kill-activated",
    when: "when the service is activated and the answer is lost",
    hold: ({ proxy }) => proxy.when(serviceRequests.activate).holdAnswer(),
    afterwards: "cut",
    tags: ["full"],
  },
  {
    job: "kill-remove-lost",
    when: "after the record, before the service is removed",
    hold: ({ proxy }) => proxy.when(serviceRequests.remove).holdRequest(),
    afterwards: "cut",
    tags: ["full"],
  },
  {
    job: "kill-removed",
    when: "when the service is removed and the answer is lost",
    hold: ({ proxy }) => proxy.when(serviceRequests.remove).holdAnswer(),
    afterwards: "cut",
    tags: ["full"],
  },
];

/** The first swap makes the record follow the definition, so it is the second one. */
function swapAfterPrepare(_job: string) {
  let seen = 0;
  const path = { [Symbol.search]: (text: string) => (serviceRequests.swap.path.test(text) && ++seen === 2 ? 0 : -1) };
  return { method: "POST", path: path as unknown as RegExp };
}

describe.concurrent("one of two schedulers that is killed", () => {
  for (const { job, when, hold, afterwards, tags = [] } of instants)
    it(`${when}: the other one goes on, and there is one of everything`, { tags }, async () => {
      await using stage = await SwarmStage.on(job, swarm);
      const scheduledAt = await stage.declareDueOnce();
      const held = hold(stage);
      await using first = stage.openScheduler();
      await stage.reached(held);
      await using other = stage.openOtherScheduler();
      await other.until("engine-up");
      await first.kill();
      if (afterwards === "cut") held.cut();
      await stage.until("an outcome", async () => Object.keys((await stage.record()).totals.ended).length > 0);
      held.release();
      await using next = stage.openScheduler();
      await next.until("engine-up");
      await expectOneOfEverything(stage, { scheduledAt, scheduler: other });
      expect(await stage.objects()).toEqual([]);
    });

  it("while the job runs: the other one records its end, and its last lines are in the record", {
    tags: "full",
  }, async () => {
    await using stage = await SwarmStage.on("kill-running", swarm);
    const scheduledAt = await stage.declareDueOnce({ body: `${Stage.atTheGate}; echo through the gate` });
    await using first = stage.openScheduler();
    await stage.untilExecutions(1);
    await using other = stage.openOtherScheduler();
    await other.until("run-taken-up", { job: stage.job });
    await first.kill();
    await stage.openGate();
    await other.until("job-output", { line: "through the gate" });
    await expectOneOfEverything(stage, { scheduledAt, scheduler: other });
    expect((await stage.record()).runs[0]?.attempts[0]?.output).toContain("through the gate");
  });

  it("while the job runs, which ends while no scheduler is there: the next one records it", {
    tags: "full",
  }, async () => {
    await using stage = await SwarmStage.on("kill-ends-alone", swarm);
    const scheduledAt = await stage.declareDueOnce({ body: Stage.atTheGate });
    await using first = stage.openScheduler();
    await stage.untilExecutions(1);
    await first.kill();
    await stage.openGate();
    await stage.untilAllAre("complete");
    await using next = stage.openOtherScheduler();
    await expectOneOfEverything(stage, { scheduledAt, scheduler: next });
    expect(await stage.objects()).toEqual([]);
  });
});
