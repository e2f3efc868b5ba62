import { afterEach, expect, test } from "vitest";
import { connectDocker } from "../../src/docker/connect.ts";
import { ExecEngine } from "../../src/docker/exec-engine.ts";
import { writeExecId } from "../../src/docker/exec-id.ts";
import { at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type FakeDockerHost, fakeDockerHost } from "../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

const running = { Running: true, ExitCode: null, Pid: 42, ContainerID: "c1", ProcessConfig: {} };

test("a command that another process began is said to be unheard, so that it is looked at often, and no other job with it", async () => {
  host = await fakeDockerHost((_, response) => response.writeHead(200).end(JSON.stringify(running)));
  const clock = new FakeClock(at("12:00"));
  const engine = new ExecEngine({ docker: connectDocker({ host: host.host }), instance: "shipbell", clock });
  const wakes: (string | undefined)[] = [];
  engine.watch((job) => wakes.push(job));
  const objectId = writeExecId({ execId: "e1", mark: "ab12", containerStartedAt: "2026-11-18T11:00:00Z" });
  expect(await engine.look(objectId)).toEqual({ phase: "running", startedAt: new Date(0), isUnheard: true });
  await clock.advance(5000);
  expect(wakes).toEqual([]);
});
