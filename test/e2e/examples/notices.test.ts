// @module-tag full
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { engineAt } from "../../lab/engine-client.ts";
import { ensureImages } from "../../lab/images.ts";
import { testEngine } from "../../lab/test-engine.ts";
import { eventually } from "../eventually.ts";
import { Example, exampleFile } from "./example.ts";

const engine = engineAt(testEngine());
const CANARY = "hunter2-hunter2";

it("a failure and the success after it reach the channel that the job names, and no secret is logged", async () => {
  await ensureImages(engine, ["busybox"]);
  const heard: { readonly kind: string; readonly job: string; readonly output?: readonly string[] }[] = [];
  const receiver = createServer(async (request, response) => {
    heard.push(JSON.parse(await text(request)).data);
    response.end();
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const { port } = receiver.address() as AddressInfo;
  const folder = await mkdtemp(join(tmpdir(), "shipbell-secrets-"));
  const secrets = {
    "hook-url": `http://127.0.0.1:${port}/${CANARY}`,
    "hook-secret": `whsec_${Buffer.from(CANARY.repeat(2)).toString("base64")}`,
    "ops-chat-url": `https://hooks.slack.com/${CANARY}`,
  };
  for (const [name, secret] of Object.entries(secrets)) await writeFile(join(folder, name), secret);
  const channels = join(folder, "channels.yml");
  const shown = await readFile(exampleFile("notices/channels.yml"), "utf8");
  await writeFile(channels, shown.replaceAll("/run/secrets/", `${folder}/`));
  try {
    await using example = await Example.start({
      ...{ engine, instance: "notices-example", schedules: "notices/jobs.yml" },
      env: { BACKUP_SCHEDULE: "0 0 1 1 *" },
      args: ["--channels", channels],
    });
    expect((await example.run("silent")).code).not.toBe(0);
    expect((await example.run("backup")).code).not.toBe(0);
    await eventually("the failure", async () => heard.find(({ kind }) => kind === "failed"));
    expect(heard).toMatchObject([{ kind: "failed", job: "backup", output: [expect.stringContaining("/backup")] }]);
    expect((await example.run("backup", "--env", "BACKUP_FOLDER=/tmp")).code).toBe(0);
    await eventually("the recovery", async () => heard.find(({ kind }) => kind === "recovered"));
    expect(heard).toHaveLength(2);
    expect(JSON.stringify(example.scheduler.log)).not.toContain(CANARY);
  } finally {
    receiver.close();
    await rm(folder, { recursive: true });
  }
});
