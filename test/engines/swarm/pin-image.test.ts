import { afterEach, describe, expect, it } from "vitest";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { ImagePins } from "../../../src/engines/swarm/pin-image.ts";
import type { PullPolicy } from "../../../src/job/job.ts";
import { aClock } from "../../support/a-clock.ts";
import { anAttemptOrder, aTemplate, at } from "../../support/a-job.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

const digest = `sha256:${"0a".repeat(32)}`;
const FOUND = [200, { Descriptor: { digest } }] as const;
const DOWN = [500, { message: "dial tcp 10.0.0.9:443: connect: connection refused" }] as const;
const REFUSED = [401, { message: "unauthorized: authentication required" }] as const;
const FORBIDDEN = [403, { message: "the socket proxy denies GET /distribution" }] as const;

let now = at("12:00");
const clock = aClock({ now: () => now, wait: async () => {} });

async function open([status, body]: readonly [number, object]): Promise<ImagePins> {
  now = at("12:00");
  host = await fakeDockerHost((_request, response) => response.writeHead(status).end(JSON.stringify(body)));
  return new ImagePins({ docker: connectDocker({ host: host.host }), clock });
}

async function pin(pins: ImagePins, image: string, pullPolicy?: PullPolicy) {
  const template = aTemplate({ image, ...(pullPolicy && { pullPolicy }) });
  const spec = { Name: "backup-1", TaskTemplate: { ContainerSpec: { Image: image, Init: true } } };
  const pinned = await pins.pin(anAttemptOrder({ template }), spec);
  return pinned.kind === "rejected" ? pinned : pinned.spec.TaskTemplate.ContainerSpec;
}

const asked = () => host.requests.filter((request) => request.includes("/distribution/"));

describe("the image of a run's service", () => {
  it.each([
    ["app", `app:latest@${digest}`],
    ["reg.example.com:5000/app:1", `reg.example.com:5000/app:1@${digest}`],
  ])("%s is named by what its tag means now", async (image, pinned) => {
    expect(await pin(await open(FOUND), image)).toEqual({ Image: pinned, Init: true });
  });

  it("stays as it is, and nobody is asked, where it has a digest", async () => {
    const image = `app@${digest}`;
    expect(await pin(await open(DOWN), image, "always")).toEqual({ Image: image, Init: true });
    expect(asked()).toEqual([]);
  });

  it.each([
    ["cannot be reached", DOWN],
    ["refuses us", REFUSED],
    ["is not to be asked", FORBIDDEN],
  ])("stays as it is where its registry %s: a node may have it", async (_name, answer) => {
    expect(await pin(await open(answer), "app:1")).toEqual({ Image: "app:1", Init: true });
  });

  it.each([
    ["cannot be reached", DOWN, "registry-unreachable"],
    ["refuses us", REFUSED, "registry-unauthorized"],
    ["is not to be asked", FORBIDDEN, "pull-failed"],
  ])("is rejected under always where its registry %s", async (_name, answer, reason) => {
    expect(await pin(await open(answer), "app:1", "always")).toMatchObject({ kind: "rejected", reason });
  });

  it("is not asked for at each start where its registry has no such image, as one that was built here", async () => {
    const pins = await open(REFUSED);
    await pin(pins, "app:1");
    await pin(pins, "app:1");
    await pin(pins, "other:1");
    expect(asked()).toHaveLength(2);
  });

  it("is asked for again ten minutes after its registry could not be reached, and that of another registry at once", async () => {
    const pins = await open(DOWN);
    await pin(pins, "app:1");
    await pin(pins, "app:1");
    await pin(pins, "reg.example.com/app:1");
    expect(asked()).toHaveLength(2);
    now = at("12:09");
    await pin(pins, "app:1");
    expect(asked()).toHaveLength(2);
    now = at("12:10");
    await pin(pins, "app:1");
    expect(asked()).toHaveLength(3);
  });
});
