import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testEngine } from "../lab/test-engine.ts";
import { type ContainerHost, containerHost } from "./engine/container-host.ts";
import { anOrder, mustPrepare, untilEnded } from "./engine/harness.ts";

/** Of a container that is prepared ahead of its time, and once more when it is due. */
const id = randomUUID().slice(0, 8);
const repo = `shipbell-ahead-${id}`;
let host: ContainerHost;

beforeEach(() => {
  host = containerHost(testEngine(), id);
});
afterEach(async () => {
  await host.docker.call({ method: "DELETE", path: `/images/${repo}:1`, query: { force: true } });
  await host.close();
});

/** Gives the name to an image of its own, which differs from busybox in a variable. */
async function makeImage(value: string): Promise<void> {
  const container = await host.create(`${id}-image-${value}`, { Image: "busybox", Env: [`WHICH=${value}`] });
  const query = { container, repo, tag: "1" };
  expect((await host.docker.call({ method: "POST", path: "/commit", query, body: {} })).status).toBe(201);
}

describe("a container that is prepared once more when it is due", () => {
  it("is another one, of the newer image, where its image's name has become that one's meanwhile", async () => {
    await makeImage("old");
    const template = {
      ...host.template({ does: "exit", code: 0 }),
      image: `${repo}:1`,
      command: ["sh", "-c", "echo $WHICH"],
    };
    const order = anOrder(host, { does: "exit", code: 0 }, { template });
    const early = await mustPrepare(host.engine, order);
    await makeImage("new");
    const late = await mustPrepare(host.engine, order);
    expect(late).not.toBe(early);
    await host.engine.activate({ id: late, name: order.objectName });
    await untilEnded(host.engine, late);
    const lines: string[] = [];
    for await (const { line } of host.engine.logs(late, { tail: "all" }, new AbortController().signal))
      lines.push(line);
    expect(lines).toEqual(["new"]);
  });
});
