import { afterEach, describe, expect, it } from "vitest";
import { prepareContainer } from "../../../src/engines/containers/prepare-container.ts";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import type { ComposeTemplate } from "../../../src/job/job.ts";
import { anAttemptOrder, aTemplate } from "../../support/a-job.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

const NEVER = "0001-01-01T00:00:00Z";
const template = aTemplate({ image: "team/app:1", networks: ["front"] });

/** Answers to create with these statuses, one after the other, and to what is asked of the image with `image`. */
async function prepare(
  creates: readonly number[],
  image = 404,
  { holder, ...change }: Partial<ComposeTemplate> & { readonly holder?: object } = {},
) {
  const left = [...creates];
  host = await fakeDockerHost((request, response) => {
    const status = request.method === "POST" && request.url?.includes("/create") ? (left.shift() ?? 500) : 404;
    if (request.url?.includes("/images/")) response.writeHead(image).end("{}");
    else if (holder !== undefined && request.method === "GET") response.writeHead(200).end(JSON.stringify(holder));
    else if (request.url?.includes("/connect")) response.writeHead(200).end();
    else response.writeHead(status).end(status === 201 ? '{"Id":"c1"}' : '{"message":"words"}');
  });
  return prepareContainer(
    { docker: connectDocker({ host: host.host }), instance: "shipbell", made: new Set() },
    anAttemptOrder({ template: { ...template, ...change } }),
  );
}

const asked = () =>
  host.requests.filter((request) => !request.includes("_ping")).map((request) => request.replace("/v1.41", ""));

describe("a container that is prepared", () => {
  it("takes one request, when nothing is in the way", async () => {
    expect(await prepare([201])).toEqual({ kind: "prepared", objectId: "c1", objectName: "backup-1" });
    expect(asked()).toEqual(["POST /containers/create?name=backup-1"]);
  });

  it("takes one more for each further network", async () => {
    await prepare([201], 404, { networks: ["front", "back"] });
    expect(asked()).toEqual(["POST /containers/create?name=backup-1", "POST /networks/back/connect?"]);
  });

  it.each<[string, readonly number[], number, object]>([
    ["misses its image", [404], 404, { kind: "image-missing", image: "team/app:1", message: "words" }],
    [
      "finds its image at the second try, as it was just pulled",
      [404, 201],
      200,
      { kind: "prepared", objectId: "c1", objectName: "backup-1" },
    ],
    [
      "misses something else than its image",
      [404, 404, 404],
      200,
      { kind: "rejected", reason: "bad-definition", message: "words" },
    ],
    ["is refused", [400], 404, { kind: "rejected", reason: "bad-definition", message: "words" }],
    [
      "finds its name free at the second try",
      [409, 201],
      404,
      { kind: "prepared", objectId: "c1", objectName: "backup-1" },
    ],
  ])("%s", async (_name, creates, image, expected) => {
    expect(await prepare(creates, image)).toEqual(expected);
  });

  it("finds its name taken where the engine calls that an error of its own", async () => {
    const State = { Status: "created", ExitCode: 0, OOMKilled: false, Error: "", StartedAt: NEVER, FinishedAt: NEVER };
    const Config = { Image: "app", Labels: {} };
    const holder = { Id: "0a1b2c", Name: "/backup-1", Created: "2026-11-18T03:00:00Z", State, Config, HostConfig: {} };
    expect(await prepare([500], 404, { holder })).toMatchObject({ kind: "rejected", reason: "name-taken" });
  });

  it.each<[string, readonly number[]]>([
    ["the engine is in trouble", [500]],
    ["a proxy forbids it", [403]],
    ["its name is taken by nobody", [409, 409, 409]],
  ])("is not decided while %s", async (_name, creates) => {
    await expect(prepare(creates)).rejects.toMatchObject({
      name: "EngineTrouble",
      message: expect.stringContaining("words"),
    });
  });
});
