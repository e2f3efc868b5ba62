import { expect, test } from "vitest";
import { JOB_KEYS, UNSUPPORTED_KEYS } from "../../../../src/definition/known-keys.ts";
import { cloneContainer } from "../../../../src/engines/containers/clone-container.ts";
import type { ContainerInspect } from "../../../../src/engines/docker/containers.ts";
import type { ServiceSpec } from "../../../../src/engines/docker/services.ts";
import { cloneService } from "../../../../src/engines/swarm/specify-service.ts";
import type { CloneTemplate } from "../../../../src/job/job.ts";
import { DEFAULT_LABEL_RULES } from "../../../../src/job/label-rules.ts";
import { anObject, readLabels } from "../../../definition/labels/labels.ts";
import { anAttemptOrder } from "../../../support/a-job.ts";

const container: ContainerInspect = {
  Id: "0123456789abcdef",
  Name: "/db",
  Created: "2026-11-18T00:00:00Z",
  State: { Status: "exited", ExitCode: 0, OOMKilled: false, Error: "", StartedAt: "", FinishedAt: "" },
  Config: { Image: "mysql:8", User: "1000", Env: ["A=1"], Labels: { team: "blue" } },
  HostConfig: {
    NetworkMode: "back",
    Privileged: false,
    CapAdd: null,
    CapDrop: ["ALL"],
    Binds: ["/data:/data:ro"],
    Memory: 1e8,
    PidMode: "",
  },
  Mounts: [],
  NetworkSettings: { Networks: { back: { NetworkID: "n0" } } },
};

const service: ServiceSpec = {
  Name: "shop_db",
  TaskTemplate: {
    ContainerSpec: { Image: "mysql:8", User: "1000", CapabilityDrop: ["ALL"], Mounts: [], Secrets: [], Configs: [] },
    Resources: { Limits: { MemoryBytes: 1e8 } },
    Networks: [{ Target: "n0" }],
  },
};

/** What a label may change, for each kind. Limits, mounts, networks, images, users and all else are the object's. */
const MAY_CHANGE = {
  container: ["Cmd", "Entrypoint", "Env", "WorkingDir", "StopSignal"],
  service: ["Args", "Command", "Env", "Dir", "StopSignal", "Init"],
} as const;

const rules = DEFAULT_LABEL_RULES;

function containerOf(template: CloneTemplate) {
  const { body, networks } = cloneContainer("shipbell", anAttemptOrder({ template }), {
    object: container,
    template,
    rules,
  });
  const { HostConfig, ...rest } = body;
  // That an init process runs the command gives it nothing.
  const { Init: _init, ...host } = HostConfig;
  return { ...without(rest, MAY_CHANGE.container), host, networks };
}

function serviceOf(template: CloneTemplate) {
  const spec = cloneService("shipbell", anAttemptOrder({ template }), { spec: service, template, rules });
  const { TaskTemplate, ...rest } = spec ?? service;
  const { ContainerSpec, ...task } = TaskTemplate;
  return { ...rest, task, container: without(ContainerSpec ?? {}, MAY_CHANGE.service) };
}

function without(value: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

const keys = [...new Set([...JOB_KEYS, ...UNSUPPORTED_KEYS.keys(), "environment.A", "environment.SHIPBELL_JOB"])];
const values = [
  "root",
  "0:0",
  "1000",
  "true",
  "/",
  "/:/host",
  "host",
  "other:1",
  "ALL",
  "SIGKILL",
  "1g",
  "{{.Node.ID}}",
];

/** All labels next to the schedule that an object may have, with values that ask for much. */
const labels = keys
  .filter((key) => key !== "schedule")
  .flatMap((key) => values.map((value) => ({ key, asked: { [key]: value } })));

test.each([
  ["container", containerOf],
  ["service", serviceOf],
] as const)("whatever a label asks for, the copy of a %s has no more than its object", (kind, copyOf) => {
  const { id, name, version } = anObject({});
  const plain: CloneTemplate = { kind: "clone", of: { kind, name, version, ...(kind === "service" && { id }) } };
  const before = copyOf(plain);
  const obeyed = new Set<string>();
  for (const { key, asked } of labels) {
    const { jobs } = readLabels(anObject({ ...asked, schedule: "@daily" }, { kind, user: "1000" }));
    for (const { template } of jobs) {
      if (template.kind !== "clone") throw new Error("labels declare copies");
      expect(copyOf(template)).toEqual(before);
      if (JSON.stringify(template) !== JSON.stringify(plain)) obeyed.add(key);
    }
  }
  const ofProcess = ["command", "entrypoint", "init", "stop_signal", "user", "working_dir"];
  expect([...obeyed].sort()).toEqual([...ofProcess, "environment.A", "environment.SHIPBELL_JOB"].sort());
});
