import { describe, expect, test } from "vitest";
import type { HostConfig } from "../../../../src/engines/docker/containers.ts";
import { refuseCopy, rightsOfContainer, rightsOfService } from "../../../../src/engines/docker/specs/copy.ts";
import { DEFAULT_LABEL_RULES } from "../../../../src/job/label-rules.ts";

describe("a container may become anyone", () => {
  test.each<[string, object, HostConfig, boolean]>([
    ["as nobody said otherwise, which is root", {}, {}, true],
    ["as root, in whatever group", { User: "0:1000" }, { CapDrop: [] }, true],
    ["not as somebody else", { User: "1000" }, {}, false],
    ["not as somebody whose name begins so", { User: "rootless" }, {}, false],
    ["not without a capability", { User: "root" }, { CapDrop: ["DAC_OVERRIDE"] }, false],
    ["not with a security profile of its own", { User: "root" }, { SecurityOpt: ["seccomp=x"] }, false],
  ])("%s", (_how, Config, HostConfig, expected) => {
    const { mayBecomeAnyone } = rightsOfContainer({ Config: { Image: "busybox", ...Config }, HostConfig });
    expect(mayBecomeAnyone).toBe(expected);
  });
});

describe("a service may become anyone", () => {
  test.each<[string, object, boolean]>([
    ["not where only its image knows whom it runs as", {}, false],
    ["as root, where it says so", { User: "root" }, true],
    ["not without a capability", { User: "0", CapabilityDrop: ["ALL"] }, false],
    ["not with a security profile of its own", { User: "0", Privileges: { Seccomp: { Mode: "custom" } } }, false],
  ])("%s", (_how, spec, expected) => {
    expect(rightsOfService({ Image: "busybox", ...spec }).mayBecomeAnyone).toBe(expected);
  });
});

describe("what was read of an object, and is another when it is to be copied,", () => {
  const object = { kind: "container", name: "db", labels: {}, image: "busybox:1", user: "1000" } as const;

  test("is refused where its user would gain by it", () => {
    const template = { kind: "clone", user: "root" } as const;
    expect(refuseCopy(template, { ...object, mayBecomeAnyone: true }, DEFAULT_LABEL_RULES)).toBeUndefined();
    expect(refuseCopy(template, { ...object, mayBecomeAnyone: false }, DEFAULT_LABEL_RULES)).toMatchObject({
      kind: "rejected",
      reason: "not-allowed",
      message: expect.stringMatching(/^db: user "root" cannot be set by a label/),
    });
  });

  test("is refused where its image is not allowed any more", () => {
    const rules = { ...DEFAULT_LABEL_RULES, allowImages: ["registry.example/*"] };
    expect(refuseCopy({ kind: "clone" }, { ...object, mayBecomeAnyone: false }, rules)).toMatchObject({
      reason: "not-allowed",
      message: expect.stringMatching(/^db: --allow-images does not allow the image "busybox:1"/),
    });
  });
});
