import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeRunLabels } from "../../src/engines/docker/specs/run-labels.ts";
import { testEngine } from "../lab/test-engine.ts";
import { type ContainerHost, containerHost } from "./engine/container-host.ts";
import { anOrder, mustPrepare, mustStart, runToEnd, untilEnded } from "./engine/harness.ts";

/** Names and labels of runs can be guessed, and labels go with images: an object with those of a run may be none. */
let host: ContainerHost;
let id: string;
beforeEach(() => {
  id = randomUUID().slice(0, 8);
  host = containerHost(testEngine(), id);
});
afterEach(() => host.close());

const spy = { Image: "busybox", Cmd: ["sh", "-c", "exit 66"], HostConfig: { NetworkMode: "none" } };

describe("a container that has the name and all labels of a run that is to come", () => {
  it("is not used for it: the run is made in its place", async () => {
    const order = anOrder(host, { does: "exit", code: 7 });
    const imitation = await host.create(order.objectName, { ...spy, Labels: writeRunLabels(`${id}-ours`, order) });
    const prepared = await mustPrepare(host.engine, order);
    expect(prepared).not.toBe(imitation);
    expect(await host.engine.list()).toMatchObject([{ id: prepared }]);
    expect(await runToEnd(host.engine, order)).toMatchObject({ end: { exitCode: 7 } });
  });

  it("is left alone when it runs, and says so", async () => {
    const order = anOrder(host, { does: "exit", code: 7 });
    const Labels = writeRunLabels(`${id}-ours`, order);
    const imitation = await host.create(order.objectName, { ...spy, Cmd: ["sleep", "600"], Labels });
    await host.docker.call({ method: "POST", path: `/containers/${imitation}/start` });
    expect(await host.engine.prepare(order)).toMatchObject({ reason: "name-taken" });
    expect(await host.exists(imitation)).toBe(true);
  });
});

describe("a container whose image was made of a run", () => {
  it("is none of ours, in whatever state, and is left alone", async () => {
    const run = await mustStart(host.engine, anOrder(host, { does: "exit", code: 0 }));
    await untilEnded(host.engine, run);
    const image = `${id}-committed`;
    const query = { container: run, repo: image };
    expect(await host.docker.call({ method: "POST", path: "/commit", query, body: {} })).toMatchObject({ status: 201 });
    const theirs = await host.create(`${host.prefix}theirs`, { ...spy, Image: image });
    expect((await host.engine.list()).map((each) => each.id)).toEqual([run]);
    await host.docker.call({ method: "POST", path: `/containers/${theirs}/start` });
    expect((await host.engine.list()).map((each) => each.id)).toEqual([run]);
    await host.close();
    await host.docker.call({ method: "DELETE", path: `/images/${image}` });
  });
});
