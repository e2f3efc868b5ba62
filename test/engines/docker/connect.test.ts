import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { type Answer, type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost | undefined;
afterEach(async () => {
  await host?.close();
  host = undefined;
});

async function connect(answer: Answer, apiVersion?: string) {
  host = await fakeDockerHost(answer, apiVersion);
  return { docker: connectDocker({ host: host.host }), requests: host.requests };
}

const ok: Answer = (_request, response) =>
  response.writeHead(200, { "Content-Type": "application/json" }).end('{"a":1}');
const unavailable = (message: RegExp) =>
  expect.objectContaining({ name: "EngineUnavailable", message: expect.stringMatching(message) });
/** The engine answers others. */
const trouble = (message: RegExp, signature: RegExp = /./) =>
  expect.objectContaining({
    name: "EngineTrouble",
    message: expect.stringMatching(message),
    signature: expect.stringMatching(signature),
  });

describe("a connection", () => {
  it.each([
    ["the engine's version, when it is older than ours", "1.43", "1.43"],
    ["our version, when the engine's is newer", "1.99", "1.51"],
  ])("speaks %s", async (_name, theirs, spoken) => {
    const { docker, requests } = await connect(ok, theirs);
    await docker.call({ method: "GET", path: "/info" });
    await docker.call({ method: "GET", path: "/info" });
    expect(requests.map((request) => request.replace(/\?$/, ""))).toEqual([
      "GET /_ping",
      `GET /v${spoken}/info`,
      `GET /v${spoken}/info`,
    ]);
  });

  it("refuses an engine that is too old, and says since when it would do", async () => {
    const { docker } = await connect(ok, "1.40");
    await expect(docker.ping()).rejects.toEqual(
      unavailable(/API 1\.40; shipbell needs 1\.41 or newer \(Docker Engine 20\.10/),
    );
  });

  it("says when there is no engine", async () => {
    const docker = connectDocker({ host: "unix:///nowhere/docker.sock" });
    await expect(docker.apiVersion()).rejects.toEqual(unavailable(/ENOENT.*\/nowhere\/docker\.sock/));
  });

  it("agrees upon the version again after the engine was away", async () => {
    const { docker, requests } = await connect((request, response) => {
      if (request.url?.startsWith("/v1.41/")) response.socket?.destroy();
      else ok(request, response);
    });
    await docker.apiVersion();
    if (host) host.apiVersion = "1.44";
    await expect(docker.call({ method: "GET", path: "/info" })).rejects.toEqual(trouble(/./));
    expect((await docker.call({ method: "GET", path: "/info" })).status).toBe(200);
    expect(requests.at(-1)).toMatch("GET /v1.44/info");
  });

  it("keeps the body of a request out of its address", async () => {
    let body = "";
    const { docker, requests } = await connect((request, response) => {
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => response.writeHead(201).end("{}"));
    });
    await docker.call({
      method: "POST",
      path: "/containers/create",
      query: { name: "a b" },
      body: { Env: ["PASSWORD=secret"] },
    });
    expect(requests.at(-1)).toBe("POST /v1.41/containers/create?name=a%20b");
    expect(JSON.parse(body)).toEqual({ Env: ["PASSWORD=secret"] });
  });

  it("sends filters as JSON, and credentials as a header", async () => {
    let auth: unknown;
    const { docker, requests } = await connect((request, response) => {
      auth = request.headers["x-registry-auth"];
      ok(request, response);
    });
    await docker.call({
      method: "POST",
      path: "/images/create",
      query: { filters: { label: ["a=b"] } },
      registryAuth: "e30",
    });
    expect(decodeURIComponent(requests.at(-1) ?? "")).toContain('filters={"label":["a=b"]}');
    expect(auth).toBe("e30");
  });

  it.each([304, 400, 404, 409, 500])("gives status %i as a value", async (status) => {
    const { docker } = await connect((_request, response) =>
      response.writeHead(status).end(status === 304 ? undefined : '{"message":"words"}'),
    );
    const answer = await docker.call({ method: "POST", path: "/containers/x/start" });
    expect(answer).toMatchObject({ status, body: status === 304 ? undefined : { message: "words" } });
  });

  it("takes an answer that is no JSON, from a proxy, for a message", async () => {
    const { docker } = await connect((_request, response) => response.writeHead(503).end("no backend\n"));
    expect((await docker.call({ method: "GET", path: "/info" })).body).toEqual({ message: "no backend" });
    await expect(docker.info()).rejects.toEqual(trouble(/^info: the engine answered 503: no backend$/));
  });

  it("gives up at its deadline, before the answer and in the midst of it", async () => {
    const { docker } = await connect((request, response) => {
      if (request.url?.includes("begins")) response.writeHead(200).write('{"a":');
    });
    const deadlineMs = 50;
    await expect(docker.call({ method: "GET", path: "/silent", deadlineMs })).rejects.toEqual(
      trouble(/no answer within 0\.05 s/),
    );
    await expect(docker.call({ method: "GET", path: "/begins", deadlineMs })).rejects.toEqual(
      trouble(/no answer within 0\.05 s/),
    );
  });

  it("gives up when the connection breaks in the midst of the answer", async () => {
    const { docker } = await connect((_request, response) => {
      response.writeHead(200).write('{"a":');
      response.socket?.destroy();
    });
    await expect(docker.call({ method: "GET", path: "/info" })).rejects.toEqual(trouble(/^GET \/v1\.41\/info: /));
  });

  it("gives up when it is told to", async () => {
    const { docker } = await connect(() => {});
    const controller = new AbortController();
    const answer = docker.call({ method: "GET", path: "/silent", signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toEqual(trouble(/abort/i));
  });

  it("leaves a stream that has begun without a deadline", async () => {
    let end = () => {};
    const { docker } = await connect((_request, response) => {
      response.writeHead(200).write("first");
      end = () => response.end("second");
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const stream = await docker.open({ method: "GET", path: "/events", deadlineMs: 30_000 });
    await vi.advanceTimersByTimeAsync(60_000);
    end();
    let text = "";
    for await (const chunk of stream) text += chunk;
    expect(text).toBe("firstsecond");
  });
});
