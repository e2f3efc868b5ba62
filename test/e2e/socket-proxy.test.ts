import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import {
  allowedRequests,
  documentedRequests,
  requestsSeen,
  type SocketProxy,
  startSocketProxy,
} from "../lab/haproxy.ts";
import { type EngineProxy, startEngineProxy } from "../lab/proxy.ts";
import { ensureShipbellImage, SHIPBELL_IMAGE } from "../lab/shipbell-image.ts";
import { testEngine } from "../lab/test-engine.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { requests } from "./engine-requests.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND, scheduleFile } from "./schedules.ts";

const EXAMPLE = join(import.meta.dirname, "../../docs/examples/socket-proxy/haproxy-container.cfg");
const INSTANCE = "behind-proxy";
const { docker, socketPath } = engineAt(testEngine());

/** Started manually, each once. */
const byHand = { schedule: "0 0 1 1 *", image: "busybox" };
const jobs = {
  "behind-pull": { ...byHand, image: "127.0.0.1:1/nowhere:1" },
  "behind-networks": { ...byHand, networks: ["behind-one", "behind-two"], command: "ls /sys/class/net" },
  "behind-volumes": { ...byHand, volumes_from: ["behind-data"], command: "cat /data/kept" },
  "behind-timeout": { ...byHand, command: "sleep 120", timeout: "1s", stop_grace_period: "1s" },
  "behind-nope": { ...byHand, command: "nope" },
  "behind-again": { ...byHand, command: "echo started" },
  "behind-declared": {
    ...byHand,
    networks: ["behind-own"],
    configs: [{ source: "behind-text", target: "/text" }],
    command: "cat /text",
  },
  "behind-tick": { schedule: "*/3 * * * * *", image: "busybox", command: "echo tick" },
};

const top = { networks: { "behind-own": {} }, configs: { "behind-text": { content: "declared\n" } } };

let folder: TestFolder;
/** Between the socket proxy and the engine: what comes here was let through. */
let recorder: EngineProxy;
let proxy: SocketProxy;
let scheduler: SchedulerProcess;

beforeAll(async () => {
  folder = await TestFolder.make();
  recorder = await startEngineProxy(socketPath);
  proxy = await startSocketProxy(EXAMPLE, recorder.socketPath);
  for (const network of ["behind-one", "behind-two"]) await docker("network", "create", network);
  const onVolume = ["--name", "behind-data", "--volume", "/data"];
  await docker("run", ...onVolume, "busybox", "sh", "-c", "echo kept > /data/kept");
  await folder.writeSchedules(scheduleFile(jobs, top));
  const args = ["--instance", INSTANCE];
  scheduler = new SchedulerProcess({ dockerHost: proxy.dockerHost, folder, args });
  await scheduler.until("jobs-changed");
});

afterAll(async () => {
  await scheduler?.[Symbol.asyncDispose]();
  await docker("rm", "--force", "--volumes", "behind-data", "behind-template");
  await docker("network", "rm", "behind-one", "behind-two");
  await proxy?.takeDown();
  await recorder?.close();
  await folder[Symbol.asyncDispose]();
});

/** A command of shipbell through the socket proxy. */
function command(...args: readonly string[]) {
  return shipbell([...args, "--instance", INSTANCE, "--state-dir", folder.stateDir, "--docker-host", proxy.dockerHost]);
}

const runAndWait = (job: string) => command("run", job, "--wait");

describe("behind HAProxy, as our example for an engine's containers has it", () => {
  it("jobs of files and of labels run, and their lines come while they do", async () => {
    const label = ["--label", `shipbell.schedule=${EVERY_SECOND}`];
    const script = "echo begun; sleep 120";
    const quick = [...label, "--label", "shipbell.timeout=3s", "--label", "shipbell.stop_grace_period=0s"];
    await docker("create", "--name", "behind-template", ...quick, "busybox", "sh", "-c", script);
    const line = await scheduler.until("job-output", { job: "behind-template", line: "begun" });
    const late = Date.parse(String(line.time)) - Date.parse(String(line.at));
    expect(late).toBeLessThan(onThisMachine(1000));
    expect(scheduler.all("run-finished", { run: line.run })).toEqual([]);
    await scheduler.until("run-finished", { job: "behind-template", outcome: "timed-out" });
    await docker("rm", "behind-template");
    await scheduler.until("run-finished", { job: "behind-tick", outcome: "succeeded" });
  });

  it("a missing image is pulled, and the registry's words are reported", async () => {
    const { code, stderr } = await runAndWait("behind-pull");
    expect(code).toBe(125);
    expect(stderr).toMatch(/was rejected, registry-unreachable: .*127\.0\.0\.1:1.*connection refused/);
  });

  it("a run is on two networks", async () => {
    const { code, stdout } = await runAndWait("behind-networks");
    expect([code, stdout.match(/eth\d/g)]).toEqual([0, ["eth0", "eth1"]]);
  });

  it("a run has the network and the config that its file declares", async () => {
    expect(await runAndWait("behind-declared")).toMatchObject({ code: 0, stdout: "declared\n" });
  });

  it("a run has the volumes of another container", async () => {
    expect(await runAndWait("behind-volumes")).toMatchObject({ code: 0, stdout: "kept\n" });
  });

  it("a run that takes too long is stopped", async () => {
    expect(await runAndWait("behind-timeout")).toMatchObject({ code: 124 });
  });

  it("a command that is not there is rejected in the words of the init process", async () => {
    const { code, stderr } = await runAndWait("behind-nope");
    expect([code, stderr]).toEqual([125, expect.stringContaining("exec nope failed: No such file or directory")]);
  });

  it("a start that was lost is sent again, under another name", async () => {
    recorder.when({ ...requests.start, path: /behind-again-[^/]+\/start/ }).cutRequest();
    expect(await runAndWait("behind-again")).toMatchObject({ code: 0, stdout: "started\n" });
    expect(recorder.requests.filter(({ path }) => path.includes("/rename"))).toHaveLength(1);
  });

  it("commands work, a stopped scheduler leaves no stream open, and a purge removes all", async () => {
    const listed = await command("ls");
    expect(listed.stdout).toMatch(/behind-volumes .* succeeded/);
    expect(listed.stderr).not.toContain("Deprecation");
    expect(await scheduler.stop()).toBe(0);
    await expect.poll(() => recorder.requests.filter(({ end }) => end === "open")).toEqual([]);
    expect(await command("purge", "--yes")).toMatchObject({ code: 0 });
    expect(await docker("ps", "--all", "--quiet", "--filter", `label=shipbell.instance=${INSTANCE}`)).toBe("");
  });

  it("nothing of all this was denied, and all that is allowed was needed", async () => {
    expect(await proxy.denied()).toEqual([]);
    const documented = await documentedRequests("containers");
    expect(requestsSeen(recorder.requests, documented)).toEqual(documented);
    expect((await allowedRequests(EXAMPLE)).toSorted()).toEqual(documented);
  });

  it.each([
    "POST /containers/x/exec",
    "POST /exec/x/start",
    "POST /containers/x/attach",
    "POST /containers/x/update",
    "POST /containers/x/kill",
    "POST /containers/prune",
    "GET /containers/x/archive?path=/etc",
    "GET /containers/x/export",
    "POST /images/load",
    "POST /images/x/push",
    "DELETE /images/x",
    "POST /build",
    "POST /volumes/create",
    "DELETE /volumes/x",
    "POST /networks/x/disconnect",
    "POST /services/create",
    "POST /swarm/init",
    "GET /system/df",
    "POST /auth",
    "GET /containers/x%2F..%2F../volumes/json",
    "GET /images/../volumes/x/json",
  ])("%s is denied", (request) => expectDenied(request));
});

describe("the image with the socket itself", () => {
  // It may have to be built first.
  beforeAll(() => ensureShipbellImage([engineAt(testEngine())]));

  it.each([
    { as: "root", user: () => "0:0" },
    { as: "nobody, in the group of the socket", user: () => `65534:${statSync(socketPath).gid}` },
  ])("runs jobs as $as, without capabilities, new privileges or a file system to write to", async ({ user }) => {
    const lock = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", user()];
    const mounts = [`${socketPath}:/var/run/docker.sock`, `${folder.schedules}:/etc/shipbell/schedules/jobs.yml:ro`];
    const volumes = mounts.flatMap((mount) => ["--volume", mount]);
    const flags = ["serve", "--instance", "locked", "--sources", "files"];
    const container = await docker("run", "--detach", ...lock, ...volumes, SHIPBELL_IMAGE, ...flags);
    try {
      const ask = async () => (await docker("logs", container)).match(/"event":"run-finished".*succeeded/)?.[0];
      await eventually("a run that succeeded", ask);
      expect(await docker("exec", container, "shipbell", "ls", "--instance", "locked")).toContain("behind-tick");
    } finally {
      await docker("rm", "--force", "--volumes", container);
      const runs = await docker("ps", "--all", "--quiet", "--filter", "label=shipbell.instance=locked");
      if (runs !== "") await docker("rm", "--force", ...runs.split("\n"));
    }
  });
});

async function expectDenied(request: string): Promise<void> {
  const [method = "", path = ""] = request.split(" ");
  expect(await proxy.ask(method, `/v1.41${path}`)).toBe(403);
  expect(await proxy.ask(method, path)).toBe(403);
  expect(recorder.requests.filter((one) => one.method === method && one.path === path)).toEqual([]);
  // The proxy answers first, and then writes its log.
  await expect.poll(() => proxy.denied()).toContain(`${method} /v1.41${path.split("?")[0]}`);
}
