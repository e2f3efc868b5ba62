import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { startEngineProxy } from "../lab/proxy.ts";
import { dockerConfig, type LabRegistry, type RegistryLogin, startRegistry } from "../lab/registry.ts";
import { type SchedulerOptions, SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND, scheduleFile } from "./schedules.ts";

const { docker, socketPath } = engineAt(inject("dockerHost"));
const right = { user: "robot", password: "right-secret" };
const wrong = { user: "robot", password: "wrong-secret" };
const renewed = { user: "robot", password: "renewed-secret" };

/** A registry that knows one login, a folder whose config.json has this one, and an image that only the registry has. */
async function set(job: string, login: RegistryLogin) {
  const stack = new AsyncDisposableStack();
  const registry = stack.use(await startRegistry(right));
  const folder = stack.use(await TestFolder.make());
  const image = `${registry.address}/${job}:1`;
  await writeConfig(folder, registry, right);
  await push(folder, image);
  await writeConfig(folder, registry, login);
  await folder.writeSchedules(scheduleFile({ [job]: { schedule: EVERY_SECOND, image, command: "echo pulled" } }));
  const start = (options: Partial<SchedulerOptions> = {}) => {
    const args = ["--instance", job, "--sources", "files", "--registry-config", configPath(folder)];
    const given = { dockerHost: inject("dockerHost"), folder, ...options };
    return stack.use(new SchedulerProcess({ ...given, args: [...args, ...(options.args ?? [])] }));
  };
  return { registry, folder, image, start, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const configPath = ({ path }: TestFolder) => join(path, "config.json");

function writeConfig(folder: TestFolder, { address }: LabRegistry, login: RegistryLogin): Promise<void> {
  return writeFile(configPath(folder), dockerConfig(address, login));
}

/** Busybox under that name, which the engine then has no more. */
async function push(folder: TestFolder, image: string): Promise<void> {
  await docker("tag", "busybox", image);
  await docker("--config", folder.path, "push", "--quiet", image);
  await docker("image", "rm", image);
}

describe.concurrent("an image that the engine does not have", () => {
  it("is pulled once, with the credentials of config.json, and then runs", async () => {
    await using test = await set("pull-right", right);
    const scheduler = test.start();
    const pulled = await scheduler.until("pull-finished");
    expect(pulled).toMatchObject({ job: "pull-right", image: test.image, durationMs: expect.any(Number) });
    expect(pulled).not.toHaveProperty("rejected");
    await scheduler.until("job-output", { line: "pulled" });
    await scheduler.until("run-finished", { outcome: "succeeded" }, { after: scheduler.log.length });
    expect(scheduler.all("pull-started")).toHaveLength(1);
    for (const line of scheduler.all("run-finished")) expect(line).toMatchObject({ outcome: "succeeded" });
  });

  it("is rejected in the registry's words while the password is wrong, and runs as soon as the file has the right one", async () => {
    await using test = await set("pull-wrong", wrong);
    const scheduler = test.start();
    const finished = await scheduler.until("run-finished");
    expect(finished).toMatchObject({
      outcome: "rejected",
      reason: "image-missing",
      detail: expect.stringContaining("unauthorized: authentication required"),
    });
    expect(scheduler.all("pull-finished")[0]).toMatchObject({ rejected: "image-missing", detail: finished.detail });
    await writeConfig(test.folder, test.registry, right);
    await scheduler.until("run-finished", { outcome: "succeeded" });
    const log = JSON.stringify(scheduler.log);
    for (const { user, password } of [right, wrong]) {
      expect(log).not.toContain(password);
      expect(log).not.toContain(Buffer.from(`${user}:${password}`).toString("base64"));
    }
  });

  it("is pulled with the credentials that the file has then, when they are renewed while the scheduler runs", async () => {
    await using test = await set("pull-renewed", right);
    const scheduler = test.start();
    await scheduler.until("run-finished", { outcome: "succeeded" });
    await test.registry.setLogin(renewed);
    await removeImage(test.image);
    const refused = await scheduler.until("run-finished", { outcome: "rejected" });
    expect(refused).toMatchObject({ reason: "image-missing" });
    await writeConfig(test.folder, test.registry, renewed);
    const after = scheduler.log.length;
    await scheduler.until("run-finished", { outcome: "succeeded" }, { after });
  });

  it("is rejected as missing when the registry does not have it either", async () => {
    await using test = await set("pull-missing", right);
    const image = test.image.replace(/:1$/, ":2");
    await test.folder.writeSchedules(scheduleFile({ "pull-missing": { schedule: EVERY_SECOND, image } }));
    const finished = await test.start().until("run-finished");
    expect(finished).toMatchObject({
      outcome: "rejected",
      reason: "image-missing",
      detail: expect.stringContaining("manifest unknown"),
    });
  });

  it("holds no place among the starts while it is pulled", async () => {
    await using test = await set("pull-slow", right);
    await using proxy = await startEngineProxy(socketPath);
    const pull = proxy.when({ method: "POST", path: /^\/images\/create/ }).holdRequest();
    const slow = { schedule: EVERY_SECOND, image: test.image, command: "echo pulled" };
    const other = { schedule: EVERY_SECOND, image: "busybox", command: "true" };
    await test.folder.writeSchedules(scheduleFile({ "pull-slow": slow, "pull-other": other }));
    const scheduler = test.start({ dockerHost: proxy.dockerHost, args: ["--starts-at-once", "1"] });
    await pull.reached;
    for (let runs = 0; runs < 3; runs++) {
      const after = scheduler.log.length;
      await scheduler.until("run-started", { job: "pull-other" }, { after });
    }
    expect(scheduler.all("run-started", { job: "pull-slow" })).toEqual([]);
    pull.release();
    const finished = await scheduler.until("run-finished", { job: "pull-slow" });
    expect(finished).toMatchObject({ outcome: "succeeded", trigger: "schedule" });
    expect(scheduler.all("pull-finished")[0]?.durationMs).toBeGreaterThan(1000);
  });
});

/** Also when a run of it is just there. */
async function removeImage(image: string): Promise<void> {
  await docker("image", "rm", "--force", image);
}
