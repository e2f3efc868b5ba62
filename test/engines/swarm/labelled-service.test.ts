import { describe, expect, test } from "vitest";
import { isRunService, readLabelledService, type ServiceEntry } from "../../../src/engines/swarm/labelled-services.ts";

type Spec = ServiceEntry["Spec"];

function aService(change: Partial<Spec> = {}): ServiceEntry {
  return {
    ID: "s1",
    CreatedAt: "2026-11-18T12:00:00.123456789Z",
    Spec: {
      Name: "shop_backup",
      Labels: { "shipbell.schedule": "@daily", "com.docker.stack.namespace": "shop" },
      TaskTemplate: { ContainerSpec: { Image: "busybox:1.36", StopGracePeriod: 2_500_000_000 }, ForceUpdate: 1 },
      Mode: { Replicated: { Replicas: 0 } },
      ...change,
    },
  };
}

const withContainerLabels = (labels: Record<string, string>, change: Partial<Spec> = {}) =>
  aService({ TaskTemplate: { ContainerSpec: { Image: "busybox:1.36", Labels: labels } }, ...change });

test("a service with labels of ours is read as it is", () =>
  expect(readLabelledService(aService(), { labelPrefix: "shipbell" })).toEqual({
    kind: "service",
    id: "s1",
    name: "shop_backup",
    version: expect.stringMatching(/^[0-9a-f]{16}$/),
    labels: { "shipbell.schedule": "@daily", "com.docker.stack.namespace": "shop" },
    running: false,
    image: "busybox:1.36",
    user: "",
    mayBecomeAnyone: false,
    stopGracePeriodMs: 2500,
    createdAt: new Date("2026-11-18T12:00:00.123Z"),
  }));

test("a service without labels of ours is none that declares jobs", () => {
  expect(readLabelledService(aService({ Labels: null }), { labelPrefix: "shipbell" })).toBeUndefined();
  expect(readLabelledService(aService({ Labels: { shipbell: "x" } }), { labelPrefix: "shipbell" })).toBeUndefined();
});

test.each<[string, ServiceEntry]>([
  ["service", aService({ Labels: { "shipbell.run": "r", "shipbell.instance": "a" } })],
  ["containers", withContainerLabels({ "shipbell.run": "r", "shipbell.schedule": "@daily" }, { Labels: {} })],
])("a run, by a label of its %s, declares none", (_where, service) => {
  expect(isRunService(service)).toBe(true);
  expect(readLabelledService(service, { labelPrefix: "shipbell" })).toBeUndefined();
});

describe("running is", () => {
  test.each<[string, NonNullable<Spec["Mode"]>, boolean]>([
    ["a service with replicas", { Replicated: { Replicas: 2 } }, true],
    ["a service that says no number, which is one", { Replicated: {} }, true],
    ["not one with no replicas", { Replicated: { Replicas: 0 } }, false],
    ["a service on every node", { Global: {} }, true],
    ["not one of the job modes, which ends by itself", { ReplicatedJob: {} } as object, false],
    ["nor the other of these", { GlobalJob: {} } as object, false],
  ])("%s", (_what, Mode, running) =>
    expect(readLabelledService(aService({ Mode }), { labelPrefix: "shipbell" })).toMatchObject({ running }),
  );
});

test.each<[NonNullable<Spec["Mode"]>, unknown]>([
  [{ GlobalJob: {} }, { mode: "global-job" }],
  [{ Global: {} }, { mode: "global" }],
  [{ ReplicatedJob: { TotalCompletions: 3 } }, { mode: "replicated-job", completions: 3 }],
  [{ ReplicatedJob: { TotalCompletions: 1 } }, undefined],
  [{ Replicated: { Replicas: 3 } }, undefined],
])("the mode %j makes several tasks of a service, or one", (Mode, spread) => {
  expect(readLabelledService(aService({ Mode }), { labelPrefix: "shipbell" })?.spread).toEqual(spread);
});

describe("the version", () => {
  const version = (change: Partial<Spec>) =>
    readLabelledService(aService(change), { labelPrefix: "shipbell" })?.version;
  const template = { ContainerSpec: { Image: "busybox:1.36", StopGracePeriod: 1, Labels: { a: "1", b: "2" } } };

  test.each<[string, Partial<Spec>]>([
    ["a forced update", { TaskTemplate: { ...template, ForceUpdate: 7 } }],
    ["scaling", { TaskTemplate: template, Mode: { Replicated: { Replicas: 3 } } }],
    [
      "another order of keys",
      { TaskTemplate: { ContainerSpec: { Image: "busybox:1.36", Labels: { b: "2", a: "1" }, StopGracePeriod: 1 } } },
    ],
  ])("is the same after %s", (_what, change) =>
    expect(version(change)).toBe(version({ TaskTemplate: { ...template, ForceUpdate: 0 } })),
  );

  test.each<[string, object, object]>([
    ["grace period", { StopGracePeriod: 1 }, { StopGracePeriod: 2 }],
    // As `docker stack deploy` finds it behind the same tag after a push.
    ["digest of the image", { Image: "busybox:1.36@sha256:0a" }, { Image: "busybox:1.36@sha256:0b" }],
  ])("is another when a run would be another, by the %s", (_what, before, after) => {
    const versionWith = (change: object) =>
      version({ TaskTemplate: { ContainerSpec: { ...template.ContainerSpec, ...change } } });
    expect(versionWith(after)).not.toBe(versionWith(before));
  });
});

describe("labels of ours on the containers", () => {
  const ours = { "shipbell.timeout": "1h", "shipbell.schedule": "@daily", team: "shop" };

  test("alone make the service one to be told of", () =>
    expect(readLabelledService(withContainerLabels(ours, { Labels: {} }), { labelPrefix: "shipbell" })).toMatchObject({
      labels: {},
      misplaced: ["shipbell.schedule", "shipbell.timeout"],
    }));

  test("are misplaced where the service has them not", () =>
    expect(readLabelledService(withContainerLabels(ours), { labelPrefix: "shipbell" })).toMatchObject({
      misplaced: ["shipbell.timeout"],
    }));

  test("are of no concern where the service has them, too", () =>
    expect(
      readLabelledService(withContainerLabels({ "shipbell.schedule": "@daily" }), { labelPrefix: "shipbell" }),
    ).not.toHaveProperty("misplaced"));
});
