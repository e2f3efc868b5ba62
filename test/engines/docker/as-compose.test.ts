import { describe, expect, it } from "vitest";
import { updateCommands } from "../../../src/definition/import/update-commands.ts";
import { containersAsCompose, servicesAsCompose } from "../../../src/engines/docker/as-compose.ts";
import type { Docker } from "../../../src/engines/docker/connect.ts";
import { type ImportOptions, importSource } from "../../definition/import/import-one.ts";

/** An engine that answers to these paths. */
function anEngine(answers: Readonly<Record<string, unknown>>): Docker {
  const call = async ({ path }: { path: string }) =>
    path in answers ? { status: 200, body: answers[path] } : { status: 404, body: { message: `no ${path}` } };
  return { call, host: "unix:///docker.sock" } as unknown as Docker;
}

const CRONJOB = { prefix: "swarm.cronjob.", image: /swarm-cronjob/ };
const OFELIA = { prefix: "ofelia.", image: /ofelia/ };

function aService(Name: string, Labels: Readonly<Record<string, string>>, ContainerSpec: object, more: object = {}) {
  const TaskTemplate = { ContainerSpec: { Image: "busybox:1@sha256:0", ...ContainerSpec }, ...more };
  const own = Object.fromEntries(Object.entries(Labels).map(([key, value]) => [`swarm.cronjob.${key}`, value]));
  return {
    ...{ ID: Name, Version: { Index: 1 }, CreatedAt: "2026-11-18T03:00:00Z" },
    Spec: {
      Name,
      Labels: { ...own, "com.docker.stack.namespace": "shop" },
      TaskTemplate,
      Mode: { Replicated: { Replicas: 1 } },
    },
  };
}

const backup = aService(
  "shop_backup",
  { enable: "true", schedule: "0 0 3 * * *", "skip-running": "true" },
  {
    Args: ["sh", "-c", "echo $HOME"],
    Env: ["DB=shop$1"],
    User: "1000",
    StopGracePeriod: 30e9,
    Labels: { "com.docker.stack.namespace": "shop" },
    Mounts: [{ Type: "volume", Source: "shop_data", Target: "/data", ReadOnly: true }],
    Secrets: [{ SecretName: "shop_key", SecretID: "x", File: { Name: "key", UID: "0", GID: "0", Mode: 0o440 } }],
    Privileges: { NoNewPrivileges: true },
  },
  {
    Networks: [{ Target: "n1" }],
    RestartPolicy: { Condition: "on-failure", MaxAttempts: 2, Delay: 3e9 },
    Placement: { Constraints: ["node.role == worker"] },
    Resources: { Limits: { MemoryBytes: 64e6, NanoCPUs: 5e8 } },
  },
);
const cron = aService("cron", {}, { Image: "crazymax/swarm-cronjob:1.14", Env: ["TZ=Asia/Seoul"] });
const swarm = anEngine({ "/services": [backup, cron], "/networks": [{ Id: "n1", Name: "shop_back" }] });

async function imported(
  kind: string,
  read: Promise<Awaited<ReturnType<typeof servicesAsCompose>>>,
  options: ImportOptions = {},
) {
  const source = await read;
  return { source, result: await importSource(kind, { path: "unix:///docker.sock", ...source }, options) };
}

describe("services with labels of swarm-cronjob", () => {
  it("become jobs with all that their tasks are made from, in the zone of the scheduler that runs there", async () => {
    const { result } = await imported("swarm-cronjob", servicesAsCompose(swarm, CRONJOB));
    expect(result.jobs.map(({ name, keys }) => [name, keys])).toEqual([
      [
        "shop_backup",
        {
          ...{ schedule: "0 3 * * *", timezone: "Asia/Seoul", overlap: "forbid", catch_up: "none" },
          retries: { limit: "2", delay: "3s", max_delay: "3s" },
          ...{ image: "busybox:1", command: ["sh", "-c", "echo $$HOME"], environment: ["DB=shop$$1"], user: "1000" },
          stop_grace_period: "30s",
          networks: ["shop_back"],
          volumes: [{ type: "volume", source: "shop_data", target: "/data", read_only: "true" }],
          secrets: [{ source: "shop_key", target: "key", uid: "0", gid: "0", mode: "0440" }],
          deploy: {
            placement: { constraints: ["node.role == worker"] },
            resources: { limits: { cpus: "0.5", memory: "64000000b" } },
          },
        },
      ],
    ]);
    expect(result.text).toContain("networks:\n  shop_back:\n    external: true\n    name: shop_back\n");
    expect(result.text).toContain('  # service shop_backup  swarm.cronjob.schedule: "0 0 3 * * *"\n');
  });

  it("what is in them and has no key is said, with the object and not a line", async () => {
    const { result } = await imported("swarm-cronjob", servicesAsCompose(swarm, CRONJOB));
    expect(result.findings.map(({ at, message }) => `${at}: ${message}`)).toContain(
      "service shop_backup: import-key left out: Privileges; they are not known",
    );
  });

  it("as commands, get labels of ours for theirs, and no replicas", async () => {
    const { source, result } = await imported("swarm-cronjob", servicesAsCompose(swarm, CRONJOB));
    expect(updateCommands(result, source, { labelPrefix: "shipbell" })).toEqual([
      "docker service update --detach --label-rm swarm.cronjob.enable --label-rm swarm.cronjob.schedule --label-rm swarm.cronjob.skip-running " +
        "--label-add 'shipbell.schedule=0 3 * * *' --label-add shipbell.timezone=Asia/Seoul --label-add shipbell.overlap=forbid " +
        "--label-add shipbell.catch_up=none --label-add shipbell.retries.limit=2 --label-add shipbell.retries.delay=3s " +
        "--label-add shipbell.retries.max_delay=3s --replicas 0 shop_backup",
    ]);
  });
});

it("containers with labels of Ofelia become commands in them, whatever else they are", async () => {
  const Labels = {
    "ofelia.enabled": "true",
    "ofelia.job-exec.dump.schedule": "@daily",
    "ofelia.job-exec.dump.command": "dump $DB",
    other: "x",
  };
  const listed = { Id: "c1", Names: ["/shop-db"], State: "running", Labels, Image: "postgres:17" };
  const inspected = {
    ...{ Id: "c1", Name: "/shop-db", Created: "2026-11-18T03:00:00Z" },
    State: { Status: "running", ExitCode: 0, OOMKilled: false, Error: "", StartedAt: "", FinishedAt: "" },
    Config: { Image: "postgres:17", Env: ["PASSWORD=x", "TZ=UTC"], Labels },
    HostConfig: {},
  };
  const engine = anEngine({ "/containers/json": [listed], "/containers/c1/json": inspected });
  const { source, result } = await imported("ofelia", containersAsCompose(engine, OFELIA), { flavour: "mcuadros-0.4" });
  expect(source.text).not.toContain("PASSWORD");
  expect(result.findings).toEqual([]);
  expect(result.jobs).toMatchObject([
    { name: "dump", keys: { launch: "exec", container: "shop-db", command: ["dump", "$$DB"], user: "root" } },
  ]);
});
