import { describe, expect, it } from "vitest";
import type { ProxyRule } from "../lab/proxy/rule.ts";
import { testEngine } from "../lab/test-engine.ts";
import { requests } from "./engine-requests.ts";
import { expectOneOfEverything } from "./one-of-everything.ts";
import { Stage } from "./stage.ts";

// Each wait has its own deadline, and says what did not come.
/** An instant of a run at which the scheduler is killed, made exact by a request or an answer that stays on its way. */
interface Instant {
  readonly job: string;
  readonly when: string;
  readonly hold: (stage: Stage) => ProxyRule;
  /** What becomes of what was held, after the scheduler's death. */
  readonly afterwards: "cut" | "release";
  readonly tags?: ["full"];
}

const keepsNothing = { succeeded: 0, failed: 0 };

const instants: readonly Instant[] = [
  {
    job: "kill-create-lost",
    when: "before the container is made, the request being lost",
    hold: ({ proxy }) => proxy.when(requests.create).holdRequest(),
    afterwards: "cut",
    tags: ["full"],
  },
  {
    job: "kill-create-late",
    when: "before the container is made, the request arriving after the death",
    hold: ({ proxy }) => proxy.when(requests.create).holdRequest(),
    afterwards: "release",
    tags: ["full"],
  },
  {
    job: "kill-prepared",
    when: "between making the container and the swap",
    hold: ({ proxy }) => proxy.when(requests.create).holdAnswer(),
    afterwards: "cut",
  },
  {
    job: "kill-bound",
    when: "between the swap and the start, the request being lost",
    hold: ({ proxy }) => proxy.when(requests.start).holdRequest(),
    afterwards: "cut",
  },
  {
    job: "kill-started",
    when: "when the engine has started the container and its answer is lost",
    hold: ({ proxy }) => proxy.when(requests.start).holdAnswer(),
    afterwards: "cut",
  },
  {
    job: "kill-last-lines",
    when: "after the end was seen, while the last lines are read, before the record",
    hold: ({ proxy }) => proxy.when(requests.lastLines).holdRequest(),
    afterwards: "cut",
    tags: ["full"],
  },
  {
    job: "kill-remove-lost",
    when: "after the record, before the container is removed",
    hold: ({ proxy }) => proxy.when(requests.remove).holdRequest(),
    afterwards: "cut",
    tags: ["full"],
  },
  {
    job: "kill-removed",
    when: "when the container is removed and the answer is lost",
    hold: ({ proxy }) => proxy.when(requests.remove).holdAnswer(),
    afterwards: "cut",
    tags: ["full"],
  },
];

describe.concurrent("a scheduler that is killed", () => {
  for (const { job, when, hold, afterwards, tags = [] } of instants)
    it(`${when}: there is one of everything`, { tags }, async () => {
      await using stage = await Stage.set(job, testEngine());
      const scheduledAt = await stage.declareDueOnce({ history: keepsNothing });
      const held = hold(stage);
      await using first = stage.openScheduler();
      await stage.reached(held);
      await first.kill();
      held[afterwards]();
      await using next = stage.openScheduler();
      await expectOneOfEverything(stage, { scheduledAt, scheduler: next });
      expect(await stage.objects()).toEqual([]);
    });

  it("while the job runs: the next one takes the run up, and tells how it ended", async () => {
    await using stage = await Stage.set("kill-running", testEngine());
    const scheduledAt = await stage.declareDueOnce({ body: `${Stage.atTheGate}; echo through the gate` });
    await using first = stage.openScheduler();
    await stage.untilExecutions(1);
    await first.kill();
    await using next = stage.openScheduler();
    await next.until("run-taken-up", { job: stage.job });
    await stage.openGate();
    await next.until("job-output", { line: "through the gate" });
    await expectOneOfEverything(stage, { scheduledAt, scheduler: next });
  });

  it("while the job runs, which ends while no scheduler is there: its times are the engine's", {
    tags: "full",
  }, async () => {
    await using stage = await Stage.set("kill-ends-alone", testEngine());
    const scheduledAt = await stage.declareDueOnce({ body: Stage.atTheGate });
    await using first = stage.openScheduler();
    await stage.untilExecutions(1);
    await first.kill();
    await stage.openGate();
    await stage.untilAllAre("exited");
    const endedBefore = new Date();
    await using next = stage.openScheduler();
    await expectOneOfEverything(stage, { scheduledAt, scheduler: next });
    const [run] = (await stage.record()).runs;
    expect(run?.finishedAt?.getTime()).toBeLessThanOrEqual(endedBefore.getTime());
  });

  it("after the job's end, before it could see it: the next one records it", { tags: "full" }, async () => {
    await using stage = await Stage.set("kill-ended", testEngine());
    const scheduledAt = await stage.declareDueOnce({ body: Stage.atTheGate });
    await using first = stage.openScheduler();
    await first.until("run-started");
    await stage.untilExecutions(1);
    const held = stage.proxy.when({ ...requests.inspect, times: Number.POSITIVE_INFINITY }).holdRequest();
    await stage.openGate();
    await Promise.all([stage.reached(held), stage.untilAllAre("exited")]);
    await first.kill();
    stage.proxy.removeRules();
    held.cut();
    expect((await stage.record()).runs).toMatchObject([{ attempts: [{ number: 1 }] }]);
    expect((await stage.record()).totals.ended).toEqual({});
    await using next = stage.openScheduler();
    await expectOneOfEverything(stage, { scheduledAt, scheduler: next });
  });
});

describe.concurrent("a start of which the scheduler does not know whether it was carried out", () => {
  it("is not sent again when the answer was lost and the job runs", { tags: "full" }, async () => {
    await using stage = await Stage.set("start-unanswered", testEngine());
    const scheduledAt = await stage.declareDueOnce({ body: Stage.atTheGate });
    const cut = stage.proxy.when(requests.start).cutAnswer();
    await using scheduler = stage.openScheduler();
    await stage.reached(cut);
    await scheduler.until("pass-failed");
    await scheduler.until("run-taken-up");
    await stage.openGate();
    await expectOneOfEverything(stage, { scheduledAt, scheduler });
    expect(startsSent(stage)).toBe(1);
  });

  it("is not sent again when the answer was lost and the job has ended", { tags: "full" }, async () => {
    await using stage = await Stage.set("start-unanswered-ended", testEngine());
    const scheduledAt = await stage.declareDueOnce();
    stage.proxy.when(requests.start).cutAnswer();
    await using scheduler = stage.openScheduler();
    await expectOneOfEverything(stage, { scheduledAt, scheduler });
    expect(startsSent(stage)).toBe(1);
  });

  it("is sent again when the request was lost, but not before the container stood inert for 2 s", {
    tags: "full",
  }, async () => {
    await using stage = await Stage.set("start-lost", testEngine());
    const scheduledAt = await stage.declareDueOnce();
    stage.proxy.when(requests.start).cutRequest();
    const again = stage.proxy.when(requests.start).pass();
    const look = stage.proxy.when(requests.inspect).pass();
    await using scheduler = stage.openScheduler();
    const lookedAt = await momentOf(look.reached);
    expect((await momentOf(again.reached)) - lookedAt).toBeGreaterThanOrEqual(1950);
    await expectOneOfEverything(stage, { scheduledAt, scheduler });
    expect(startsSent(stage)).toBe(2);
  });

  it("runs the job once when the network doubles the request while the job runs", { tags: "full" }, async () => {
    await using stage = await Stage.set("start-doubled", testEngine());
    const scheduledAt = await stage.declareDueOnce({ body: Stage.atTheGate });
    const doubled = stage.proxy.when(requests.start).double();
    await using scheduler = stage.openScheduler();
    await stage.reached(doubled);
    expect(stage.proxy.requests.filter(isStart).map(({ status }) => status)).toEqual([204, 304]);
    await stage.openGate();
    await expectOneOfEverything(stage, { scheduledAt, scheduler });
  });

  it("runs the job once when the dead scheduler's request arrives within 2 s of the next one's look", async () => {
    await using stage = await Stage.set("start-late", testEngine());
    const scheduledAt = await stage.declareDueOnce();
    const late = stage.proxy.when(requests.start).holdRequest();
    await using first = stage.openScheduler();
    await stage.reached(late);
    await first.kill();
    const look = stage.proxy.when(requests.inspect).pass();
    await using next = stage.openScheduler();
    await stage.reached(look);
    late.release();
    await expectOneOfEverything(stage, { scheduledAt, scheduler: next });
    expect(startsSent(stage)).toBe(1);
  });

  it("runs the job once when the dead scheduler's request arrives after the next one has started it", {
    tags: "full",
  }, async () => {
    await using stage = await Stage.set("start-later", testEngine());
    const scheduledAt = await stage.declareDueOnce({ body: Stage.atTheGate });
    const late = stage.proxy.when(requests.start).holdRequest();
    await using first = stage.openScheduler();
    const request = await stage.reached(late);
    await first.kill();
    await using next = stage.openScheduler();
    await stage.untilExecutions(1);
    late.release();
    await stage.until("an answer to the late start", async () => request.status !== undefined);
    expect(request.status).toBe(404);
    await stage.openGate();
    await expectOneOfEverything(stage, { scheduledAt, scheduler: next });
  });

  // The engine would start an exited container again: what is started a second time has another name by then.
  it("runs the job once when the dead scheduler's request arrives after the next one's run has ended", async () => {
    await using stage = await Stage.set("start-too-late", testEngine());
    await stage.declareDueOnce();
    const late = stage.proxy.when(requests.start).holdRequest();
    await using first = stage.openScheduler();
    const request = await stage.reached(late);
    await first.kill();
    await using next = stage.openScheduler();
    await next.until("run-finished");
    late.release();
    await stage.until("an answer to the late start", async () => request.status !== undefined);
    await stage.untilAllAre("exited");
    expect(await stage.witness.executions()).toHaveLength(1);
  });

  it("runs the job once when that request arrives after the container was removed", { tags: "full" }, async () => {
    await using stage = await Stage.set("start-of-a-gone-one", testEngine());
    const scheduledAt = await stage.declareDueOnce({ history: keepsNothing });
    const late = stage.proxy.when(requests.start).holdRequest();
    await using first = stage.openScheduler();
    const request = await stage.reached(late);
    await first.kill();
    await using next = stage.openScheduler();
    await next.until("run-finished");
    await stage.until("the container's removal", async () => (await stage.objects()).length === 0);
    late.release();
    await stage.until("an answer to the late start", async () => request.status !== undefined);
    expect(request.status).toBe(404);
    await expectOneOfEverything(stage, { scheduledAt, scheduler: next });
  });
});

function isStart({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method === requests.start.method && requests.start.path.test(path);
}

function startsSent({ proxy }: Stage): number {
  return proxy.requests.filter(isStart).length;
}

/** When something came, in milliseconds of the test's own clock. */
async function momentOf(event: Promise<unknown>): Promise<number> {
  await event;
  return performance.now();
}
