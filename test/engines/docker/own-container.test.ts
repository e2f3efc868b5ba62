import { expect, it, test } from "vitest";
import type { Docker } from "../../../src/engines/docker/connect.ts";
import { findOwnContainer } from "../../../src/engines/docker/own-container.ts";

const ID = "a".repeat(64);
const line = (root: string, target: string) => `812 790 254:1 ${root} ${target} rw,relatime - ext4 /dev/vda1 rw`;

/** An engine that has a container of this ID. */
function anEngine(id = ID): Docker {
  const container = {
    ...{ Id: id, Name: "/ofelia", Created: "2026-11-18T03:00:00Z" },
    State: { Status: "running", ExitCode: 0, OOMKilled: false, Error: "", StartedAt: "", FinishedAt: "" },
    Config: { Image: "shipbell", Labels: { "ofelia.service": "true" } },
    HostConfig: {},
  };
  const call = async ({ path }: { path: string }) =>
    path === `/containers/${ID}/json` ? { status: 200, body: container } : { status: 404, body: {} };
  return { call } as unknown as Docker;
}

const find = (lines: readonly string[], docker = anEngine()) => findOwnContainer(docker, async () => lines.join("\n"));

test.each(["hostname", "hosts", "resolv.conf"])(
  "the kernel's mount of /etc/%s says which container it is",
  async (file) => {
    const lines = [line("/", "/"), line(`/var/lib/docker/containers/${ID}/${file}`, `/etc/${file}`)];
    expect(await find(lines)).toEqual({ id: ID, labels: { "ofelia.service": "true" } });
  },
);

it("a folder of another container that is mounted elsewhere says nothing", async () => {
  expect(await find([line(`/var/lib/docker/containers/${ID}/hostname`, "/mnt/hostname")])).toBeUndefined();
});

it("outside of a container there is none", async () => {
  expect(await find([line("/", "/"), line("/etc/hostname", "/etc/hostname")])).toBeUndefined();
  expect(await findOwnContainer(anEngine(), () => Promise.reject(new Error("no such file")))).toBeUndefined();
});

it("a container of another engine is none of this one's", async () => {
  const lines = [line(`/docker/containers/${ID}/hosts`, "/etc/hosts")];
  expect(await find(lines, anEngine("b".repeat(64)))).toBeUndefined();
});
