import { afterEach, expect, test } from "vitest";
import { neededRequests } from "../../../src/doctor/needed-requests.ts";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { tryRequests } from "../../../src/engines/docker/try-requests.ts";
import { type Answer, type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

const options = { now: new Date("2026-11-18T12:00:00Z"), signal: new AbortController().signal };
const all = [...neededRequests("service", true), ...neededRequests("container", true)].map(({ request }) => request);

async function tryAll(requests: readonly string[], answer: Answer) {
  host = await fakeDockerHost(answer);
  return tryRequests(connectDocker({ host: host.host }), requests, options);
}

test("what a proxy refuses is told from what the engine says of an object that does not exist", async () => {
  const statuses: Readonly<Record<string, number>> = { start: 403, stop: 404, rename: 405, archive: 500, logs: 401 };
  const verbs = Object.keys(statuses);
  const found = await tryAll(
    verbs.map((verb) => `POST /containers/NAME/${verb}`),
    (request, response) => {
      const verb = verbs.find((verb) => request.url?.includes(`/${verb}`)) ?? "";
      response.writeHead(statuses[verb] ?? 200).end("{}");
    },
  );
  expect(found.map((each) => (each.answer === "refused" ? each.status : each.answer))).toEqual([
    403,
    "passed",
    405,
    "passed",
    401,
  ]);
});

test("no request names anything that exists, and none that could make something has a body", async () => {
  const bodies: string[] = [];
  await tryAll(all, (request, response) => {
    request.on("data", (chunk) => bodies.push(`${request.method} ${request.url} ${chunk}`));
    request.on("end", () => response.writeHead(404).end("{}"));
  });
  const own = host.requests.filter((request) => !request.includes("/_ping"));
  expect(own).toHaveLength(all.length);
  expect(bodies.filter((body) => !body.endsWith(" {}"))).toEqual([]);
  const named = own.filter((request) => /NAME|IMAGE|\/ID\b/.test(request.replace(/Not-shipbell/g, "")));
  expect(named).toEqual([]);
});

test("an engine that gives no answer is not taken for one that refuses", async () => {
  const [found] = await tryAll(["GET /info"], (request) => request.socket.destroy());
  expect(found?.answer).toBe("none");
});
