import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { ensureShipbellImage, SHIPBELL_IMAGE } from "../lab/shipbell-image.ts";
import { testEngine } from "../lab/test-engine.ts";
import { TestFolder } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));

it("the image says in OCI labels what it is, and from which commit", async () => {
  const engine = engineAt(testEngine());
  await ensureShipbellImage([engine]);
  const labels = await engine.docker("image", "inspect", "--format", "{{json .Config.Labels}}", SHIPBELL_IMAGE);
  expect(JSON.parse(labels)).toMatchObject({
    "org.opencontainers.image.title": "shipbell",
    "org.opencontainers.image.licenses": "MIT",
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.revision": expect.stringMatching(/^([0-9a-f]{40}(-dirty)?)?$/),
  });
});

it("the image's health check finds the scheduler by itself", async () => {
  const engine = engineAt(testEngine());
  await ensureShipbellImage([engine]);
  const socket = `${engine.socketPath}:/var/run/docker.sock`;
  const name = "health-of-image";
  await engine.docker("run", "--detach", "--name", name, "--health-interval", "1s", "--volume", socket, SHIPBELL_IMAGE);
  try {
    await expect.poll(() => engine.docker("inspect", "--format", "{{.State.Health.Status}}", name)).toBe("healthy");
    expect(await engine.docker("exec", name, "shipbell-health")).toBe("ok");
  } finally {
    await engine.docker("rm", "--force", name);
  }
});

it("a schedule file that is mounted by itself and replaced on the host keeps its version, which is said", async () => {
  const engine = engineAt(testEngine());
  await ensureShipbellImage([engine]);
  await using folder = await TestFolder.make();
  const [file, next] = ["jobs.yml", "next.yml"].map((name) => join(folder.path, name)) as [string, string];
  const busybox = { schedule: "0 3 * * *", image: "busybox" };
  await writeFile(file, scheduleFile({ before: busybox }));
  await writeFile(next, scheduleFile({ after: busybox }));
  const name = "mounts-of-image";
  const inside = "/etc/shipbell/schedules/jobs.yml";
  const mounts = [`${engine.socketPath}:/var/run/docker.sock`, `${file}:${inside}:ro`];
  const volumes = mounts.flatMap((mount) => ["--volume", mount]);
  await engine.docker("run", "--detach", "--name", name, ...volumes, SHIPBELL_IMAGE);
  const shipbell = (...words: string[]) => engine.docker("exec", name, "shipbell", ...words).catch(String);
  try {
    await expect.poll(() => shipbell("problems")).toMatch(/^1 job, 0 problems/m);
    await rename(next, file);
    await expect.poll(() => shipbell("problems")).toContain(`${inside}: warning: it has been replaced`);
    expect(await shipbell("ls")).toContain("before");
    await engine.docker("restart", "--time", "10", name);
    await expect.poll(() => shipbell("ls")).toContain("after");
    expect(await shipbell("problems")).toMatch(/^1 job, 0 problems/m);
  } finally {
    await engine.docker("rm", "--force", "--volumes", name);
  }
});
