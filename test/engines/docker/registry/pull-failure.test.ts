import { describe, expect, it } from "vitest";
import { faultOfPull, type PullFault, rejectPull } from "../../../../src/engines/docker/registry/pull-failure.ts";

const IMAGE = "reg.example.com:5000/team/app:1";
const URL_ = "http://reg.example.com:5000/v2/team/app/manifests/1";

/** What engines have answered, with the names changed. */
const recorded: Record<string, readonly [PullFault, number, string][]> = {
  "engine 20.10 and its own store, pull": [
    ["unauthorized", 500, "unauthorized: authentication required"],
    ["unauthorized", 500, `Head "${URL_}": no basic auth credentials`],
    ["unknown-manifest", 404, `manifest for ${IMAGE} not found: manifest unknown: manifest unknown`],
    ["unreachable", 500, 'Get "http://reg.example.com:5000/v2/": dial tcp 10.0.0.9:5000: connect: connection refused'],
    [
      "unreachable",
      500,
      'Get "https://reg.example.com:5000/v2/": dial tcp: lookup reg.example.com on 10.0.0.1:53: no such host',
    ],
    ["unreachable", 500, "received unexpected HTTP status: 503 Service Unavailable"],
    ["bad-reference", 400, "invalid reference format: repository name must be lowercase"],
  ],
  "engine 20.10, what it hears from a registry": [
    ["unauthorized", 401, "unauthorized: authentication required"],
    ["unauthorized", 500, `Head "${URL_}": no basic auth credentials`],
    ["unknown-manifest", 404, "manifest unknown: manifest unknown"],
  ],
  "other registries, as engines of 20.10 and later quote them": [
    [
      "denied",
      404,
      "pull access denied for team/app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    ],
    ["unauthorized", 500, 'Get "https://registry-1.docker.io/v2/": unauthorized: incorrect username or password'],
    ["unauthorized", 500, 'Get "https://ghcr.io/v2/": denied: denied'],
    [
      "unauthorized",
      404,
      "pull access denied for team/app, repository does not exist or may require 'docker login': denied: Your authorization token has expired. Reauthenticate and try again.",
    ],
    ["unknown-repository", 404, "name unknown: The repository with name 'team/app' does not exist in the registry"],
    ["unknown-repository", 404, "unknown: repository team/app not found"],
    ["unknown-tag", 404, "unknown: artifact team/app:1 not found"],
    ["other", 500, "toomanyrequests: You have reached your pull rate limit."],
    ["unknown-platform", 200, "no matching manifest for linux/arm64/v8 in the manifest list entries"],
    ["other", 200, "write /var/lib/docker/tmp/GetImageBlob1: no space left on device"],
    ["unreachable", 500, 'Get "https://reg.example.com:5000/v2/": x509: certificate signed by unknown authority'],
    ["unreachable", 500, 'Get "https://reg.example.com:5000/v2/": http: server gave HTTP response to HTTPS client'],
    [
      "unreachable",
      500,
      'Get "https://reg.example.com:5000/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    ],
  ],
  "engines whose images containerd keeps": [
    ["unknown-manifest", 404, `failed to resolve reference "${IMAGE}": ${IMAGE}: not found`],
    [
      "denied",
      404,
      `failed to resolve reference "${IMAGE}": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
    ],
    ["unknown-platform", 200, "no matching manifest for linux/s390x in the manifest list entries: not found"],
    ["unknown-platform", 200, "no match for platform in manifest: not found"],
    [
      "unauthorized",
      500,
      `failed to resolve reference "${IMAGE}": unexpected status from HEAD request to ${URL_}: 401 Unauthorized`,
    ],
    [
      "unreachable",
      500,
      `failed to resolve reference "${IMAGE}": failed to authorize: failed to fetch anonymous token: Get "https://auth.docker.io/token?service=registry.docker.io": EOF`,
    ],
    [
      "unreachable",
      500,
      `failed to resolve reference "${IMAGE}": failed to do request: Head "${URL_}": dial tcp 10.0.0.9:5000: connect: connection refused`,
    ],
    [
      "unreachable",
      500,
      `failed to resolve reference "${IMAGE}": unexpected status from HEAD request to ${URL_}: 503 Service Unavailable`,
    ],
  ],
};

describe.each(Object.entries(recorded))("%s", (_engine, answers) => {
  it.each(answers)("means %s by %i %s", (fault, status, message) => {
    expect(faultOfPull({ status, message }, IMAGE)).toBe(fault);
  });
});

it("does not take an image's own name for what is said of it", () => {
  const image = "reg.example.com/unauthorized:1";
  const message = `manifest for ${image} not found: manifest unknown: manifest unknown`;
  expect(faultOfPull({ status: 404, message }, image)).toBe("unknown-manifest");
});

it("knows that Docker Hub tells a missing repository from a missing tag", () => {
  const message = "manifest for busybox:nope not found: manifest unknown: manifest unknown";
  expect(faultOfPull({ status: 404, message }, "busybox:nope")).toBe("unknown-tag");
});

describe("what is said", () => {
  const said = (fault: PullFault, hasLogin = true, image = IMAGE) => {
    const { reason, message } = rejectPull(fault, { image, hasLogin }, "words");
    return `${reason}: ${message}`;
  };

  it.each<[string, string]>([
    [
      said("unauthorized"),
      "registry-unauthorized: registry reg.example.com:5000 refuses the login that the registry config has for it (words)",
    ],
    [
      said("unauthorized", false),
      "registry-unauthorized: registry reg.example.com:5000 wants a login, and the registry config has none for it (words)",
    ],
    [
      said("denied", false, "app"),
      "image-missing: Docker Hub has no repository library/app, or does not let us, without a login, read it (words)",
    ],
    [said("unknown-repository"), "image-missing: registry reg.example.com:5000 has no repository team/app (words)"],
    [
      said("unknown-tag"),
      'image-tag-missing: registry reg.example.com:5000 has team/app, but no tag "1" of it (words)',
    ],
    [
      said("unknown-tag", true, "app@sha256:0123"),
      "image-tag-missing: Docker Hub has library/app, but no sha256:0123 of it (words)",
    ],
    [
      said("unknown-platform"),
      "pull-failed: registry reg.example.com:5000 has team/app, but not for this platform (words)",
    ],
    [
      said("unknown-manifest"),
      'image-missing: registry reg.example.com:5000 has no tag "1" of team/app; whether it has that repository at all could not be found out (words)',
    ],
    [
      said("unreachable"),
      "registry-unreachable: registry reg.example.com:5000 cannot be reached, or is out of order (words)",
    ],
    [said("bad-reference"), `bad-definition: ${IMAGE} cannot be the name of an image (words)`],
    [said("other"), `pull-failed: ${IMAGE} cannot be pulled (words)`],
  ])("is: %s", (text, expected) => expect(text).toBe(expected));
});
