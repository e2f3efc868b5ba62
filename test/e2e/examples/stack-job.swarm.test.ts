// @module-tag full
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { ensureImages } from "../../lab/images.ts";
import { openSwarm } from "../../lab/swarm.ts";
import { eventually } from "../eventually.ts";
import { deployStack, untilStackIsGone } from "../stack.ts";
import { Example, exampleFile } from "./example.ts";

const STACK = "shop";
const SECRET = "shop-redis-password";
const PASSWORD = "top-secret";

const swarm = openSwarm(inject("swarm"));
const manager = swarm.managers[0] ?? swarm.hosts[0];
const batchNode = swarm.workers[1];
if (manager === undefined || batchNode === undefined) throw new Error("this test needs a manager and two workers");

let example: Example;

beforeAll(async () => {
  for (const worker of swarm.workers) await ensureImages(worker, ["nginx:1.27", "redis:7"]);
  await manager.docker("node", "update", "--label-add", "batch=yes", batchNode.name);
  const made = await manager.api("POST", "/secrets/create", { Name: SECRET, Data: btoa(PASSWORD) });
  expect(made.status).toBe(201);
  await deployStack(manager, STACK, exampleFile("stack-job/stack.yml"), { WARM_SCHEDULE: "*/2 * * * * *" });
  const args = ["--engine", "swarm", "--sources", "services"];
  example = await Example.start({ engine: manager, instance: "stack-job", args });
});

afterAll(async () => {
  await example?.[Symbol.asyncDispose]();
  await manager.docker("stack", "rm", STACK);
  await untilStackIsGone(manager, STACK);
  await manager.docker("secret", "rm", SECRET);
  await manager.docker("node", "update", "--label-rm", "batch", batchNode.name);
});

/** In the container of a service's task, on whatever worker that is. */
function inTaskOf(service: string, ...command: readonly string[]): Promise<string> {
  return eventually(`a container of ${service}`, async () => {
    for (const { docker } of swarm.workers) {
      const container = await docker("ps", "--quiet", "--filter", `label=com.docker.swarm.service.name=${service}`);
      if (container !== "") return docker("exec", container, ...command);
    }
    return undefined;
  });
}

it("is a job of a stack: it reaches the stack's services by name, with its secret and config, on the labelled node", async () => {
  const finished = await example.scheduler.until(
    "run-finished",
    { job: "shop_warm-cache", outcome: "succeeded" },
    { withinMs: 90_000 },
  );
  expect(finished).toMatchObject({ trigger: "schedule", node: batchNode.name, exitCode: 0 });
  const [output] = example.scheduler.all("job-output", { run: finished.run });
  const bytes = /^front page: (\d+) bytes$/.exec(String(output?.line))?.[1];
  const record = await inTaskOf("shop_web", "cat", "/usr/share/nginx/html/index.html");
  expect(bytes).toBe(String(record.length + 1));
  expect(await inTaskOf("shop_redis", "redis-cli", "-a", PASSWORD, "--no-auth-warning", "GET", "front-page")).toBe(
    bytes,
  );
  expect(JSON.stringify(example.scheduler.log)).not.toContain(PASSWORD);
});
