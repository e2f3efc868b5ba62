import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Clock, systemClock } from "../../src/clock.ts";
import { examine } from "../../src/doctor/doctor.ts";
import { connectDocker, type Docker } from "../../src/engines/docker/connect.ts";
import { readSettings } from "../../src/settings/settings.ts";
import { fakeDockerHost } from "../support/fake-docker-host.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-silent-"));
  writeFileSync(join(folder, "jobs.yml"), 'jobs: {backup: {schedule: "0 3 * * *", image: busybox}}');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Goes ten times as fast as the machine's. */
const fast: Clock = {
  now: () => new Date(systemClock.now().getTime() * FASTER),
  wait: (ms, signal) => systemClock.wait(ms / FASTER, signal),
  after: (ms, act) => systemClock.after(ms / FASTER, act),
};
const FASTER = 10;

async function examined(docker: Docker, dockerHost: string) {
  const own = { SHIPBELL_STATE_DIR: folder, SHIPBELL_SCHEDULES: folder, SHIPBELL_LISTEN: "127.0.0.1:1" };
  const env = { ...own, OTEL_EXPORTER_OTLP_ENDPOINT: "http://jo:hunter2@collector:4318" };
  const flags = { "docker-host": dockerHost };
  const read = readSettings({ flags, env, readFile: () => "", isTerminal: false });
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  const scheduler = { kind: "silent", why: "none is here" } as const;
  const deployment = { settings: read.settings, env, clock: fast, docker, scheduler };
  return examine(deployment, new AbortController().signal);
}

/** Never answers, and not even its own deadlines are kept. */
function mute(docker: Docker, ...answers: readonly (keyof Docker)[]): Docker {
  return new Proxy(docker, {
    get: (target, name: keyof Docker) => {
      const value = target[name];
      return typeof value !== "function" || answers.includes(name) ? value : () => new Promise(() => {});
    },
  });
}

it("an engine that takes connections and stays silent is said to, and hides nothing else", async () => {
  await using host = await disposable();
  const found = await examined(mute(connectDocker({ host: host.host })), host.host);
  expect(found.find(({ at }) => at === "traces")?.message).toBe(
    "on: sent to http://collector:4318/… as http/protobuf, with IDs of the instance shipbell, the default: a second deployment that sends there needs an --instance",
  );
  expect(found).toContainEqual(
    expect.objectContaining({ look: "engine", severity: "problem", message: "no answer within 10 s" }),
  );
  expect(found).toContainEqual(expect.objectContaining({ look: "zones", severity: "ok" }));
  expect(found).toContainEqual(expect.objectContaining({ message: "1 job declared in files" }));
});

it("an engine that answers no more than a ping ends nothing and holds up nothing", async () => {
  await using host = await disposable();
  const docker = mute(connectDocker({ host: host.host }), "ping", "apiVersion");
  const found = await examined(docker, host.host);
  expect(found).toContainEqual(
    expect.objectContaining({ look: "swarm", severity: "problem", message: expect.stringContaining("within 30 s") }),
  );
  expect(found).toContainEqual(expect.objectContaining({ look: "ledger", severity: "ok" }));
});

async function disposable() {
  const host = await fakeDockerHost(() => {});
  return { host: host.host, [Symbol.asyncDispose]: () => host.close() };
}
