// @module-tag full
import { join } from "node:path";
import { it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { startSocketProxy } from "../lab/haproxy.ts";
import { startEngineProxy } from "../lab/proxy.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { goOn, startScheduler } from "./scheduler-in-trouble.ts";
import type { LogLine } from "./scheduler-log.ts";
import { shipbell, TestFolder } from "./scheduler-process.ts";
import { OFTEN, scheduleFile } from "./schedules.ts";

const SHIPPED_PROXY = join(import.meta.dirname, "../../docs/examples/socket-proxy/haproxy-container.cfg");
const INSTANCE = "one-broken";
const { docker, socketPath } = engineAt(testEngine());
const ALWAYS = 100_000;

const every = { schedule: OFTEN, image: "busybox", command: "true" };
const hanging = ["hang-0", "hang-1", "hang-2", "hang-3", "hang-4", "hang-5", "hang-6", "hang-7"];
const jobs = {
  // Nothing of its has to be removed while this lasts.
  "quiet-one": { ...every, schedule: "*/5 * * * * *", history: { succeeded: 50 } },
  // The shipped proxy refuses it.
  "bad-exec": { schedule: OFTEN, launch: "exec", container: "one-broken-target", command: "true" },
  // Its ended containers cannot be removed.
  "bad-removal": { ...every, history: { succeeded: 0 } },
  "bad-network": { ...every, networks: ["one-broken-network"] },
  ...Object.fromEntries(hanging.map((name) => [name, every])),
};

/** Promise 4, on a real engine behind the socket proxy that we ship: a neighbour of all kinds of trouble goes on. */
it("trouble with one object is its job's alone: said once, with what is wrong, and never an engine that is down", async ({
  expect,
}) => {
  await using folder = await TestFolder.make();
  await using recorder = await startEngineProxy(socketPath);
  await using proxy = await startSocketProxy(SHIPPED_PROXY, recorder.socketPath);
  await docker("run", "--detach", "--name", "one-broken-target", "--network", "none", "busybox", "sleep", "1000");
  recorder.when({ method: "DELETE", path: /^\/containers\//, times: ALWAYS }).answer(500, { message: "device busy" });
  recorder
    .when({ method: "POST", path: /^\/networks\/create/, times: ALWAYS })
    .answer(500, { message: "no subnet left" });
  const held = recorder.when({ method: "POST", path: /hang-\d-[^/]*\/start/, times: ALWAYS }).holdRequest();
  try {
    await folder.writeSchedules(scheduleFile(jobs, { networks: { "one-broken-network": {} } }));
    await using scheduler = startScheduler(INSTANCE, folder, { dockerHost: proxy.dockerHost });
    const rejected = await scheduler.until("run-finished", { job: "bad-exec", outcome: "rejected" });
    expect(rejected).toMatchObject({
      reason: "forbidden",
      detail: expect.stringMatching(/POST \/containers\/…\/exec is forbidden/),
    });
    await scheduler.until("pass-failed", { job: "bad-removal" });
    await scheduler.until("pass-failed", { job: "bad-network" });
    await scheduler.until("run-finished", { job: "bad-network", outcome: "rejected", reason: "engine-trouble" });
    await eventually("all eight starts hang", async () => {
      const { text } = await scheduler.get("/metrics");
      return /^shipbell_starts_hanging 8$/m.test(text) ? true : undefined;
    });
    for (let rounds = 0; rounds < 3; rounds++) await goOn(scheduler, "quiet-one");
    const told = (job: string) => scheduler.all("pass-failed", { job }).map(({ cause }: LogLine) => cause);
    expect(scheduler.all("engine-down")).toEqual([]);
    expect(told("bad-removal")).toEqual([expect.stringContaining("device busy")]);
    expect(told("bad-network")).toEqual([expect.stringContaining("no subnet left")]);
    expect(scheduler.all("pass-failed").map(({ job }) => job)).not.toContain("quiet-one");
    expect((await scheduler.get("/readyz")).status).toBe(200);
    const explain = async (job: string) => {
      const where = ["--state-dir", folder.stateDir, "--docker-host", proxy.dockerHost];
      return (await shipbell(["explain", job, "--instance", INSTANCE, ...where])).stdout;
    };
    expect(await explain("bad-exec")).toContain("is forbidden");
    expect(await explain("bad-network")).toContain("no subnet left");
  } finally {
    recorder.removeRules();
    held.release();
    await docker("rm", "--force", "one-broken-target");
    const left = await docker("ps", "--all", "--quiet", "--filter", `label=shipbell.instance=${INSTANCE}`);
    if (left !== "") await docker("rm", "--force", ...left.split("\n"));
  }
});
