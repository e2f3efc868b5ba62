import { afterEach, expect, it } from "vitest";
import { prepareContainer } from "../../../../src/engines/containers/prepare-container.ts";
import { connectDocker } from "../../../../src/engines/docker/connect.ts";
import { isImageMissing, pullImage } from "../../../../src/engines/docker/registry/images.ts";
import { anAttemptOrder, aTemplate } from "../../../support/a-job.ts";
import { type Answer, type FakeDockerHost, fakeDockerHost } from "../../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

async function dockerThat(answer: Answer) {
  host = await fakeDockerHost(answer);
  return connectDocker({ host: host.host });
}

const lastRequest = () => decodeURIComponent(host.requests.at(-1) ?? "");

it.each([
  ["linux/arm64", { Os: "linux", Architecture: "amd64" }, true],
  ["linux/arm64/v8", { Os: "linux", Architecture: "arm64" }, false],
  ["linux/amd64", { Os: "linux", Architecture: "amd64" }, false],
  ["linux/amd64", { Os: "linux", Architecture: "" }, false],
  [undefined, { Os: "linux", Architecture: "arm64" }, false],
])("for %s, %j is missing: %j", async (platform, image, isMissing) => {
  const docker = await dockerThat((_request, response) => response.writeHead(200).end(JSON.stringify(image)));
  expect(await isImageMissing(docker, "busybox", platform)).toBe(isMissing);
});

it("is what an image is pulled for", async () => {
  const docker = await dockerThat((_request, response) => response.writeHead(200).end());
  const { signal } = new AbortController();
  await pullImage(docker, "busybox", { registryAuth: undefined, signal, platform: "linux/arm64" });
  expect(lastRequest()).toMatch(/fromImage=busybox:latest&platform=linux\/arm64$/);
});

it("is what a container is made for", async () => {
  const docker = await dockerThat((_request, response) => response.writeHead(201).end('{"Id":"c1"}'));
  const template = aTemplate({ platform: "linux/arm64" });
  await prepareContainer({ docker, instance: "ours", made: new Map() }, anAttemptOrder({ template }));
  expect(lastRequest()).toMatch(/containers\/create\?name=backup-1&platform=linux\/arm64$/);
});

it("what an engine is too old for is refused before anything is made", async () => {
  const docker = await dockerThat((_request, response) => response.writeHead(500).end());
  const template = aTemplate({ process: { annotations: { a: "b" } } });
  const prepared = await prepareContainer({ docker, instance: "ours", made: new Map() }, anAttemptOrder({ template }));
  expect(prepared).toMatchObject({
    kind: "rejected",
    reason: "bad-definition",
    message: "annotations needs Docker Engine 24 or newer (API 1.43; this one has 1.41)",
  });
  expect(host.requests.filter((request) => request.includes("create"))).toEqual([]);
});
