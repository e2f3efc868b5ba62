import { afterEach, describe, expect, it } from "vitest";
import { startContainer, stopContainer, withdrawContainer } from "../../../src/engines/containers/start-stop.ts";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

const NEVER = "0001-01-01T00:00:00Z";
const created = { Status: "created", ExitCode: 0, OOMKilled: false, Error: "", StartedAt: NEVER, FinishedAt: NEVER };
const running = { ...created, Status: "running", StartedAt: "2026-11-18T03:00:00Z" };

const container = { Id: "c1", Name: "/c1", Created: NEVER, Config: { Image: "busybox" }, HostConfig: {} };

/** An engine that answers to start and stop with this status, and to inspect with this state, if there is one. */
async function engine(status: number, state?: object) {
  host = await fakeDockerHost((request, response) => {
    if (request.method === "POST") response.writeHead(status).end(status < 400 ? undefined : '{"message":"words"}');
    else response.writeHead(state ? 200 : 404).end(JSON.stringify({ ...container, State: state }));
  });
  return connectDocker({ host: host.host });
}

describe("a start", () => {
  it.each<[string, number, object | undefined, object]>([
    ["that is done", 204, undefined, { kind: "activated" }],
    ["of what runs", 304, undefined, { kind: "activated" }],
    [
      "that the container remembers as failed",
      500,
      { ...created, ExitCode: 128, Error: "no network" },
      { kind: "rejected", reason: "start-failed", message: "no network" },
    ],
    ["that is refused", 400, created, { kind: "rejected", reason: "start-failed", message: "words" }],
    ["that fails, though it runs", 500, running, { kind: "activated" }],
    [
      "behind a proxy that forbids it",
      403,
      created,
      {
        kind: "rejected",
        reason: "forbidden",
        message: expect.stringMatching(
          /^start c1: POST \/containers\/…\/start is forbidden \(403: words\); .*socket proxy/,
        ),
      },
    ],
    [
      "of what has been removed",
      404,
      undefined,
      { kind: "rejected", reason: "start-failed", message: "the container was removed before it was started" },
    ],
  ])("%s", async (_name, status, state, expected) => {
    expect(await startContainer(await engine(status, state), { id: "c1", name: "c1" })).toEqual(expected);
  });

  it.each<[string, number, object | undefined, RegExp]>([
    ["by an engine in trouble", 500, created, /the engine answered 500: words/],
    ["of what is being removed", 409, created, /the engine answered 409/],
  ])("that says nothing: %s", async (_name, status, state, message) => {
    const docker = await engine(status, state);
    await expect(startContainer(docker, { id: "c1", name: "c1" })).rejects.toMatchObject({
      name: "EngineTrouble",
      message: expect.stringMatching(message),
    });
  });

  it("is one request, when all is well", async () => {
    await startContainer(await engine(204), { id: "c1", name: "c1" });
    expect(host.requests.filter((request) => !request.includes("_ping"))).toEqual(["POST /v1.41/containers/c1/start?"]);
  });
});

describe("a stop", () => {
  it.each([204, 304, 404])("is content with %i", async (status) => {
    await stopContainer(await engine(status), "c1", 1500);
    expect(host.requests.at(-1)).toBe("POST /v1.41/containers/c1/stop?t=2");
  });

  it("says when the engine is in trouble", async () => {
    await expect(stopContainer(await engine(500), "c1", 0)).rejects.toMatchObject({ name: "EngineTrouble" });
  });
});

describe("a container that must not start", () => {
  /** Withdraws one that is in these states, one at each look; returns the requests that changed something. */
  async function withdraw(states: readonly object[], statuses: { rename?: number; remove?: number } = {}) {
    const { rename = 204, remove = 204 } = statuses;
    const changes: string[] = [];
    let looks = 0;
    host = await fakeDockerHost((request, response) => {
      const { method = "", url = "" } = request;
      if (method === "GET") {
        const state = states[looks++];
        response.writeHead(state ? 200 : 404).end(JSON.stringify({ ...container, State: state }));
        return;
      }
      const { pathname, searchParams } = new URL(url, "http://engine");
      const forced = searchParams.get("force") === "true" ? " by force" : "";
      const isRename = pathname.endsWith("/rename");
      const name = isRename ? ` to ${searchParams.get("name")}` : "";
      changes.push(`${method} ${pathname.replace(/^\/v[\d.]+/, "")}${name}${forced}`);
      const status = isRename ? rename : remove;
      response.writeHead(status).end(status < 400 ? undefined : '{"message":"words"}');
    });
    await withdrawContainer(connectDocker({ host: host.host }), "c1");
    return changes;
  }
  const renamed = expect.stringMatching(/^POST \/containers\/c1\/rename to c1-again-[0-9a-f]{6}$/);

  it("gets another name, and is removed if it is inert still; what runs by then is kept by the engine", async () => {
    expect(await withdraw([created, created])).toEqual([renamed, "DELETE /containers/c1"]);
  });

  it("is kept when it was started before it got another name", async () => {
    expect(await withdraw([created, running])).toEqual([renamed]);
  });

  it("is kept when it runs already, or has run", async () => {
    expect(await withdraw([running])).toEqual([]);
    await host.close();
    expect(await withdraw([{ ...running, Status: "exited", FinishedAt: "2026-11-18T03:00:01Z" }])).toEqual([]);
  });

  it("is removed without another name where a proxy forbids that", async () => {
    expect(await withdraw([created, created], { rename: 403 })).toEqual([renamed, "DELETE /containers/c1"]);
  });

  it("is kept, without an error, when the engine says at its removal that it runs", async () => {
    expect(await withdraw([created, created], { remove: 409 })).toEqual([renamed, "DELETE /containers/c1"]);
  });

  it("is gone already: there is nothing to do", async () => {
    expect(await withdraw([])).toEqual([]);
    await host.close();
    expect(await withdraw([created], { rename: 404 })).toEqual([renamed]);
  });
});
