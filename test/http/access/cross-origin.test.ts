import { describe, expect, it } from "vitest";
import { isCrossOrigin } from "../../../src/http/access/cross-origin.ts";
import { mayBeOurName } from "../../../src/http/access/host-check.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const JSON_BODY = { "content-type": "application/json; charset=utf-8" };
const PUBLIC = "https://cron.example";

describe("a request that changes something", () => {
  it.each([
    ["a form of our own page", { ...FORM, "sec-fetch-site": "same-origin" }, "taken"],
    ["an address that somebody typed", { ...FORM, "sec-fetch-site": "none" }, "taken"],
    ["a form of another site", { ...FORM, "sec-fetch-site": "cross-site" }, "refused"],
    ["a form of a neighbour", { ...FORM, "sec-fetch-site": "same-site" }, "refused"],
    [
      "a form of another site that looks like ours",
      { ...FORM, "sec-fetch-site": "cross-site", origin: "http://here:8494" },
      "refused",
    ],
    [
      "a script of another site",
      { ...JSON_BODY, "sec-fetch-site": "cross-site", origin: "https://evil.example" },
      "refused",
    ],
    ["a script of another site with a token", { authorization: "Bearer x", "sec-fetch-site": "cross-site" }, "refused"],
    ["an older browser, on our page", { ...FORM, origin: "http://here:8494" }, "taken"],
    ["an older browser, behind a proxy with TLS", { ...FORM, origin: "https://here:8494" }, "taken"],
    ["an older browser, on our page under its public address", { ...FORM, origin: PUBLIC }, "taken"],
    [
      "any browser, on our page under its public address",
      { ...FORM, origin: PUBLIC, "sec-fetch-site": "same-site" },
      "taken",
    ],
    ["an older browser, on another site", { ...FORM, origin: "https://evil.example" }, "refused"],
    ["an older browser, on another port", { ...FORM, origin: "http://here:80" }, "refused"],
    ["a page in a sandbox", { ...FORM, origin: "null" }, "refused"],
    ["a page whose origin is no origin", { ...FORM, origin: "http://here:8494/" }, "refused"],
    ["a form without any sign of a browser", FORM, "refused"],
    ["text without any sign of a browser", { "content-type": "text/plain" }, "refused"],
    ["nothing without any sign of a browser", {}, "refused"],
    ["a password without any sign of a browser", { ...FORM, authorization: "Basic b3BzOmE=" }, "refused"],
    ["a program that sends JSON", JSON_BODY, "taken"],
    ["a program that sends YAML", { "content-type": "application/yaml" }, "taken"],
    ["a program that sends a token", { ...FORM, authorization: "Bearer sb_x" }, "taken"],
  ] as const)("from %s is %s", (_, headers, verdict) => {
    expect(isCrossOrigin({ host: "here:8494", ...headers }, PUBLIC)).toBe(verdict === "refused");
  });

  it("is refused from the public address of another scheduler", () => {
    expect(isCrossOrigin({ host: "here:8494", ...FORM, origin: PUBLIC })).toBe(true);
  });
});

describe("a name under which this scheduler is asked", () => {
  it.each([
    "127.0.0.1",
    "127.0.0.1:8494",
    "[::1]:8494",
    "localhost:8494",
    "shipbell:8494",
    "10.1.2.3:80",
    "cron.example:8443",
    "CRON.example:8443",
    undefined,
  ])("may be its own: %s", (host) => {
    expect(mayBeOurName(host, "cron.example:8443")).toBe(true);
  });

  it.each([
    "evil.example",
    "evil.example:8494",
    "cron.example",
    "cron.example:80",
    "localhost.",
    "127.0.0.1.evil.example",
    "[evil.example]",
    "",
    "127.0.0.1@evil.example",
    "a b",
    "x:y:z",
    "2130706433.evil",
  ])("may be another's: %s", (host) => {
    expect(mayBeOurName(host, "cron.example:8443")).toBe(false);
  });
});
