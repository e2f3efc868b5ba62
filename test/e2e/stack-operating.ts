import { expect, it } from "vitest";
import type { JobRecord, Run } from "../../src/ledger/record.ts";
import type { LabSwarm } from "../lab/swarm.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { eventually } from "./eventually.ts";
import { shipbell } from "./scheduler-process.ts";
import type { ShipbellStack } from "./stack.ts";

/** How soon a scheduler does what is asked of it: docs/commands.md promises it. */
const ACTS_WITHIN_MS = 2000;

/** To be among the stack's schedules; each is only ever started manually. */
export const operatedJobs = `
  by-hand:
    schedule: "0 0 1 1 *"
    image: busybox
    command: ["sh", "-c", "echo done as $$WHO; exit 3"]
    environment: { WHO: itself }
    success_exit_codes: [3]
  stays:
    schedule: "0 0 1 1 *"
    image: busybox
    command: ["sh", "-c", "trap 'exit 7' TERM; echo begun; while :; do sleep 0.1; done"]
`;

/** The commands of operators while a scheduler runs: in its container, and on a manager without one. */
export function itIsOperated(swarm: LabSwarm, get: () => ShipbellStack): void {
  const record = async (job: string): Promise<JobRecord> => {
    const found = await (await get().ledger()).read(job);
    if (found === undefined) throw new Error(`no record of ${job}`);
    return found;
  };
  const latestRun = async (job: string): Promise<Run | undefined> => (await record(job)).runs.at(-1);

  it("starts a job within 2 s at an operator's word, and shows what it prints and how it ends", async () => {
    expect(await get().command("run", "by-hand", "--wait", "--env", "WHO=asked")).toBe("done as asked");
    const run = await latestRun("by-hand");
    expect(run).toMatchObject({ trigger: "manual", outcome: { kind: "succeeded", exitCode: 3 } });
    expect(Number(run?.attempts[0]?.boundAt) - Number(run?.scheduledAt)).toBeLessThan(onThisMachine(ACTS_WITHIN_MS));
    expect(await get().command("runs", "by-hand")).toMatch(/manual .* succeeded/);
    expect(await get().command("logs", "by-hand")).toBe("done as asked");
    expect(await get().command("ls")).toMatch(/by-hand .* succeeded/);
    expect((await get().command("explain", "by-hand")).replaceAll("\n  ", " ")).toMatch(
      /started manually .*, succeeded with exit code 3/,
    );
  });

  it("stops a run within 2 s at the word of an operator on another manager", async () => {
    await get().command("run", "stays");
    const line = await get().log.until("job-output", { job: "stays", line: "begun" }, {});
    const id = String(line.run);
    expect((await elsewhere("runs", "stays")).stdout).toMatch(new RegExp(`${id} .* running`));
    expect((await elsewhere("logs", id)).stdout).toBe("begun\n");
    expect((await elsewhere("cancel", id)).stdout).toContain("is being cancelled");
    const { attempts: [attempt] = [] } = (await latestRun("stays")) ?? {};
    const stoppedAt = await untilStopped(String(attempt?.objectId), await swarm.leader());
    expect(stoppedAt - Number(attempt?.stopping?.since)).toBeLessThan(onThisMachine(ACTS_WITHIN_MS));
    const finished = await get().log.until("run-finished", { run: id }, {});
    expect(finished).toMatchObject({ outcome: "cancelled", exitCode: 7 });
  });

  it("starts nothing that is due while a job is paused, and goes on with it at once when it is resumed", async () => {
    expect((await elsewhere("pause", "file-job", "--reason", "a test")).stdout).toContain("file-job is paused: a test");
    const { paused } = await record("file-job");
    const skipped = await get().log.until("occurrence-skipped", { job: "file-job", reason: "paused" }, {});
    expect((await get().command("explain", "file-job")).replaceAll("\n  ", " ")).toContain("a test");
    expect(await get().command("resume", "file-job")).toContain("file-job is resumed");
    const resumedAt = Date.now();
    const started = await eventually("the first run after it", async () => {
      const run = await latestRun("file-job");
      return run !== undefined && run.scheduledAt > new Date(String(skipped.scheduledAt)) ? run : undefined;
    });
    expect(started.scheduledAt.getTime() - resumedAt).toBeLessThan(onThisMachine(5000));
    expect(Number(started.attempts[0]?.boundAt) - Number(started.scheduledAt)).toBeLessThan(
      onThisMachine(ACTS_WITHIN_MS),
    );
    const { runs } = await record("file-job");
    const meanwhile = runs.filter(
      ({ scheduledAt }) => paused && scheduledAt > paused.since && scheduledAt < started.scheduledAt,
    );
    expect(meanwhile).toEqual([]);
  });

  it("resets the schedule of a job", async () => {
    const before = Date.now();
    expect(await get().command("reset", "by-hand")).toContain("by-hand starts over from");
    expect((await record("by-hand")).cursor.getTime()).toBeGreaterThanOrEqual(before);
  });

  async function elsewhere(...args: readonly string[]): ReturnType<typeof shipbell> {
    const { host } = await get().place();
    const other = swarm.managers.find(({ name }) => name !== host.name);
    return shipbell([...args, "--engine", "swarm", "--docker-host", other?.dockerHost ?? ""]);
  }
}

/** When the scheduler changed the service, in milliseconds. It does so once after the start: to stop it. */
async function untilStopped(id: string, { api }: Pick<LabSwarm["hosts"][number], "api">): Promise<number> {
  type Service = { UpdatedAt: string; Spec: { TaskTemplate: { Placement?: { Constraints?: readonly string[] } } } };
  return eventually(`the stop of service ${id}`, async () => {
    const { json } = await api<Service>("GET", `/services/${id}`);
    const isStopped = (json.Spec?.TaskTemplate.Placement?.Constraints ?? []).length > 0;
    return isStopped ? Date.parse(json.UpdatedAt) : undefined;
  });
}
