import { afterEach, describe, expect, it } from "vitest";
import { connectDocker } from "../../../../src/engines/docker/connect.ts";
import type { ContainerInspect } from "../../../../src/engines/docker/containers.ts";
import { ImagesUsed, imageUsed } from "../../../../src/engines/docker/registry/image-used.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

const id = `sha256:${"0b".repeat(32)}`;
const digest = `sha256:${"0a".repeat(32)}`;
const other = `sha256:${"0c".repeat(32)}`;

async function used(name: string, repoDigests: readonly string[] | null, status = 200) {
  host = await fakeDockerHost((_request, response) =>
    response.writeHead(status).end(JSON.stringify({ RepoDigests: repoDigests })),
  );
  const container = { Image: id, Config: { Image: name } } as ContainerInspect;
  return imageUsed(connectDocker({ host: host.host }), container);
}

it("is asked for once, while its container runs: its tag may move on", async () => {
  let digests: readonly string[] = [`app@${digest}`];
  host = await fakeDockerHost((_request, response) =>
    response.writeHead(200).end(JSON.stringify({ RepoDigests: digests })),
  );
  const docker = connectDocker({ host: host.host });
  const container = (Id: string) => ({ Id, Image: id, Config: { Image: "app:1" } }) as ContainerInspect;
  const images = new ImagesUsed();
  await images.note(docker, container("seen"));
  await images.note(docker, container("seen"));
  digests = [];
  expect(await images.of(docker, container("seen"))).toEqual({ name: "app:1", id, digest });
  expect(host.requests.filter((request) => request.includes("/images/"))).toHaveLength(1);
  expect(await images.of(docker, container("never seen to run"))).toEqual({ name: "app:1", id });
  images.forget("seen");
  expect(await images.of(docker, container("seen"))).toEqual({ name: "app:1", id });
});

describe("the image that a container had", () => {
  it.each<[string, string, readonly string[] | null, object]>([
    ["the digest of its repository", "app:1", [`team/app@${other}`, `app@${digest}`], { digest }],
    ["that of a name written out", "docker.io/library/app", [`app@${digest}`], { digest }],
    ["that of a registry", "reg.example.com:5000/app:1", [`reg.example.com:5000/app@${digest}`], { digest }],
    ["none of another registry", "app:1", [`reg.example.com/app@${digest}`], {}],
    ["none where it was built here", "app:1", [], {}],
    ["none where it was built here, as other engines say it", "app:1", null, {}],
  ])("has, next to its ID, %s", async (_name, name, repoDigests, known) => {
    expect(await used(name, repoDigests)).toEqual({ name, id, ...known });
  });

  it("is asked for nothing where its name says all", async () => {
    const name = `app:1@${digest}`;
    expect(await used(name, [])).toEqual({ name, id, digest });
    expect(host.requests.filter((request) => request.includes("/images/"))).toEqual([]);
  });

  it.each([404, 403])("is known by its ID where the engine answers %i", async (status) => {
    expect(await used("app:1", null, status)).toEqual({ name: "app:1", id });
  });
});
