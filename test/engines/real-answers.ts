/** Answers of Docker Engine 20.10, as far as they matter: of one host with a run and a template, and of a Swarm with both. */

import { writeRunLabels } from "../../src/engines/docker/specs/run-labels.ts";
import { activeSpec, inertService } from "../../src/engines/swarm/service-spec.ts";
import { anAttemptOrder } from "../support/a-job.ts";

const order = anAttemptOrder();
const runLabels = writeRunLabels("ours", order);
const CREATED = "2026-11-18T11:59:59.360569583Z";
const ENDED = "2026-11-18T12:00:05.138291725Z";

export const exitedContainer = {
  Id: "4f1dfa0c8b0e",
  Name: "/backup-1",
  Created: CREATED,
  State: {
    Status: "exited",
    Running: false,
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: 0,
    ExitCode: 3,
    Error: "",
    StartedAt: "2026-11-18T12:00:00.123456789Z",
    FinishedAt: ENDED,
  },
  Config: { Hostname: "4f1d", Image: "busybox", Env: ["PATH=/bin"], Labels: runLabels, StopTimeout: 5 },
  HostConfig: { NetworkMode: "default", Memory: 16_777_216, Init: false, VolumesFrom: null },
  Mounts: [],
  NetworkSettings: { Networks: { bridge: { NetworkID: "n1", Links: null } } },
};

const template = { "shipbell.schedule": "@daily", "shipbell.command": "dump", "com.docker.compose.project": "shop" };

export const containers = [
  {
    Id: "4f1dfa0c8b0e",
    Names: ["/backup-1"],
    Image: "busybox",
    Created: 1_795_000_000,
    State: "exited",
    Labels: runLabels,
  },
  {
    Id: "0a1b2c3d4e5f",
    Names: ["/shop_dump", "/web/dump"],
    Created: 1_795_000_000,
    State: "created",
    Labels: template,
  },
  { Id: "1a1b2c3d4e5f", Names: ["/shop_clean"], Created: 1_795_000_001, State: "exited", Labels: template },
  { Id: "2a1b2c3d4e5f", Names: ["/web"], Created: 1_795_000_002, State: "running", Labels: null },
];

const inertSpec = inertService("ours", order, { ContainerSpec: { Image: "busybox", Init: false } });
const times = { CreatedAt: CREATED, UpdatedAt: CREATED };

export const runService = {
  ID: "s1run",
  Version: { Index: 12 },
  ...times,
  Spec: activeSpec(inertSpec),
  PreviousSpec: inertSpec,
  ServiceStatus: { RunningTasks: 0, DesiredTasks: 0 },
};

function labelled(ID: string, Name: string) {
  const TaskTemplate = {
    ContainerSpec: { Image: "busybox", Env: ["A=b"], StopGracePeriod: 2_500_000_000 },
    ForceUpdate: 0,
  };
  const Spec = {
    Name,
    Labels: template,
    TaskTemplate,
    Mode: { Replicated: { Replicas: 0 } },
    EndpointSpec: { Mode: "vip" },
  };
  return { ID, Version: { Index: 9 }, ...times, Spec };
}

export const services = [runService, labelled("s2", "shop_dump"), labelled("s3", "shop_clean")];

export const tasks = [
  {
    ID: "t1",
    Version: { Index: 20 },
    CreatedAt: CREATED,
    ServiceID: runService.ID,
    NodeID: "n1",
    Spec: {
      ContainerSpec: { Image: "busybox", Labels: runLabels },
      Resources: { Limits: { MemoryBytes: 16_777_216 } },
    },
    Status: {
      Timestamp: ENDED,
      State: "failed",
      Message: "started",
      Err: "task: non-zero exit (3)",
      ContainerStatus: { ContainerID: exitedContainer.Id, PID: 0, ExitCode: 3 },
    },
    DesiredState: "shutdown",
  },
];

export const nodes = [
  {
    ID: "n1",
    Description: { Hostname: "worker", Platform: { OS: "linux" }, Engine: { EngineVersion: "20.10.24" } },
    Spec: { Role: "worker", Availability: "active" },
    Status: { State: "ready", Addr: "10.0.0.2" },
  },
];
