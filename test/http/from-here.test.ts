import { describe, expect, test } from "vitest";
import { isFromHere } from "../../src/http/from-here.ts";

function request(
  remoteAddress: string,
  host: string,
  headers: Record<string, string> = {},
  localAddress = "127.0.0.1",
) {
  return { headers: { host, ...headers }, socket: { remoteAddress, localAddress } };
}

describe("a request is from this machine", () => {
  test.each([
    ["127.0.0.1", "127.0.0.1:8494", "127.0.0.1"],
    ["127.0.0.1", "localhost:8494", "127.0.0.1"],
    ["::ffff:127.0.0.1", "127.0.0.1:8494", "::ffff:127.0.0.1"],
    ["::1", "[::1]:8494", "::1"],
    ["10.0.0.5", "10.0.0.5:8494", "10.0.0.5"],
  ])("from %s for %s", (remote, host, local) => expect(isFromHere(request(remote, host, {}, local))).toBe(true));
});

describe("a request is not taken to be from this machine", () => {
  test.each([
    ["another machine's address", request("10.0.0.9", "127.0.0.1:8494", {}, "10.0.0.5")],
    ["a published port's gateway", request("172.17.0.1", "localhost:8494", {}, "172.17.0.2")],
    ["a web page whose name leads here", request("127.0.0.1", "evil.example:8494")],
    ["a name that only begins like it", request("127.0.0.1", "127.0.0.1.evil.example")],
    ["no host", { headers: {}, socket: { remoteAddress: "127.0.0.1", localAddress: "127.0.0.1" } }],
    ["a closed connection", { headers: { host: "localhost" }, socket: {} }],
    ["a proxy beside it", request("127.0.0.1", "localhost", { "x-forwarded-for": "203.0.113.9" })],
    ["a proxy by its own name", request("127.0.0.1", "localhost", { via: "1.1 proxy" })],
    ["a browser", request("127.0.0.1", "localhost", { "sec-fetch-mode": "no-cors" })],
  ])("%s", (_, one) => expect(isFromHere(one)).toBe(false));
});
