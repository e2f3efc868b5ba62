import { describe, expect, it } from "vitest";
import { registryHost, registryOf, withTag } from "../../src/docker/image-reference.ts";

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
