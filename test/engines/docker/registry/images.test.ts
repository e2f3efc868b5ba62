import { afterEach, describe, expect, it } from "vitest";
import { connectDocker } from "../../../../src/engines/docker/connect.ts";
import { pullImage } from "../../../../src/engines/docker/registry/images.ts";
import { type Answer, type FakeDockerHost, fakeDockerHost } from "../../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

async function pull(answer: Answer, image = "busybox") {
  host = await fakeDockerHost(answer);
  const { signal } = new AbortController();
  return pullImage(connectDocker({ host: host.host }), image, { registryAuth: undefined, signal });
}

const rejected = (reason: string, message: string) => ({ kind: "rejected", reason, message });

describe("a pull", () => {
  it("is done when its progress ends without an error", async () => {
    const pulled = await pull((_request, response) =>
      response.writeHead(200).end('{"status":"Pulling"}\r\n{"status":"Done"}\r\n'),
    );
    expect(pulled).toEqual({ kind: "pulled" });
    expect(decodeURIComponent(host.requests.at(-1) ?? "")).toBe("POST /v1.41/images/create?fromImage=busybox:latest");
  });

  it.each<[string, number, string, string, string]>([
    [
      "in the midst of it",
      200,
      '{"status":"Pulling"}\r\n{"errorDetail":{"message":"no space"},"error":"x"}\r\n',
      "pull-failed",
      "busybox cannot be pulled (no space)",
    ],
    [
      "in its last line, without an end",
      200,
      '{"error":"no space"}',
      "pull-failed",
      "busybox cannot be pulled (no space)",
    ],
    [
      "by a registry that does not know it",
      404,
      '{"message":"manifest unknown"}',
      "image-tag-missing",
      'Docker Hub has library/busybox, but no tag "latest" of it (manifest unknown)',
    ],
    [
      "by a registry that is not reached",
      500,
      '{"message":"no such host"}',
      "registry-unreachable",
      "Docker Hub cannot be reached, or is out of order (no such host)",
    ],
    [
      "by a proxy, in words of its own",
      403,
      "<html>no</html>",
      "pull-failed",
      "busybox cannot be pulled (HTTP status 403)",
    ],
    ["without a word", 500, "", "pull-failed", "busybox cannot be pulled (HTTP status 500)"],
  ])("is rejected %s", async (_name, status, body, reason, message) => {
    expect(await pull((_request, response) => response.writeHead(status).end(body))).toEqual(rejected(reason, message));
  });

  it("says nothing when its last line is cut off", async () => {
    const pulled = pull((_request, response) => response.writeHead(200).end('{"status":"Pulling"}\r\n{"error":"no sp'));
    await expect(pulled).rejects.toThrow("the answer broke off");
  });

  it("says nothing when the engine falls silent in the midst of it", async () => {
    const pulled = pull((_request, response) => {
      response.writeHead(200).write('{"status":"Pulling"}\r\n', () => response.socket?.destroy());
    });
    await expect(pulled).rejects.toMatchObject({ name: "EngineTrouble" });
  });
});

describe("a pull that stands still", () => {
  it("is over after a while, with what it had come to, and leaves no connection", async () => {
    let isLeft = false;
    const line = '{"status":"Downloading","progressDetail":{"current":5,"total":9},"id":"a1"}\r\n';
    host = await fakeDockerHost((_request, response) => {
      response.once("close", () => {
        isLeft = true;
      });
      response.writeHead(200).write(line);
      response.write(line);
    });
    const { signal } = new AbortController();
    const docker = connectDocker({ host: host.host });
    expect(await pullImage(docker, "busybox", { registryAuth: undefined, signal, stallsMs: 100 })).toEqual(
      rejected(
        "pull-failed",
        'the pull of busybox stands still: nothing new for 0.1 s after "Downloading" of a1, 5 of 9 bytes',
      ),
    );
    await expect.poll(() => isLeft).toBe(true);
  });

  it("is given up when nobody waits for it any longer", async () => {
    host = await fakeDockerHost((_request, response) => response.writeHead(200).write('{"status":"Pulling"}\r\n'));
    const over = new AbortController();
    const pulled = pullImage(connectDocker({ host: host.host }), "busybox", {
      registryAuth: undefined,
      signal: over.signal,
    });
    await expect.poll(() => host.requests.length).toBe(2);
    over.abort(new Error("the start was withdrawn"));
    await expect(pulled).rejects.toMatchObject({ name: "EngineTrouble" });
  });
});
