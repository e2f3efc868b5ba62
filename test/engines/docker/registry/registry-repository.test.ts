import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { connectDocker } from "../../../../src/engines/docker/connect.ts";
import { explainPull } from "../../../../src/engines/docker/registry/explain-pull.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../../support/fake-docker-host.ts";

let host: FakeDockerHost;
let registry: Server;
const asked: string[] = [];
afterEach(async () => {
  await host.close();
  registry.closeAllConnections();
  registry.close();
  asked.length = 0;
});

const login = { username: "me", password: "sécret", serveraddress: "x" };
const header = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Why there is no such tag or repository, where the registry answers so, and the engine speaks HTTP to such hosts. */
async function explain(status: number, body: string, change: { registryAuth?: string; insecure?: string[] } = {}) {
  registry = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? "as nobody"}`);
    response.writeHead(status).end(body);
  }).listen(0, "127.0.0.1");
  await once(registry, "listening");
  const info = { RegistryConfig: { InsecureRegistryCIDRs: change.insecure ?? ["::1/128", "127.0.0.0/8"] } };
  host = await fakeDockerHost((_request, response) => response.writeHead(200).end(JSON.stringify(info)));
  const image = `127.0.0.1:${(registry.address() as AddressInfo).port}/team/app:1`;
  const answer = { status: 404, message: "manifest unknown" };
  const { registryAuth } = change;
  return explainPull(connectDocker({ host: host.host }), image, { answer, registryAuth });
}

const unknownName = '{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry"}]}';
const UNKNOWN = { reason: "image-missing", message: expect.stringContaining("could not be found out") };

describe("a manifest that a registry does not know", () => {
  it.each<[string, number, string, object]>([
    [
      "is a missing tag, where it knows the repository",
      200,
      '{"name":"team/app","tags":["2"]}',
      { reason: "image-tag-missing" },
    ],
    [
      "is a missing repository, where it knows none",
      404,
      unknownName,
      { reason: "image-missing", message: expect.stringContaining("has no repository team/app (") },
    ],
    ["is one or the other, where it does not say", 404, "not here", UNKNOWN],
    ["is one or the other, where it wants a token", 401, "", UNKNOWN],
  ])("%s", async (_name, status, body, expected) => {
    expect(await explain(status, body)).toMatchObject({ kind: "rejected", ...expected });
    expect(asked).toEqual(["/v2/team/app/tags/list?n=1 as nobody"]);
  });

  it("is asked for with the engine's own login", async () => {
    await explain(200, "{}", { registryAuth: header(login) });
    const basic = Buffer.from("me:sécret").toString("base64");
    expect(asked).toEqual([`/v2/team/app/tags/list?n=1 Basic ${basic}`]);
  });

  it("is not asked for in the clear, where the engine would not", async () => {
    expect(await explain(200, "{}", { registryAuth: header(login), insecure: [] })).toMatchObject(UNKNOWN);
    expect(asked).toEqual([]);
  });
});
