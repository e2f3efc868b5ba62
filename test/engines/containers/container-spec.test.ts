import { describe, expect, it } from "vitest";
import { composeContainer, createBody, networksAtOnce } from "../../../src/engines/containers/container-spec.ts";
import type { ComposeTemplate } from "../../../src/job/job.ts";
import { anAttemptOrder, aTemplate } from "../../support/a-job.ts";

const spec = (change: Partial<ComposeTemplate>, environment: Record<string, string> = {}) =>
  composeContainer("shipbell", { ...anAttemptOrder(), environment }, aTemplate(change));

describe("a container from Compose keys", () => {
  it("says nothing of what its definition does not say", () => {
    const { body, networks } = spec({});
    expect(Object.keys(body).sort()).toEqual(["Env", "Healthcheck", "HostConfig", "Image", "Labels"]);
    expect(body.HostConfig).toEqual({
      RestartPolicy: { Name: "no" },
      AutoRemove: false,
      Init: true,
      Mounts: [],
      VolumesFrom: [],
    });
    expect(networks.size).toBe(0);
  });

  it.each<[string, Partial<ComposeTemplate>, object]>([
    ["command", { command: ["a", "b c"] }, { Cmd: ["a", "b c"] }],
    ["entrypoint", { entrypoint: ["/x"] }, { Entrypoint: ["/x"] }],
    ["user", { user: "1000:1000" }, { User: "1000:1000" }],
    ["working_dir", { workingDir: "/srv" }, { WorkingDir: "/srv" }],
    ["stop_signal", { stopSignal: "SIGINT" }, { StopSignal: "SIGINT" }],
    ["init", { init: false }, { HostConfig: { Init: false } }],
    ["mem_limit", { limits: { memoryBytes: 1024 } }, { HostConfig: { Memory: 1024 } }],
    ["cpus", { limits: { cpus: 0.1 } }, { HostConfig: { NanoCpus: 100_000_000 } }],
    ["pids", { limits: { pids: 9 } }, { HostConfig: { PidsLimit: 9 } }],
    ["memory reservation", { reservations: { memoryBytes: 1024 } }, { HostConfig: { MemoryReservation: 1024 } }],
    ["volumes_from", { volumesFrom: ["db:ro"] }, { HostConfig: { VolumesFrom: ["db:ro"] } }],
    ["networks", { networks: ["front", "back"] }, { HostConfig: { NetworkMode: "front" } }],
    [
      "a bind mount, which must be there",
      { volumes: [{ type: "bind", source: "/srv", target: "/data", readOnly: true }] },
      { HostConfig: { Mounts: [{ Type: "bind", Source: "/srv", Target: "/data", ReadOnly: true }] } },
    ],
    [
      "an anonymous volume",
      { volumes: [{ type: "volume", target: "/data", readOnly: false }] },
      { HostConfig: { Mounts: [{ Type: "volume", Target: "/data", ReadOnly: false }] } },
    ],
  ])("has %s", (_name, change, expected) => {
    expect(spec(change).body).toMatchObject(expected);
  });

  it("has our labels and variables where the user's have the same name", () => {
    const { body } = spec({
      labels: { team: "blue", "shipbell.run": "x" },
      environment: { A: "1", SHIPBELL_JOB: "x" },
    });
    expect(body.Labels).toMatchObject({
      team: "blue",
      "shipbell.run": anAttemptOrder().run,
      "shipbell.instance": "shipbell",
    });
    expect(body.Env).toEqual(expect.arrayContaining(["A=1", "SHIPBELL_JOB=backup"]));
    expect(body.Env).not.toContain("SHIPBELL_JOB=x");
  });

  it("has what its run was given over the job's own variables, and under ours", () => {
    const given = { LEVEL: "debug", SHIPBELL_JOB: "x" };
    const { body } = spec({ environment: { LEVEL: "info", A: "1" } }, given);
    expect(body.Env).toEqual(expect.arrayContaining(["A=1", "LEVEL=debug", "SHIPBELL_JOB=backup"]));
    expect(body.Env).not.toContain("LEVEL=info");
  });
});

describe("the networks of a new container", () => {
  it.each<[string, string[], string, string[] | undefined]>([
    ["none", [], "1.51", undefined],
    ["one, which is its network mode", ["front"], "1.51", undefined],
    ["the first of two, where the engine takes no more", ["front", "back"], "1.43", undefined],
    ["both, where the engine takes them", ["front", "back"], "1.44", ["front", "back"]],
  ])("are %s", (_name, networks, apiVersion, expected) => {
    const made = spec({ networks });
    const { NetworkingConfig } = createBody(made, networksAtOnce(made, apiVersion));
    expect(NetworkingConfig && Object.keys(NetworkingConfig.EndpointsConfig)).toEqual(expected);
  });
});
