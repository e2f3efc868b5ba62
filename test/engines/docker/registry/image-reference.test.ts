import { describe, expect, it } from "vitest";
import {
  digestIn,
  registryHost,
  registryOf,
  repositoryOf,
  tagOf,
  withTag,
} from "../../../../src/engines/docker/registry/image-reference.ts";

describe("an image's registry", () => {
  it.each([
    ["busybox", "index.docker.io"],
    ["busybox:1.36", "index.docker.io"],
    ["library/busybox", "index.docker.io"],
    ["docker.io/library/busybox", "index.docker.io"],
    ["index.docker.io/library/busybox", "index.docker.io"],
    ["registry.example.com/team/app:1", "registry.example.com"],
    ["registry.example.com:5000/app", "registry.example.com:5000"],
    ["localhost/app", "localhost"],
    ["localhost:5000/app@sha256:0123", "localhost:5000"],
  ])("of %s is %s", (image, expected) => {
    expect(registryOf(image)).toBe(expected);
  });

  it.each([
    ["https://index.docker.io/v1/", "index.docker.io"],
    ["docker.io", "index.docker.io"],
    ["https://registry.example.com/v2/", "registry.example.com"],
    ["registry.example.com:5000", "registry.example.com:5000"],
  ])("is named by the key %s", (key, expected) => {
    expect(registryHost(key)).toBe(expected);
  });
});

describe("what is pulled", () => {
  it.each([
    ["busybox", "busybox:latest"],
    ["busybox:1.36", "busybox:1.36"],
    ["localhost:5000/app", "localhost:5000/app:latest"],
    ["app@sha256:0123", "app@sha256:0123"],
  ])("for %s is %s", (image, expected) => {
    expect(withTag(image)).toBe(expected);
  });
});

describe("the parts of", () => {
  const digest = "sha256:0123";
  it.each<[string, string, string | undefined, string | undefined]>([
    ["busybox", "library/busybox", "latest", undefined],
    ["docker.io/team/app:1", "team/app", "1", undefined],
    ["localhost:5000/app", "app", "latest", undefined],
    ["registry.example.com:5000/team/app:1.2", "team/app", "1.2", undefined],
    [`registry.example.com:5000/app@${digest}`, "app", undefined, digest],
    [`app:1@${digest}`, "library/app", "1", digest],
  ])("%s are %s, %s and %s", (image, repository, tag, found) => {
    expect([repositoryOf(image), tagOf(image), digestIn(image)]).toEqual([repository, tag, found]);
  });
});
