import type { ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../../src/engines/docker/docker-events.ts";
import { DockerJobs } from "../../../src/engines/docker/docker-jobs.ts";
import type { DockerJobRun } from "../../../src/engines/engine.ts";
import { aClock } from "../../support/a-clock.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

const stopped = new AbortController();
const at = new Date("2026-11-18T03:00:00Z");
const clock = aClock({ now: () => at, wait: () => new Promise(() => undefined) });

/** As Compose 5.8 has the engine label the containers of a job. */
const LABELS = {
  "com.docker.job.id": "j1",
  "com.docker.job.run-id": "r1",
  "com.docker.compose.project": "shop",
  "com.docker.compose.service": "backup",
  "com.docker.compose.oneoff": "False",
};
const IN_SHOP = { container: "eager_bell", compose: { project: "shop", job: "backup" }, startedAt: at };

let host: FakeDockerHost | undefined;
afterEach(async () => {
  stopped.abort();
  await host?.close();
});

function jobsOf({ host: address }: FakeDockerHost): DockerJobs {
  const docker = connectDocker({ host: address });
  return new DockerJobs({ docker, clock, events: new DockerEvents(docker, clock) });
}

test("runs that have a container are listed by the label of their job alone, in one request", async () => {
  const summary = { Id: "c1", Names: ["/eager_bell"], State: "exited", Created: at.getTime() / 1000 };
  host = await fakeDockerHost((_request, response) =>
    response.end(
      JSON.stringify([
        { ...summary, Labels: LABELS },
        { ...summary, Names: ["/own"], Labels: { "com.docker.job.id": "j2" } },
      ]),
    ),
  );
  const jobs = jobsOf(host);
  expect(await jobs.list(stopped.signal)).toEqual([IN_SHOP, { container: "own", startedAt: at }]);
  const lists = host.requests.map((request) => decodeURIComponent(request)).filter((each) => each.includes("/json"));
  expect(lists).toEqual([expect.stringContaining('filters={"label":["com.docker.job.id"]}')]);
});

test("a run is heard of when it starts, though it has no container any more when one looks", async () => {
  const opened = Promise.withResolvers<ServerResponse>();
  host = await fakeDockerHost((_request, response) => {
    response.writeHead(200).flushHeaders();
    opened.resolve(response);
  });
  const heard: DockerJobRun[] = [];
  const second = Promise.withResolvers<void>();
  const gap = Promise.withResolvers<void>();
  const onRun = (run: DockerJobRun) => {
    heard.push(run);
    if (run.container === "last") second.resolve();
  };
  const end = new AbortController();
  jobsOf(host).watch({ onRun, onGap: gap.resolve }, end.signal);
  const stream = await opened.promise;
  await gap.promise;
  const send = (action: string, name: string, labels: object) =>
    stream.write(
      `${JSON.stringify({ Type: "container", Action: action, Actor: { ID: "c", Attributes: { name, ...labels } } })}\n`,
    );
  send("create", "eager_bell", LABELS);
  send("start", "eager_bell", LABELS);
  send("die", "eager_bell", LABELS);
  send("start", "web", { "com.docker.compose.project": "shop", "com.docker.compose.service": "backup" });
  send("start", "last", { "com.docker.job.id": "j2" });
  await second.promise;
  end.abort();
  expect(heard).toEqual([IN_SHOP, { container: "last", startedAt: at }]);
});
