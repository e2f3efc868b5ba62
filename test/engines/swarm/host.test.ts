import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../../src/engines/docker/docker-events.ts";
import type { Engine } from "../../../src/engines/engine.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";
import { swarmEngine } from "../../support/real-engines.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

async function engineThatSays(Swarm: object): Promise<Engine> {
  host = await fakeDockerHost((_request, response) =>
    response
      .writeHead(200, { "Content-Type": "application/json" })
      .end(JSON.stringify({ ServerVersion: "20.10.24", Swarm })),
  );
  const docker = connectDocker({ host: host.host });
  return swarmEngine({ docker, events: new DockerEvents(docker, systemClock), instance: "a", clock: systemClock });
}

const down = (message: RegExp) =>
  expect.objectContaining({ name: "EngineUnavailable", message: expect.stringMatching(message) });

describe("the engine of a Swarm is up", () => {
  it("on a manager whose Swarm has a leader", async () => {
    const engine = await engineThatSays({ LocalNodeState: "active", ControlAvailable: true, Error: "" });
    await expect(engine.greet()).resolves.toMatchObject({ version: "20.10.24" });
  });

  it("not on a worker", async () => {
    const engine = await engineThatSays({ LocalNodeState: "active", ControlAvailable: false });
    await expect(engine.greet()).rejects.toEqual(down(/is not a manager of a Swarm \(its state there: active\)/));
  });

  it("not on a manager of too few, in Swarm's words", async () => {
    // As Docker Engine 20.10.24 said it, with two of three managers killed.
    const said =
      "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.";
    const engine = await engineThatSays({ LocalNodeState: "active", ControlAvailable: true, Error: said });
    await expect(engine.greet()).rejects.toEqual(down(/The swarm does not have a leader/));
  });
});
