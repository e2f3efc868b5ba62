import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { runUuid } from "../../src/notify/run-uuid.ts";
import { testEngine } from "../lab/test-engine.ts";
import { Receiver, status } from "../notify/receiver.ts";
import { eventually } from "./eventually.ts";
import { heard, writeChannels } from "./heard.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";

const ONCE_A_YEAR = "0 0 1 1 *";

/** A job that fails while its file says so, and the channel that hears of it. */
async function setting(receiver: Receiver, more: object = {}) {
  const folder = await TestFolder.make();
  const channels = await writeChannels(folder, {
    hook: { kind: "webhook", url: `${receiver.url}/canary?canary`, secret: `whsec_${"canary00".repeat(4)}` },
    // Nobody listens there.
    mail: {
      ...{ kind: "email", server: "smtps://127.0.0.1:1", user: "canary-user", password: "canary-password" },
      ...{ from: "cron@example.org", to: "ops@example.org" },
    },
  });
  const instance = `told-${randomUUID().slice(0, 6)}`;
  const dockerHost = testEngine();
  const declare = (command: string, keys: object = {}) =>
    folder.writeSchedules(
      scheduleFile({
        backup: {
          image: "busybox",
          schedule: ONCE_A_YEAR,
          command: ["sh", "-c", command],
          notify: [{ to: "hook" }],
          ...more,
          ...keys,
        },
      }),
    );
  const open = (...args: readonly string[]) =>
    new SchedulerProcess({ dockerHost, folder, args: ["--instance", instance, "--channels", channels, ...args] });
  /** With the address of a scheduler, it asks that one. */
  const askOf = async (scheduler: SchedulerProcess, ...args: readonly string[]) =>
    command(["--listen", new URL(await scheduler.url("/")).host, ...args]);
  const command = (args: readonly string[]) =>
    shipbell(args, {
      SHIPBELL_CHANNELS: channels,
      SHIPBELL_DOCKER_HOST: dockerHost,
      SHIPBELL_INSTANCE: instance,
      SHIPBELL_STATE_DIR: folder.stateDir,
    });
  return { folder, instance, declare, open, askOf, command: (...args: readonly string[]) => command(args) };
}

describe.concurrent("what a webhook is told", () => {
  it("is a failure and its recovery, each once, and no secret stands anywhere", async () => {
    await using receiver = await Receiver.listen();
    const asked = { notify: [{ to: "hook" }, { to: "mail" }] };
    const { folder, declare, open, askOf, command } = await setting(receiver, asked);
    await using _ = folder;
    await declare("exit 3");
    await using scheduler = open();
    await scheduler.until("jobs-changed");
    await command("run", "backup", "--wait");
    await scheduler.until("notice-delivered", { kind: "failed", channel: "hook" });
    await scheduler.until("notice-failed", { channel: "mail", cause: "connection refused" });
    const said = [
      ...["explain backup", "problems", "notify ls", "notify ls --format json", "notify test mail", "settings"],
      ...["ls", "runs backup"],
    ].map(async (words) => JSON.stringify(await askOf(scheduler, ...words.split(" "))));
    const shown = ["/notices", "/jobs/backup", "/problems", "/metrics"].map(
      async (path) => (await scheduler.get(path)).text,
    );
    for (const text of await Promise.all([...said, ...shown])) expect(text).not.toContain("canary");
    await declare("true");
    await scheduler.until("jobs-changed", {}, { after: scheduler.log.length });
    await command("run", "backup", "--wait");
    await scheduler.until("notice-delivered", { kind: "recovered" });
    expect(receiver.received[0]?.headers["webhook-signature"]).toMatch(/^v1,/);
    expect(heard(receiver.received).map(({ kind, job }) => [kind, job])).toEqual([
      ["failed", "backup"],
      ["recovered", "backup"],
    ]);
    expect(await scheduler.metric('shipbell_notices_total{channel="hook",kind="failed",result="delivered"}')).toBe(1);
    expect(await scheduler.metric('shipbell_notices_waiting{channel="hook"}')).toBe(0);
    expect(JSON.stringify(scheduler.log)).not.toContain("canary");
    expect(await scheduler.stop()).toBe(0);
  });

  it("waits while the receiver is down, over a restart, and is then told as one", async () => {
    await using receiver = await Receiver.listen(status(500));
    const { folder, declare, open, command } = await setting(receiver);
    await using _ = folder;
    await declare("exit 3");
    {
      await using scheduler = open();
      await scheduler.until("jobs-changed");
      await command("run", "backup", "--wait");
      await scheduler.until("notice-failed", { cause: "500" });
      await command("run", "backup", "--wait");
      await scheduler.kill();
    }
    receiver.answers((_, response) => response.end());
    const before = receiver.received.length;
    await using scheduler = open();
    await scheduler.until("notice-delivered", { kind: "failed" });
    await eventually(
      "nothing waits",
      async () => (await scheduler.metric('shipbell_notices_waiting{channel="hook"}')) === 0 || undefined,
    );
    const told = heard(receiver.received.slice(before));
    expect(told).toEqual([expect.objectContaining({ kind: "failed", failures: 2 })]);
  });

  it("is nothing that a channel without end keeps from starting or stopping", async () => {
    await using receiver = await Receiver.listen(() => {});
    const { folder, declare, open, command } = await setting(receiver);
    await using _ = folder;
    await declare("exit 3");
    await using scheduler = open();
    await scheduler.until("jobs-changed");
    await command("run", "backup", "--wait");
    await eventually("the receiver has it", () => receiver.received.length > 0 || undefined);
    expect(await command("run", "backup", "--wait")).toMatchObject({ code: 3 });
    expect(await scheduler.stop()).toBe(0);
  });
});

describe.concurrent("a running scheduler", () => {
  it("takes up a file of channels that was edited, and keeps the last good one, with a word, while the new one is wrong", async () => {
    await using first = await Receiver.listen();
    await using second = await Receiver.listen();
    const { folder, declare, open, askOf, command } = await setting(first);
    await using _ = folder;
    await declare("exit 3");
    await using scheduler = open();
    await scheduler.until("jobs-changed");
    await command("run", "backup", "--wait");
    await scheduler.until("notice-delivered", { kind: "failed" });
    expect(heard(first.received)).toHaveLength(1);

    await writeChannels(folder, { hook: { kind: "webhook", url: `${second.url}/canary` } });
    await eventually("the new address", async () => {
      const { stdout } = await askOf(scheduler, "notify", "ls", "--format", "json");
      return stdout.includes(`${second.url}/…`) || undefined;
    });

    const path = await writeChannels(folder, { hook: { kind: "webhok", url: `${first.url}/canary` } });
    const problem = await scheduler.until("problem");
    expect(problem.at).toContain(path);
    expect(problem.msg).toContain('not "webhok" (did you mean webhook?)');
    expect((await askOf(scheduler, "problems")).stdout).toContain("did you mean webhook?");
    await declare("true");
    await scheduler.until("jobs-changed", {}, { after: scheduler.log.length });
    await command("run", "backup", "--wait");
    await scheduler.until("notice-delivered", { kind: "recovered" });
    expect(heard(second.received).map(({ kind }) => kind)).toEqual(["recovered"]);
    expect(first.received).toHaveLength(1);

    await writeChannels(folder, { hook: { kind: "webhook", url: `${first.url}/canary` } });
    await scheduler.until("problem-solved", { at: problem.at });
    expect((await askOf(scheduler, "problems")).code).toBe(0);
    expect(JSON.stringify(scheduler.log)).not.toContain("canary");
  });
});

describe.concurrent("a job's check", () => {
  it("hears of start and end with the run's ID and exit code, and the scheduler's own check of the scheduler", async () => {
    await using receiver = await Receiver.listen();
    await using beats = await Receiver.listen();
    const { folder, instance, declare, open, command } = await setting(receiver, { notify: [] });
    await using _ = folder;
    await declare("echo the last line; exit 3", { healthchecks: { url: `${receiver.url}/ping/canary`, output: true } });
    await using scheduler = open("--heartbeat", `${beats.url}/canary`);
    await scheduler.until("jobs-changed");
    await command("run", "backup", "--wait");
    const { run } = await scheduler.until("run-finished");
    await eventually("both pings", () => receiver.received.length >= 2 || undefined);
    const rid = runUuid(instance, String(run));
    expect(receiver.received.map(({ path, body }) => [path, body])).toEqual([
      [`/ping/canary/start?rid=${rid}`, ""],
      [`/ping/canary/3?rid=${rid}`, "the last line"],
    ]);
    await eventually("a beat", () => beats.received.length > 0 || undefined);
    expect(JSON.parse(beats.received[0]?.body ?? "")).toMatchObject({ instance, jobs: 1, problems: 0 });
    expect(JSON.stringify(scheduler.log)).not.toContain("canary");
  });
});
