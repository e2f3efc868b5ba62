import { afterEach, describe, expect, it } from "vitest";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { findOtherSchedulers, recognizeSchedulers } from "../../../src/engines/docker/other-schedulers.ts";
import type { Service } from "../../../src/engines/docker/services.ts";
import { type Answer, type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

const container = (Image: string, more: object = {}) => ({
  Id: `id-of-${Image}`,
  Names: ["/cron"],
  Created: 0,
  State: "running",
  Image,
  Command: "/entry",
  ...more,
});
type Given = Pick<Service, "ServiceStatus"> & Pick<Service["Spec"], "Mode">;
const service = (Image: string, { Mode = { Replicated: { Replicas: 1 } }, ...more }: Given = {}) => ({
  ID: `id-of-${Image}`,
  Version: { Index: 1 },
  CreatedAt: "2026-11-18T12:00:00Z",
  Spec: { Name: "tools_cron", TaskTemplate: { ContainerSpec: { Image } }, Mode: Mode ?? {} },
  ...more,
});
const inContainers = (...containers: ReturnType<typeof container>[]) =>
  recognizeSchedulers({ containers, services: [] }).map(({ kind }) => kind);
const inServices = (...services: ReturnType<typeof service>[]) =>
  recognizeSchedulers({ containers: [], services }).map(({ kind }) => kind);

describe("another scheduler", () => {
  it.each([
    ["mcuadros/ofelia", "ofelia"],
    ["mcuadros/ofelia:0.3.18@sha256:0000", "ofelia"],
    ["ghcr.io/netresearch/ofelia:latest", "ofelia"],
    ["mirror.example:5000/hub/mcuadros/ofelia:0.3", "ofelia"],
    ["premoweb/chadburn:1", "chadburn"],
    ["crazymax/swarm-cronjob", "swarm-cronjob"],
    ["ghcr.io/crazy-max/swarm-cronjob:1.14", "swarm-cronjob"],
    ["ghcr.io/funkyfuture/deck-chores:1", "deck-chores"],
    ["willfarrell/crontab", "docker-crontab"],
  ])("is recognized by its image %s", (image, kind) => {
    expect(inContainers(container(image))).toEqual([kind]);
    expect(inServices(service(image))).toEqual([kind]);
  });

  it.each([
    ["/usr/local/bin/supercronic /etc/crontab", "supercronic"],
    ["/sbin/tini -g -- supercronic -split-logs /crontab", "supercronic"],
    ["/usr/bin/ofelia daemon --docker", "ofelia"],
    ["/sbin/tini -- deck-chores", "deck-chores"],
    ["swarm-cronjob", "swarm-cronjob"],
  ])("is recognized by what an image of another name starts: %s", (Command, kind) => {
    expect(inContainers(container("registry.example/tools:7", { Command }))).toEqual([kind]);
  });

  it.each([
    ["/usr/bin/ofelia validate --config /etc/ofelia/config.ini"],
    ["grep -r -n -i supercronic /etc"],
    ["/entrypoint.sh"],
    [""],
  ])("is not taken for one by %s", (Command) => {
    expect(inContainers(container("example/notofelia", { Command }))).toEqual([]);
  });

  it("is one if it is paused or about to start again, and none once it has ended", () => {
    const kinds = (State: string) => inContainers(container("mcuadros/ofelia", { State }));
    expect(["running", "paused", "restarting"].map(kinds)).toEqual([["ofelia"], ["ofelia"], ["ofelia"]]);
    expect(["created", "exited", "dead"].map(kinds)).toEqual([[], [], []]);
  });

  it("is none as a service without replicas, unless a task of it still runs", () => {
    const none = { Mode: { Replicated: { Replicas: 0 } } };
    expect(inServices(service("crazymax/swarm-cronjob", none))).toEqual([]);
    expect(inServices(service("crazymax/swarm-cronjob", { ...none, ServiceStatus: { RunningTasks: 1 } }))).toEqual([
      "swarm-cronjob",
    ]);
    expect(inServices(service("crazymax/swarm-cronjob", { Mode: { Global: {} } }))).toEqual(["swarm-cronjob"]);
  });

  it("is named once where its container is of a service that is listed, too", () => {
    const labels = { "com.docker.swarm.service.id": "id-of-crazymax/swarm-cronjob" };
    const seen = recognizeSchedulers({
      containers: [container("crazymax/swarm-cronjob", { Labels: labels })],
      services: [service("crazymax/swarm-cronjob")],
    });
    expect(seen).toEqual([
      {
        kind: "swarm-cronjob",
        place: "service",
        id: "id-of-crazymax/swarm-cronjob",
        name: "tools_cron",
        image: "crazymax/swarm-cronjob",
      },
    ]);
  });

  it("is not what a run of shipbell runs", () => {
    expect(inContainers(container("mcuadros/ofelia", { Labels: { "shipbell.run": "r1" } }))).toEqual([]);
  });
});

describe("looking for other schedulers", () => {
  let host: FakeDockerHost;
  afterEach(() => host.close());
  const find = async (answer: Answer, isManager: boolean) => {
    host = await fakeDockerHost(answer);
    return findOtherSchedulers(connectDocker({ host: host.host }), { isManager });
  };

  it("asks for services only where the engine is a manager", async () => {
    const seen = await find((_request, response) => response.writeHead(200).end("[]"), false);
    expect(seen).toEqual({ schedulers: [], dockerJobs: [], unseen: [] });
    expect(host.requests.filter((request) => request.includes("/services"))).toEqual([]);
  });

  it("says what a proxy did not let it look at, and still returns the rest", async () => {
    const seen = await find((request, response) => {
      if (request.url?.includes("/services")) response.writeHead(403).end("forbidden");
      else response.writeHead(200).end(JSON.stringify([container("mcuadros/ofelia")]));
    }, true);
    expect(seen.schedulers.map(({ kind }) => kind)).toEqual(["ofelia"]);
    expect(seen.unseen.map(({ what, cause }) => [what, cause.isForbidden])).toEqual([["services", true]]);
  });

  it("finds what Docker's own scheduler of jobs has run", async () => {
    const labels = {
      ...{ "com.docker.job.id": "j1", "com.docker.compose.project": "shop" },
      "com.docker.compose.service": "backup",
    };
    const seen = await find(
      (_request, response) =>
        response
          .writeHead(200)
          .end(JSON.stringify([container("busybox", { State: "exited", Labels: labels, Created: 1 })])),
      false,
    );
    expect(seen.dockerJobs).toEqual([
      { container: "cron", compose: { project: "shop", job: "backup" }, startedAt: new Date(1000) },
    ]);
  });
});
