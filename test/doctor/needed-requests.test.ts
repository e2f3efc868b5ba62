import { expect, test } from "vitest";
import { neededRequests } from "../../src/doctor/needed-requests.ts";
import { documentedRequests } from "../lab/haproxy.ts";

test.each([
  ["service", "Swarm"],
  ["container", "containers"],
] as const)("the requests that jobs need as %s objects are those that docs/security.md lists", async (kind, column) => {
  const requests = neededRequests(kind, false).map(({ request }) => request);
  expect([...requests, "GET /_ping"].toSorted()).toEqual(await documentedRequests(column));
});

test("commands in containers that run already need four more", () => {
  expect(neededRequests("container", true)).toHaveLength(neededRequests("container", false).length + 4);
});
