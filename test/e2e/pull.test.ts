import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { startEngineProxy } from "../lab/proxy.ts";
import { dockerConfig, type LabRegistry, type RegistryLogin, startRegistry } from "../lab/registry.ts";
import { testEngine } from "../lab/test-engine.ts";
import { type SchedulerOptions, SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND, scheduleFile } from "./schedules.ts";

const { docker, socketPath } = engineAt(testEngine());
const right = { user: "robot", password: "right-secret" };
const wrong = { user: "robot", password: "wrong-secret" };
/** Unlike a port that was free a moment ago, this one is taken by no registry of another test. */
const NOWHERE = "127.0.0.1:1";
const renewed = { user: "robot", password: "renewed-secret" };

/** A registry that knows one login, a folder whose config.json has this one, and an image that only the registry has. */
async function set(job: string, login: RegistryLogin) {
  const stack = new AsyncDisposableStack();
  const registry = stack.use(await startRegistry(right));
  const folder = stack.use(await TestFolder.make());
  const image = `${registry.address}/${job}:1`;
  await writeConfig(folder, registry, right);
  const digest = await push(folder, image);
  await writeConfig(folder, registry, login);
  await folder.writeSchedules(scheduleFile({ [job]: { schedule: EVERY_SECOND, image, command: "echo pulled" } }));
  // The port is another at each try: what an earlier one has left is not taken up.
  const instance = `${job}-${registry.address.replace(/.*:/, "")}`;
  const start = (options: Partial<SchedulerOptions> = {}) => {
    const args = ["--instance", instance, "--sources", "files", "--registry-config", configPath(folder)];
    const given = { dockerHost: testEngine(), folder, ...options };
    return stack.use(new SchedulerProcess({ ...given, args: [...args, ...(options.args ?? [])] }));
  };
  return { registry, folder, image, digest, start, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const configPath = ({ path }: TestFolder) => join(path, "config.json");

function writeConfig(folder: TestFolder, { address }: LabRegistry, login: RegistryLogin): Promise<void> {
  return writeFile(configPath(folder), dockerConfig(address, login));
}

/** An image under that name, which the engine then has no more; answers with the digest that the registry gave it. */
async function push(folder: TestFolder, image: string, source = "busybox"): Promise<string> {
  await docker("tag", source, image);
  const pushed = await docker("--config", folder.path, "push", image);
  await docker("image", "rm", "--force", image);
  return /digest: (sha256:[0-9a-f]{64})/.exec(pushed)?.[1] ?? pushed;
}

/** Another image that does the same. */
async function changedBusybox(): Promise<string> {
  const container = await docker("create", "busybox", "true");
  const image = await docker("commit", "--change", "LABEL changed=yes", container);
  await docker("rm", container);
  return image;
}

describe.concurrent("an image that the engine does not have", () => {
  it("is pulled once, with the credentials of config.json, and then runs", async () => {
    await using test = await set("pull-right", right);
    const scheduler = test.start();
    const pulled = await scheduler.until("pull-finished");
    expect(pulled).toMatchObject({ job: "pull-right", image: test.image, durationMs: expect.any(Number) });
    expect(pulled).not.toHaveProperty("rejected");
    await scheduler.until("job-output", { line: "pulled" });
    const finished = await scheduler.until("run-finished", { outcome: "succeeded" }, { after: scheduler.log.length });
    const imageId = await docker("image", "inspect", "--format", "{{.Id}}", test.image);
    expect(finished).toMatchObject({ image: test.image, imageDigest: test.digest, imageId });
    expect(scheduler.all("pull-started")).toHaveLength(1);
    for (const line of scheduler.all("run-finished")) expect(line).toMatchObject({ outcome: "succeeded" });
  });

  it("is rejected in the registry's words while the password is wrong, and runs as soon as the file has the right one", async () => {
    await using test = await set("pull-wrong", wrong);
    const scheduler = test.start();
    const finished = await scheduler.until("run-finished");
    expect(finished).toMatchObject({
      outcome: "rejected",
      reason: "registry-unauthorized",
      detail: expect.stringMatching(
        / refuses the login .*\(.*(unauthorized: authentication required|401 Unauthorized)\)$/,
      ),
    });
    expect(scheduler.all("pull-finished")[0]).toMatchObject({
      rejected: "registry-unauthorized",
      detail: finished.detail,
    });
    await writeConfig(test.folder, test.registry, right);
    await scheduler.until("run-finished", { outcome: "succeeded" });
    const log = JSON.stringify(scheduler.log);
    for (const { user, password } of [right, wrong]) {
      expect(log).not.toContain(password);
      expect(log).not.toContain(Buffer.from(`${user}:${password}`).toString("base64"));
    }
  });

  it("is pulled with the credentials that the file has then, when they are renewed while the scheduler runs", {
    tags: "full",
  }, async () => {
    await using test = await set("pull-renewed", right);
    const scheduler = test.start();
    await scheduler.until("run-finished", { outcome: "succeeded" });
    await test.registry.setLogin(renewed);
    await removeImage(test.image);
    const refused = await scheduler.until("run-finished", { outcome: "rejected" });
    expect(refused).toMatchObject({ reason: "registry-unauthorized" });
    await writeConfig(test.folder, test.registry, renewed);
    const after = scheduler.log.length;
    await scheduler.until("run-finished", { outcome: "succeeded" }, { after });
  });

  it("is rejected for another reason, in other words, where it is the tag, the repository, or the registry that is not there", async () => {
    await using test = await set("pull-missing", right);
    const { address } = test.registry;
    const images = {
      "no-tag": test.image.replace(/:1$/, ":2"),
      "no-repository": `${address}/team/nothing:1`,
      "no-registry": test.image.replace(address, NOWHERE),
    };
    const jobs = Object.entries(images).map(([job, image]) => [job, { schedule: EVERY_SECOND, image }]);
    await test.folder.writeSchedules(scheduleFile(Object.fromEntries(jobs)));
    const scheduler = test.start();
    const says = async (job: keyof typeof images) => {
      const { outcome, reason, detail } = await scheduler.until("run-finished", { job });
      return `${outcome}, ${reason}: ${detail}`;
    };
    // What follows in brackets are the engine's own words, which are others for each image store.
    expect(await says("no-tag")).toMatch(
      `rejected, image-tag-missing: registry ${address} has pull-missing, but no tag "2" of it (`,
    );
    expect(await says("no-repository")).toMatch(
      `rejected, image-missing: registry ${address} has no repository team/nothing (`,
    );
    expect(await says("no-registry")).toMatch(
      `rejected, registry-unreachable: registry ${NOWHERE} cannot be reached, or is out of order (`,
    );
  });

  it("is asked for as pull_policy says: at each run, once in six hours whatever is restarted, or never", {
    tags: "full",
  }, async () => {
    await using test = await set("pull-policy", right);
    const { image } = test;
    const job = { schedule: EVERY_SECOND, image, command: "true" };
    const never = { ...job, image: image.replace(/:1$/, ":never"), pull_policy: "never" };
    const jobs = { always: { ...job, pull_policy: "always" }, timed: { ...job, pull_policy: "every_6h" }, never };
    await test.folder.writeSchedules(scheduleFile(jobs));
    const scheduler = test.start();
    const succeeded = { job: "always", outcome: "succeeded" };
    expect(await scheduler.until("run-finished", succeeded)).toMatchObject({ imageDigest: test.digest });
    const changed = await push(test.folder, image, await changedBusybox());
    // The engine has it no more until the next pull, and that must have ended before the registry goes.
    await scheduler.until("pull-finished", { job: "always" }, { after: scheduler.log.length });
    await scheduler.until("run-finished", { ...succeeded, imageDigest: changed });
    expect(await scheduler.until("run-finished", { job: "never" })).toMatchObject({
      outcome: "rejected",
      reason: "image-missing",
      detail: expect.stringContaining("pull_policy is never"),
    });
    await scheduler.until("run-finished", { job: "timed", outcome: "succeeded" });
    await scheduler.stop();
    const next = test.start();
    await next.until("run-finished", { job: "timed", outcome: "succeeded" });
    await next.until("run-finished", succeeded);
    await test.registry.takeDown();
    const rejected = { job: "always", outcome: "rejected", reason: "registry-unreachable" };
    await next.until("run-finished", rejected, { after: next.log.length });
    await next.until("run-finished", { job: "timed", outcome: "succeeded" }, { after: next.log.length });
    expect(next.all("pull-started", { job: "timed" })).toEqual([]);
    expect(scheduler.all("pull-started", { job: "never" })).toEqual([]);
  });

  it("holds no place among the starts while it is pulled", { tags: "full" }, async () => {
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
