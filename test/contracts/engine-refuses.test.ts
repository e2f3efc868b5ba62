import { afterAll, beforeAll, expect, test } from "vitest";
import { refusedCases } from "../definition/compose/engine-refuses.ts";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";

const engine = engineAt(testEngine());

beforeAll(() => engine.docker("run", "--detach", "--name", "refused-case", "busybox", "sleep", "600"));

afterAll(async () => {
  await engine.docker("rm", "--force", "refused-case");
  await engine.docker("volume", "rm", "--force", "refused-case");
});

test.each(refusedCases)("the engine makes or starts no container with $what", async ({ body }) => {
  const made = await engine.api<{ Id: string }>("POST", "/containers/create", {
    Image: "busybox",
    Cmd: ["true"],
    ...body,
  });
  const started = made.status === 201 ? await engine.api("POST", `/containers/${made.json.Id}/start`) : made;
  if (made.status === 201) await engine.api("DELETE", `/containers/${made.json.Id}?force=true`);
  expect(started.status).toBeGreaterThanOrEqual(400);
  // An image that is not there is no answer to whether its name is one.
  if (typeof body.Image === "string") expect(started.status).toBe(400);
});
