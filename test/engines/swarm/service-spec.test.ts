import { describe, expect, it } from "vitest";
import type { Service } from "../../../src/engines/docker/services.ts";
import {
  activeSpec,
  composeService,
  isInert,
  isStoppedByUs,
  stoppedSpec,
} from "../../../src/engines/swarm/service-spec.ts";
import type { ComposeTemplate } from "../../../src/job/job.ts";
import { anAttemptOrder, aTemplate } from "../../support/a-job.ts";

const stored = {
  secrets: new Map([["key", { id: "secret-id", name: "key" }]]),
  configs: new Map([["conf", { id: "config-id", name: "conf" }]]),
};
const file = { uid: "0", gid: "0", mode: 0o444 };

function compose(change: Partial<ComposeTemplate> = {}) {
  const template = aTemplate(change);
  return composeService("ours", anAttemptOrder({ template }), { template, stored });
}

const task = (change: Partial<ComposeTemplate>) => compose(change).TaskTemplate;

describe("a service from Compose keys", () => {
  it("runs once, when it is told to, and is only judged by its exit code", () => {
    expect(compose()).toMatchObject({
      Name: "backup-1",
      Mode: { Replicated: { Replicas: 0 } },
      EndpointSpec: { Mode: "dnsrr" },
      TaskTemplate: {
        RestartPolicy: { Condition: "none" },
        ContainerSpec: { Image: "busybox", Init: true, Healthcheck: { Test: ["NONE"] }, StopGracePeriod: 10e9 },
      },
    });
  });

  it("has our labels as a service and as a container, and there the job's own", () => {
    const { Labels, TaskTemplate } = compose({ labels: { team: "blue", "shipbell.job": "mine" } });
    expect(Labels).toMatchObject({ "shipbell.instance": "ours", "shipbell.job": "backup" });
    expect(TaskTemplate.ContainerSpec?.Labels).toEqual({ team: "blue", ...Labels });
  });

  it.each<[string, Partial<ComposeTemplate>, object]>([
    ["the image's own command and entrypoint, where none is given", {}, { Args: undefined, Command: undefined }],
    ["a command as arguments of the entrypoint", { command: ["a", "b"] }, { Args: ["a", "b"] }],
    ["an entrypoint", { entrypoint: ["/bin/e"] }, { Command: ["/bin/e"] }],
    ["no entrypoint at all", { entrypoint: [] }, { Command: [""] }],
    [
      "its user, folder and signal",
      { user: "1", workingDir: "/w", stopSignal: "INT" },
      { User: "1", Dir: "/w", StopSignal: "INT" },
    ],
    [
      "its mounts",
      { volumes: [{ type: "bind", source: "/a", target: "/b", readOnly: true }] },
      { Mounts: [{ Type: "bind", Source: "/a", Target: "/b", ReadOnly: true }] },
    ],
    [
      "its secrets by ID",
      { secrets: [{ ...file, source: "key", target: "/run/secrets/key" }] },
      {
        Secrets: [
          {
            SecretID: "secret-id",
            SecretName: "key",
            File: { Name: "/run/secrets/key", UID: "0", GID: "0", Mode: 292 },
          },
        ],
      },
    ],
    [
      "its configs by ID",
      { configs: [{ ...file, source: "conf", target: "/conf" }] },
      {
        Configs: [
          { ConfigID: "config-id", ConfigName: "conf", File: { Name: "/conf", UID: "0", GID: "0", Mode: 292 } },
        ],
      },
    ],
  ])("has %s", (_, change, expected) => {
    const { ContainerSpec } = task(change);
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, ContainerSpec?.[key]]))).toEqual(expected);
  });

  it.each<[string, Partial<ComposeTemplate>, object]>([
    ["networks by name", { networks: ["front", "back"] }, { Networks: [{ Target: "front" }, { Target: "back" }] }],
    ["no network but Docker's own, where none is named", {}, { Networks: undefined }],
    [
      "placement",
      { placement: { constraints: ["node.role==worker"], spread: ["node.labels.zone"] } },
      {
        Placement: {
          Constraints: ["node.role==worker"],
          Preferences: [{ Spread: { SpreadDescriptor: "node.labels.zone" } }],
        },
      },
    ],
    [
      "limits and reservations",
      { limits: { cpus: 0.5, memoryBytes: 8e6, pids: 9 }, reservations: { cpus: 0.25, memoryBytes: 5e6 } },
      {
        Resources: {
          Limits: { NanoCPUs: 5e8, MemoryBytes: 8e6, Pids: 9 },
          Reservations: { NanoCPUs: 2.5e8, MemoryBytes: 5e6 },
        },
      },
    ],
  ])("has %s", (_, change, expected) => {
    const made = task(change);
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, made[key]]))).toEqual(expected);
  });

  it("fills no placeholder into a value that was given to the run, and those of the job's own variables", () => {
    const template = aTemplate({ environment: { NODE: "{{.Node.Hostname}}" } });
    const given = { inputs: { NOTE: "{{.Node.Hostname}} {{{ }}" }, environment: { FREE: "{{.ID}}" } };
    const spec = composeService("ours", anAttemptOrder({ template, ...given }), { template, stored });
    const { Env } = spec.TaskTemplate.ContainerSpec ?? {};
    expect(Env).toEqual(
      expect.arrayContaining([
        "NODE={{.Node.Hostname}}",
        'NOTE={{"{{"}}.Node.Hostname}} {{"{{"}}{ }}',
        'FREE={{"{{"}}.ID}}',
      ]),
    );
  });

  it("has its place in the trace, in which no placeholder is filled, unless it has one of its own", () => {
    const trace = { traceparent: "00-a-b-01", baggage: "b={{.ID}}" };
    const environmentOf = (environment: Readonly<Record<string, string>>) => {
      const template = aTemplate({ environment });
      return composeService("ours", anAttemptOrder({ template, trace }), { template, stored }).TaskTemplate
        .ContainerSpec?.Env;
    };
    expect(environmentOf({})).toEqual(expect.arrayContaining(["TRACEPARENT=00-a-b-01", 'BAGGAGE=b={{"{{"}}.ID}}']));
    expect(environmentOf({ TRACEPARENT: "mine" })?.filter((variable) => /^(TRACE|BAGGAGE)/.test(variable))).toEqual([
      "TRACEPARENT=mine",
    ]);
  });

  it("has our variables, whatever the job's own say", () => {
    const { Env } = task({ environment: { SHIPBELL_JOB: "mine", A: "1" } }).ContainerSpec ?? {};
    expect(Env).toContain("SHIPBELL_JOB=backup");
    expect(Env).toContain("A=1");
    expect(Env).not.toContain("SHIPBELL_JOB=mine");
  });
});

describe("a service's way", () => {
  const spec = compose({ placement: { constraints: ["node.role==worker"], spread: [] } });
  const service = (Spec: Service["Spec"], PreviousSpec?: Service["Spec"]): Service => ({
    ID: "s1",
    Version: { Index: 1 },
    Spec,
    ...(PreviousSpec && { PreviousSpec }),
  });

  it("is inert as it was made", () => expect(isInert(service(spec))).toBe(true));
  it("is not inert when it is active", () => expect(isInert(service(activeSpec(spec), spec))).toBe(false));
  it("is not inert when it was scaled down again", () => expect(isInert(service(spec, activeSpec(spec)))).toBe(false));

  it("is stopped by one more constraint, and nothing else", () => {
    const stopped = stoppedSpec(activeSpec(spec));
    expect(isStoppedByUs(spec)).toBe(false);
    expect(isStoppedByUs(stopped)).toBe(true);
    expect(stopped.TaskTemplate.Placement?.Constraints).toEqual(["node.role==worker", "node.id==stopped-by-shipbell"]);
    expect({ ...stopped, TaskTemplate: { ...stopped.TaskTemplate, Placement: spec.TaskTemplate.Placement } }).toEqual(
      activeSpec(spec),
    );
  });
});
