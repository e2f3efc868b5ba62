import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { amount } from "../support/full.ts";
import { engineAt } from "./engine-client.ts";
import { ensureImages, labImages } from "./images.ts";
import { pullImage } from "./stand-ins/pull.ts";
import { testEngine } from "./test-engine.ts";

const engine = engineAt(testEngine());
const run = (...args: string[]) => engine.docker("run", "--rm", ...args);

// Where they have to be made first: the Debian packages are fetched, and unpacked.
const images = amount({ usual: ["busybox:latest"], full: labImages });
beforeAll(() => ensureImages(engine, images), 600_000);

test("busybox has its commands, resolves names, and runs a shell by default", async () => {
  await expect(run("--interactive", "busybox", "env", "true")).resolves.toBe("");
  await expect(run("busybox", "ping", "-c", "1", "localhost")).resolves.toContain("127.0.0.1");
  await expect(defaults("busybox:latest")).resolves.toMatchObject({ Cmd: ["sh"] });
});

test("debian has its package manager, and runs bash by default", { tags: "full" }, async () => {
  await expect(run("debian:bookworm-slim", "apt-get", "--version")).resolves.toContain("apt 2.");
  await expect(defaults("debian:bookworm-slim")).resolves.toMatchObject({ Cmd: ["bash"] });
});

test("node has npm, the user node, and runs scripts and options", { tags: "full" }, async () => {
  await expect(run("node:24-bookworm-slim", "--print", "process.version")).resolves.toMatch(/^v24\./);
  await expect(run("node:24-bookworm-slim", "npm", "--version")).resolves.toMatch(/^\d+\./);
  await expect(run("--user", "node", "node:24-bookworm-slim", "id", "-u")).resolves.toBe("1000");
});

test("an image that the lab does not know is refused with those that it does", async () => {
  await expect(ensureImages(engine, ["alpine"])).rejects.toThrow(/no image "alpine": it has busybox:latest/);
});

test("a pull is given up when nothing comes, and when the engine complains", async () => {
  await expect(pullFrom(() => {})).resolves.toBe(false);
  await expect(pullFrom((_, response) => response.writeHead(404).end("{}"))).resolves.toBe(false);
  await expect(pullFrom((_, response) => response.writeHead(200).end("{}"))).resolves.toBe(true);
});

async function defaults(image: string): Promise<unknown> {
  return (await engine.api<{ Config: unknown }>("GET", `/images/${image}/json`)).json.Config;
}

async function pullFrom(answer: RequestListener): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "shipbell-test-"));
  const server = createServer(answer);
  await once(server.listen(join(folder, "engine.sock")), "listening");
  try {
    return await pullImage(join(folder, "engine.sock"), "busybox:latest", 50);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
}
