import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../../src/engines/docker/docker-events.ts";
import type { Engine } from "../../../src/engines/engine.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";
import { swarmEngine } from "../../support/real-engines.ts";
import { nodes } from "../real-answers.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

function engineThatSays(Swarm: object): Promise<Engine> {
  return engineThatAnswers({ ServerVersion: "20.10.24", Swarm });
}

async function engineThatAnswers(body: object, status = 200): Promise<Engine> {
  host = await fakeDockerHost((_request, response) =>
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body)),
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

describe("the nodes of a Swarm", () => {
  const { signal } = new AbortController();

  it("are one request, whose answer has names, states and what constraints look at", async () => {
    const engine = await engineThatAnswers(nodes);
    expect(await engine.nodes(signal)).toEqual([
      {
        id: "n1",
        name: "worker",
        state: "ready",
        availability: "active",
        role: "worker",
        isLeader: false,
        engineVersion: "20.10.24",
        traits: {
          hostname: "worker",
          role: "worker",
          os: "linux",
          architecture: "",
          address: "10.0.0.2",
          labels: {},
          engineLabels: {},
        },
      },
    ]);
    expect(host.requests).toEqual(["GET /_ping?", "GET /v1.41/nodes?"]);
  });

  it("are not told where a proxy forbids the question, and that is known from other trouble", async () => {
    const engine = await engineThatAnswers({ message: "<html>403 Forbidden</html>" }, 403);
    await expect(engine.nodes(signal)).rejects.toMatchObject({
      isForbidden: true,
      message: expect.stringContaining("GET /nodes is forbidden"),
    });
  });

  it("are not told by a manager whose Swarm has no leader", async () => {
    const engine = await engineThatAnswers({ message: "The swarm does not have a leader." }, 503);
    await expect(engine.nodes(signal)).rejects.toMatchObject({ name: "EngineTrouble", isForbidden: false });
  });
});
