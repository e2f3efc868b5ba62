import type { ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../../src/engines/docker/docker-events.ts";
import { LabelledServices } from "../../../src/engines/swarm/labelled-services.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock, settled } from "../../support/fake-clock.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

const service = (id: string, labels: Record<string, string>) => ({
  ID: id,
  Version: { Index: 1 },
  CreatedAt: "2026-11-18T12:00:00Z",
  Spec: { Name: id, Labels: labels, TaskTemplate: { ContainerSpec: { Image: "busybox" } } },
});
const services = new Map([
  ["run", service("run", { "shipbell.run": "r1" })],
  ["job", service("job", { "shipbell.schedule": "@daily" })],
]);

/** Tells the listeners to the engine this, in this order; answers with how often all services are to be listed for it. */
async function wakesAfter(...told: readonly [action: string, id: string][]): Promise<number> {
  let tell: (stream: ServerResponse) => void = () => {};
  const stream = new Promise<ServerResponse>((resolve) => {
    tell = resolve;
  });
  let isLast = false;
  host = await fakeDockerHost(async (request, response) => {
    const id = /\/services\/(\w+)/.exec(request.url ?? "")?.[1];
    // Once all that was asked before is answered.
    if (id === "end") await settled();
    isLast ||= id === "end";
    if (id === undefined) tell(response.writeHead(200));
    else if (services.has(id)) response.writeHead(200).end(JSON.stringify(services.get(id)));
    else response.writeHead(404).end("{}");
  });
  const docker = connectDocker({ host: host.host });
  const labelled = new LabelledServices(docker, new DockerEvents(docker, new FakeClock(at("12:00"))), {
    labelPrefix: "shipbell",
  });
  const watching = new AbortController();
  let wakes = 0;
  let heard: () => void = () => {};
  const end = new Promise<void>((resolve) => {
    heard = resolve;
  });
  labelled.watch(() => {
    wakes += 1;
    if (isLast) heard();
  }, watching.signal);
  const lines = [...told, ["create", "end"]].map(([Action, ID]) =>
    JSON.stringify({ Type: "service", Action, Actor: { ID } }),
  );
  (await stream).write(`${lines.join("\n")}\n`);
  await end;
  watching.abort();
  // Beginning to listen is one, and the service that ends the test is another.
  return wakes - 2;
}

test.each<[string, number, [string, string][]]>([
  [
    "a run, which is asked for alone",
    0,
    [
      ["create", "run"],
      ["update", "run"],
      ["update", "run"],
      ["remove", "run"],
    ],
  ],
  [
    "a service that declares a job",
    1,
    [
      ["create", "job"],
      ["update", "job"],
    ],
  ],
  [
    "a service that was there before",
    2,
    [
      ["update", "old"],
      ["remove", "old"],
    ],
  ],
  [
    "one that is gone before it can be asked for",
    1,
    [
      ["create", "gone"],
      ["remove", "gone"],
    ],
  ],
])("what becomes of %s has all services listed %i times", async (_name, expected, told) => {
  expect(await wakesAfter(...told)).toBe(expected);
});
