import { describe, expect, it } from "vitest";
import { cloneContainer } from "../../../src/engines/containers/clone-container.ts";
import type { ContainerInspect } from "../../../src/engines/docker/containers.ts";
import type { CloneTemplate } from "../../../src/job/job.ts";
import { DEFAULT_LABEL_RULES } from "../../../src/job/label-rules.ts";
import { anAttemptOrder } from "../../support/a-job.ts";

const template: CloneTemplate = { kind: "clone", of: { kind: "container", name: "db", version: "0123456789abcdef" } };
const order = anAttemptOrder({ template });
const plain: ContainerInspect = {
  Id: "0123456789abcdef",
  Name: "/db",
  Created: "2026-11-18T00:00:00Z",
  State: { Status: "exited", ExitCode: 0, OOMKilled: false, Error: "", StartedAt: "", FinishedAt: "" },
  Config: { Image: "mysql:8", Hostname: "0123456789ab", Env: ["A=1"], Labels: {} },
  HostConfig: { NetworkMode: "default" },
  Mounts: [],
  NetworkSettings: { Networks: { bridge: { NetworkID: "n0" } } },
};

type Change = { [K in "Config" | "HostConfig"]?: Partial<ContainerInspect[K]> } & Pick<
  Partial<ContainerInspect>,
  "Mounts" | "NetworkSettings"
>;

function clone({ Config, HostConfig, ...rest }: Change, change: Partial<CloneTemplate> = {}) {
  const object = {
    ...plain,
    ...rest,
    Config: { ...plain.Config, ...Config },
    HostConfig: { ...plain.HostConfig, ...HostConfig },
  };
  return cloneContainer("shipbell", order, {
    object,
    template: { ...template, ...change },
    rules: DEFAULT_LABEL_RULES,
  });
}

describe("a copy of a container", () => {
  it("takes what it does not know as it is", () => {
    const { body } = clone({
      Config: { WorkingDir: "/srv", Future: 1 },
      HostConfig: { Ulimits: [{ Name: "nofile" }], Privileged: false },
    });
    expect(body).toMatchObject({
      Image: "mysql:8",
      WorkingDir: "/srv",
      Future: 1,
      HostConfig: { Ulimits: [{ Name: "nofile" }], Privileged: false },
    });
  });

  it("has its template's own trace where it has one", () => {
    const traced = (Env: readonly string[]) => {
      const object = { ...plain, Config: { ...plain.Config, Env } };
      const trace = { traceparent: "00-a-b-01" };
      return cloneContainer("shipbell", { ...order, trace }, { object, template, rules: DEFAULT_LABEL_RULES }).body.Env;
    };
    expect(traced(["A=1"])).toContain("TRACEPARENT=00-a-b-01");
    expect(traced(["TRACEPARENT=mine"]).filter((variable) => variable.startsWith("TRACE"))).toEqual([
      "TRACEPARENT=mine",
    ]);
  });

  it("has its own command only where one is given", () => {
    expect(clone({ Config: { Cmd: ["mysqld"] } }).body.Cmd).toEqual(["mysqld"]);
    expect(clone({ Config: { Cmd: ["mysqld"] } }, { command: ["mysqldump"] }).body.Cmd).toEqual(["mysqldump"]);
  });

  it("has what its labels say of its process, and no command that was meant for another entrypoint", () => {
    const Config = { Cmd: ["mysqld"], Entrypoint: ["/entry"], WorkingDir: "/", Env: ["A=1", "B=1"], User: "root" };
    const change = { workingDir: "/data", user: "7", stopSignal: "SIGINT", init: true };
    const environment = { B: "2", C: "3", SHIPBELL_JOB: "mine" };
    const { body } = clone({ Config }, { ...change, environment, entrypoint: ["dump"] });
    const process = { Entrypoint: ["dump"], Cmd: [], WorkingDir: "/data", User: "7", StopSignal: "SIGINT" };
    expect(body).toMatchObject({ ...process, HostConfig: { Init: true } });
    expect(body.Env).toEqual(expect.arrayContaining(["A=1", "B=2", "C=3", "SHIPBELL_JOB=backup"]));
    expect(body.Env).toHaveLength(8);
    const both = clone({ Config }, { entrypoint: ["sh"], command: ["-c", "date"] }).body;
    expect(both).toMatchObject({ Entrypoint: ["sh"], Cmd: ["-c", "date"] });
  });

  it.each<[string, Change, unknown]>([
    ["not the name that Docker made of the ID", {}, undefined],
    ["the name that the user gave", { Config: { Hostname: "backup-host" } }, "backup-host"],
    [
      "none next to the host's network",
      { Config: { Hostname: "machine" }, HostConfig: { NetworkMode: "host" } },
      undefined,
    ],
    [
      "none next to another container's network",
      { Config: { Hostname: "x" }, HostConfig: { NetworkMode: "container:abc" } },
      undefined,
    ],
  ])("has as its host name %s", (_name, change, expected) => {
    expect(clone(change).body.Hostname).toBe(expected);
  });

  it("leaves behind the labels by which others know their own", () => {
    const Labels = {
      "com.docker.compose.project": "shop",
      "com.docker.swarm.task": "t",
      "shipbell.schedule": "@daily",
      team: "blue",
    };
    const kept = Object.keys(clone({ Config: { Labels } }).body.Labels);
    expect(kept.filter((key) => !key.startsWith("shipbell."))).toEqual(["team"]);
    expect(kept).not.toContain("shipbell.schedule");
  });

  it.each<[string, Change, string[], string]>([
    ["the default one", {}, ["bridge"], "bridge"],
    [
      "none of its own with the host's",
      { HostConfig: { NetworkMode: "host" }, NetworkSettings: { Networks: { host: {} } } },
      [],
      "host",
    ],
    ["none", { HostConfig: { NetworkMode: "none" }, NetworkSettings: { Networks: { none: {} } } }, [], "none"],
    [
      "the primary one first",
      { HostConfig: { NetworkMode: "b" }, NetworkSettings: { Networks: { a: {}, b: {} } } },
      ["b", "a"],
      "b",
    ],
    [
      "the primary one by its ID",
      { HostConfig: { NetworkMode: "n2" }, NetworkSettings: { Networks: { a: {}, b: { NetworkID: "n2" } } } },
      ["b", "a"],
      "b",
    ],
    [
      "those that it was moved to",
      { HostConfig: { NetworkMode: "gone" }, NetworkSettings: { Networks: { a: {} } } },
      ["a"],
      "a",
    ],
  ])("joins %s", (_name, change, networks, mode) => {
    const spec = clone(change);
    expect([...spec.networks.keys()]).toEqual(networks);
    expect(spec.body.HostConfig.NetworkMode).toBe(mode);
  });

  it("has no address and no alias of its template", () => {
    const endpoint = {
      Aliases: ["db"],
      IPAMConfig: { IPv4Address: "10.0.0.9" },
      MacAddress: "02:42",
      IPAddress: "10.0.0.9",
      DriverOpts: { mtu: "9" },
    };
    const { networks } = clone({ HostConfig: { NetworkMode: "a" }, NetworkSettings: { Networks: { a: endpoint } } });
    expect(networks.get("a")).toEqual({ DriverOpts: { mtu: "9" } });
  });

  it("mounts by name what its template has without one, or from another container", () => {
    const Mounts = [
      { Type: "bind", Source: "/srv", Destination: "/srv", RW: true },
      { Type: "volume", Name: "named", Source: "/v/named", Destination: "/named", RW: true },
      { Type: "volume", Name: "anonymous", Source: "/v/anonymous", Destination: "/data", RW: false },
      { Type: "bind", Source: "/theirs", Destination: "/theirs", RW: true },
      { Type: "tmpfs", Source: "", Destination: "/run", RW: true },
    ];
    const { HostConfig } = clone({
      Mounts,
      HostConfig: {
        Binds: ["/srv:/srv/:ro"],
        Mounts: [
          { Type: "volume", Source: "named", Target: "/named" },
          { Type: "volume", Target: "/data" },
        ],
        VolumesFrom: ["other"],
      },
    }).body;
    expect(HostConfig).toMatchObject({
      Binds: ["/srv:/srv/:ro"],
      VolumesFrom: null,
      Mounts: [
        { Type: "volume", Source: "named", Target: "/named" },
        { Type: "volume", Source: "anonymous", Target: "/data", ReadOnly: true },
        { Type: "bind", Source: "/theirs", Target: "/theirs", ReadOnly: false },
      ],
    });
    expect(HostConfig.Mounts).toHaveLength(3);
  });
});
