import { describe, expect, it } from "vitest";
import { ContainerCarrier } from "../../../src/engines/containers/container-carrier.ts";
import { LabelledContainers } from "../../../src/engines/containers/labelled-containers.ts";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../../src/engines/docker/docker-events.ts";
import { DEFAULT_LABEL_RULES } from "../../../src/job/label-rules.ts";
import { aClock } from "../../support/a-clock.ts";
import { fakeDockerHost } from "../../support/fake-docker-host.ts";

/** A stream that ends is not opened again. */
const patient = aClock({ now: () => new Date(0), wait: () => new Promise(() => {}) });

/** What `watch` makes of these events, told in one stream between its begin and its end, both of which are gaps. */
async function wakesOf(
  watch: (events: DockerEvents, wake: (job?: string) => void, signal: AbortSignal) => void,
  told: readonly { readonly Type: string; readonly Action: string; readonly labels: Record<string, string> }[],
): Promise<(string | undefined)[]> {
  const lines = told.map(({ Type, Action, labels }) =>
    JSON.stringify({ Type, Action, Actor: { ID: "1", Attributes: labels } }),
  );
  await using host = await disposable((_request, response) => response.writeHead(200).end(`${lines.join("\n")}\n`));
  const wakes: (string | undefined)[] = [];
  const stop = new AbortController();
  const events = new DockerEvents(connectDocker({ host: host.host }), patient);
  watch(events, (job) => wakes.push(job), stop.signal);
  let gaps = 0;
  await new Promise<void>((resolve) =>
    events.listen({ onEvent: () => {}, onGap: () => ++gaps === 2 && resolve() }, stop.signal),
  );
  stop.abort();
  return wakes.slice(1, -1);
}

async function disposable(...args: Parameters<typeof fakeDockerHost>) {
  const host = await fakeDockerHost(...args);
  return { host: host.host, [Symbol.asyncDispose]: () => host.close() };
}

const docker = connectDocker({ host: "unix:///nowhere" });

describe("of the events of all types", () => {
  it("the carrier of containers is woken by those of its own containers", async () => {
    const labels = { "shipbell.instance": "ours", "shipbell.job": "backup" };
    const watch: Parameters<typeof wakesOf>[0] = (events, wake, signal) =>
      new ContainerCarrier({ docker, events, instance: "ours" }).watch(wake, signal);
    const told = [
      { Type: "config", Action: "start", labels },
      { Type: "service", Action: "die", labels },
      { Type: "container", Action: "die", labels: { ...labels, "shipbell.instance": "theirs" } },
      { Type: "container", Action: "die", labels },
    ];
    expect(await wakesOf(watch, told)).toEqual(["backup"]);
  });

  it("the source of container labels is woken by those of labelled containers", async () => {
    const labels = { "shipbell.schedule": "@daily" };
    const watch: Parameters<typeof wakesOf>[0] = (events, wake, signal) =>
      new LabelledContainers(docker, events, DEFAULT_LABEL_RULES).watch(wake, signal);
    const told = [
      { Type: "config", Action: "create", labels },
      { Type: "container", Action: "create", labels: {} },
      { Type: "container", Action: "create", labels },
    ];
    expect(await wakesOf(watch, told)).toEqual([undefined]);
  });
});
