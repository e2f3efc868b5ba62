import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DockerSettings, endpointOf } from "../../../src/engines/docker/docker-host.ts";

describe("the engine's address", () => {
  it.each<[string, DockerSettings, object]>([
    ["is the local socket when nothing is given", {}, { socketPath: "/var/run/docker.sock", host: undefined }],
    ["is the local socket when it is empty", { host: "" }, { socketPath: "/var/run/docker.sock" }],
    ["is a socket", { host: "unix:///run/user/1000/docker.sock" }, { socketPath: "/run/user/1000/docker.sock" }],
    [
      "is a host with Docker's own port",
      { host: "tcp://proxy" },
      { protocol: "http", host: "http://proxy", port: "2375" },
    ],
    [
      "is a host and a port",
      { host: "tcp://10.0.0.1:999" },
      { protocol: "http", host: "http://10.0.0.1", port: "999" },
    ],
    ["is an IPv6 address", { host: "tcp://[::1]:2375" }, { protocol: "http", host: "http://[::1]", port: "2375" }],
    ["is an http address", { host: "http://proxy" }, { protocol: "http", host: "http://proxy", port: "80" }],
  ])("%s", (_name, settings, expected) => {
    expect(endpointOf(settings).modem).toMatchObject(expected);
  });

  it("may have a path in front of the engine's own", () => {
    expect(endpointOf({ host: "http://proxy:80/docker/" }).pathPrefix).toBe("/docker");
  });

  it.each<[string, DockerSettings, RegExp]>([
    ["ssh", { host: "ssh://root@host" }, /ssh:\/\/ is not supported\. Mount the engine's socket/],
    ["a bare path", { host: "/var/run/docker.sock" }, /is not an address of an engine; allowed are unix:\/\/\/path/],
    [
      "a socket without an absolute path",
      { host: "unix://docker.sock" },
      /must be absolute, as in unix:\/\/\/var\/run/,
    ],
    ["another protocol", { host: "npipe:////./pipe/docker" }, /is not an address/],
    [
      "TLS without certificates",
      { host: "tcp://h", tlsVerify: true, certPath: "/nowhere" },
      /^\/nowhere\/ca\.pem cannot be read; TLS/,
    ],
  ])("is refused: %s", (_name, settings, message) => {
    expect(() => endpointOf(settings)).toThrow(
      expect.objectContaining({ name: "UnusableDockerHost", message: expect.stringMatching(message) }),
    );
  });

  it("speaks TLS with the three files that Docker's own tools use", () => {
    const certPath = mkdtempSync(join(tmpdir(), "shipbell-certificates-"));
    for (const file of ["ca.pem", "cert.pem", "key.pem"]) writeFileSync(join(certPath, file), file);
    const { modem } = endpointOf({ host: "tcp://engine", tlsVerify: true, certPath });
    rmSync(certPath, { recursive: true });
    expect(modem).toMatchObject({
      protocol: "https",
      port: "2376",
      ca: Buffer.from("ca.pem"),
      key: Buffer.from("key.pem"),
    });
  });
});
