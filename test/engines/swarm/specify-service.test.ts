import { describe, expect, it } from "vitest";
import type { ServiceSpec } from "../../../src/engines/docker/services.ts";
import { cloneService } from "../../../src/engines/swarm/specify-service.ts";
import type { CloneTemplate } from "../../../src/job/job.ts";
import { DEFAULT_LABEL_RULES } from "../../../src/job/label-rules.ts";
import { anAttemptOrder } from "../../support/a-job.ts";

/** As `docker stack deploy` made it, and Docker Engine 20.10 shows it. */
const stackService: ServiceSpec = {
  Name: "shop_backup",
  Labels: { "com.docker.stack.image": "busybox", "com.docker.stack.namespace": "shop", "shipbell.schedule": "@daily" },
  TaskTemplate: {
    ContainerSpec: {
      Image: "busybox:latest",
      Labels: { "com.docker.stack.namespace": "shop", "shipbell.note": "x", team: "blue" },
      Command: ["/entry"],
      Args: ["backup"],
      Hostname: "{{.Node.Hostname}}",
      Env: ["COLOUR=green", "SHIPBELL_RUN=mine"],
      User: "1000",
      Groups: ["7"],
      Privileges: { CredentialSpec: null, SELinuxContext: null },
      CapabilityDrop: ["NET_RAW"],
      StopGracePeriod: 60e9,
      Healthcheck: { Test: ["CMD", "false"], Interval: 1e9 },
      DNSConfig: {},
      Mounts: [{ Type: "volume", Source: "shop_data", Target: "/data" }],
      Secrets: [{ SecretID: "s1", SecretName: "key", File: { Name: "key", UID: "0", GID: "0", Mode: 292 } }],
      Isolation: "default",
    },
    Resources: { Limits: { MemoryBytes: 8e6 } },
    RestartPolicy: { Condition: "on-failure", Delay: 5e9, Window: 1e9, MaxAttempts: 3 },
    Placement: { Constraints: ["node.role==worker"], Platforms: [{ Architecture: "amd64", OS: "linux" }] },
    LogDriver: { Name: "local" },
    Networks: [{ Target: "n1", Aliases: ["backup"], DriverOpts: { a: "b" } }],
    ForceUpdate: 4,
    Runtime: "container",
  },
  Mode: { Global: {} },
  UpdateConfig: { Parallelism: 1, Order: "start-first" },
  RollbackConfig: { Parallelism: 1 },
  EndpointSpec: { Mode: "vip", Ports: [{ TargetPort: 80, PublishedPort: 8080 }] },
};

const clone = (change: Partial<CloneTemplate> = {}, spec = stackService) => {
  const template: CloneTemplate = {
    kind: "clone",
    of: { kind: "service", name: "shop_backup", version: "1" },
    ...change,
  };
  return cloneService("ours", anAttemptOrder({ template }), { spec, template, rules: DEFAULT_LABEL_RULES });
};

describe("a copy of a service", () => {
  it("is a run of ours, with nothing of how the template is run", () => {
    expect(clone()).toEqual({
      Name: "backup-1",
      Labels: expect.objectContaining({ "shipbell.instance": "ours", "shipbell.job": "backup" }),
      Mode: { Replicated: { Replicas: 0 } },
      EndpointSpec: { Mode: "dnsrr" },
      TaskTemplate: {
        ContainerSpec: expect.anything(),
        RestartPolicy: { Condition: "none" },
        Resources: { Limits: { MemoryBytes: 8e6 } },
        Placement: stackService.TaskTemplate.Placement,
        LogDriver: { Name: "local" },
        Networks: [{ Target: "n1", DriverOpts: { a: "b" } }],
      },
    });
  });

  it("has the container verbatim, but for labels, variables, health check and grace period", () => {
    const run = clone();
    expect(run?.TaskTemplate.ContainerSpec).toEqual({
      ...stackService.TaskTemplate.ContainerSpec,
      Labels: { team: "blue", ...run?.Labels },
      Env: [
        "COLOUR=green",
        ...["JOB", "RUN", "SCHEDULED_AT", "ATTEMPT", "TRIGGER"].map((name) =>
          expect.stringMatching(`^SHIPBELL_${name}=.`),
        ),
      ],
      Healthcheck: { Test: ["NONE"] },
      StopGracePeriod: 10e9,
    });
  });

  it("has no label of the stack, and none that declares a job", () => {
    const run = clone();
    const keys = Object.keys({ ...run?.Labels, ...run?.TaskTemplate.ContainerSpec?.Labels });
    expect(keys.filter((key) => /^com\.docker\.|schedule$|note$/.test(key))).toEqual([]);
  });

  it("has the command that the job says, behind the template's entrypoint", () => {
    expect(clone({ command: ["other"] })?.TaskTemplate.ContainerSpec).toMatchObject({
      Command: ["/entry"],
      Args: ["other"],
    });
  });

  it("has what its labels say of its process, and no command that was meant for another entrypoint", () => {
    const change = { workingDir: "/data", user: "7", stopSignal: "SIGINT", init: true };
    const own = clone({ ...change, environment: { COLOUR: "red", SHIPBELL_JOB: "mine" }, entrypoint: ["dump"] });
    const container = own?.TaskTemplate.ContainerSpec;
    const process = { Command: ["dump"], Args: [], Dir: "/data", User: "7", StopSignal: "SIGINT", Init: true };
    expect(container).toMatchObject(process);
    expect(container?.Env).toEqual(expect.arrayContaining(["COLOUR=red", "SHIPBELL_JOB=backup"]));
    expect(container?.Env).toHaveLength(6);
  });

  it("is on the networks of a template of before 1.44, which stand next to its task", () => {
    const { Networks, ...TaskTemplate } = stackService.TaskTemplate;
    const run = clone({}, { ...stackService, TaskTemplate, Networks: Networks ?? [] });
    expect(run?.TaskTemplate.Networks).toEqual([{ Target: "n1", DriverOpts: { a: "b" } }]);
  });

  it("is none where the template runs no container", () => {
    expect(clone({}, { ...stackService, TaskTemplate: { Runtime: "plugin" } })).toBeUndefined();
  });
});
