import { afterEach, describe, expect, it } from "vitest";
import { prepareContainer } from "../../../src/engines/containers/prepare-container.ts";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { type Labels, writeRunLabels } from "../../../src/engines/docker/specs/run-labels.ts";
import type { AttemptOrder } from "../../../src/engines/engine.ts";
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
    { docker: connectDocker({ host: host.host }), instance: "shipbell", made: new Map() },
    anAttemptOrder({ template: { ...template, ...change } }),
  );
}

const asked = () =>
  host.requests
    .filter((request) => !request.includes("_ping"))
    .map((request) => decodeURIComponent(request).replace("/v1.41", ""));

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

describe("a container that was prepared before, by the same process", () => {
  const order = anAttemptOrder({ template });
  const labels = writeRunLabels("shipbell", order);

  /** What the engine says of it when it is prepared for the second time; which requests that takes, and what comes of it. */
  async function again(
    found: { readonly image?: string; readonly container?: object | null; readonly imageNow?: string | null },
    second: AttemptOrder = order,
  ) {
    const { image = "sha256:a", imageNow = "sha256:a", container = {} } = found;
    const holder = { ...aContainer(image, labels), ...container };
    let made = 0;
    host = await fakeDockerHost(({ method, url = "" }, response) => {
      const isFound = (url.includes("/images/") ? imageNow : container) !== null;
      if (method === "DELETE") response.writeHead(204).end();
      else if (method === "GET" && !isFound) response.writeHead(404).end("{}");
      else if (method === "GET") response.end(JSON.stringify(url.includes("/images/") ? { Id: imageNow } : holder));
      // Its name is taken until it was removed.
      else if (made === 1 && isTaken(host.requests, container)) response.writeHead(409).end("{}");
      else response.writeHead(201).end(JSON.stringify({ Id: `c${++made}` }));
    });
    const workshop = { docker: connectDocker({ host: host.host }), instance: "shipbell", made: new Map() };
    await prepareContainer(workshop, order);
    host.requests.length = 0;
    const prepared = await prepareContainer(workshop, second);
    return { prepared, requests: asked().map((request) => request.replace(/\?.*/, "")) };
  }

  it("is looked at, with its image, and is used as it is", async () => {
    const { prepared, requests } = await again({});
    expect(prepared).toEqual({ kind: "prepared", objectId: "c1", objectName: "backup-1" });
    expect(requests.toSorted()).toEqual(["GET /containers/c1/json", "GET /images/team/app:1/json"]);
  });

  it.each<[what: string, Parameters<typeof again>[0], AttemptOrder?]>([
    ["has been removed", { container: null }],
    ["has another name by now", { container: { Name: "/backup-1-again-abcdef" } }],
    ["has an image whose name is another image's now", { imageNow: "sha256:b" }],
    ["was prepared for another trigger", {}, { ...order, trigger: "catch-up" }],
    ["was prepared from another definition", {}, { ...order, definition: "d2" }],
  ])("is created again, where it %s", async (_, found, second) => {
    const { prepared, requests } = await again(found, second);
    expect(prepared).toEqual({ kind: "prepared", objectId: "c2", objectName: "backup-1" });
    expect(requests).toContain("POST /containers/create");
  });

  it("is not given away, where it was started meanwhile", async () => {
    const { prepared } = await again({ container: { State: aState("running") } });
    expect(prepared).toMatchObject({ kind: "rejected", reason: "name-taken" });
  });
});

function isTaken(requests: readonly string[], container: object | null): boolean {
  return container !== null && !("Name" in container) && !requests.some((request) => request.startsWith("DELETE"));
}

function aState(status: string) {
  const never = "0001-01-01T00:00:00Z";
  return { Status: status, ExitCode: 0, OOMKilled: false, Error: "", StartedAt: never, FinishedAt: never };
}

function aContainer(image: string, labels: Labels) {
  return {
    Id: "c1",
    Name: "/backup-1",
    Image: image,
    Created: "2026-11-18T03:00:00Z",
    State: aState("created"),
    Config: { Image: "team/app:1", Labels: labels },
    HostConfig: {},
    Mounts: [],
    NetworkSettings: { Networks: { front: {} } },
  };
}
