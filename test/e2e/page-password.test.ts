// @module-tag full
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { runCommand } from "../lab/machine/run-command.ts";
import { ensureShipbellImage, SHIPBELL_IMAGE } from "../lab/shipbell-image.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";

/** What docs/install.md says about one Docker host and a password for the page, as it stands there, on a real engine. */
const engine = engineAt(testEngine());
const guide = readFileSync(join(import.meta.dirname, "../../docs/install.md"), "utf8");
const PASSWORD = "correct horse battery";

/** The blocks of a section, with the engine's own socket, and without a port that another may have. */
function blocksOf(heading: string): string[] {
  const section = guide.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, text = ""]) =>
    text
      .replaceAll("-v /var/run/docker.sock:", `-v ${engine.socketPath}:`)
      .replaceAll("-p 127.0.0.1:8494:8494", "-p 127.0.0.1::8494")
      .replaceAll(/(?<=^docker run .*|^ {2})shipbell(?= password|\n)/gm, SHIPBELL_IMAGE),
  );
}

const [start = ""] = blocksOf("On one Docker host");
const [ask = "", file = "", more = ""] = blocksOf("A password for the page");
const run = start.slice(0, start.indexOf("docker logs"));
const env = { ...process.env, DOCKER_HOST: engine.dockerHost };

let folder: string;
beforeAll(async () => {
  await ensureShipbellImage([engine]);
  folder = await mkdtemp(join(tmpdir(), "shipbell-password-"));
  await mkdir(join(folder, "schedules"));
  const job = "jobs:\n  hello: {schedule: [], image: busybox, command: [echo, hello]}\n";
  await writeFile(join(folder, "schedules/hello.yml"), job);
});
afterAll(async () => {
  await engine.docker("rm", "--force", "shipbell");
  await engine.docker("volume", "rm", "--force", "shipbell-ledger");
  await rm(folder, { recursive: true, force: true });
});

/** Types into a command that asks for a password, as a person at a terminal does; returns what stood there at the end. */
async function type(command: string, answers: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn("script", ["-qefc", command.trim(), "/dev/null"], { cwd: folder, env });
  let seen = "";
  const left = Object.entries(answers);
  child.stdout.on("data", (data) => {
    seen += String(data);
    const [next] = left;
    if (next === undefined || !seen.includes(next[0])) return;
    left.shift();
    child.stdin.write(`${next[1]}\r`);
  });
  const [code] = await once(child, "close");
  expect([code, left]).toEqual([0, []]);
  return seen;
}

const shell = (command: string) => runCommand("sh", ["-c", command], { cwd: folder, env });

async function pageAt(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") {
  const [address = ""] = (await engine.docker("port", "shipbell", "8494/tcp")).split("\n");
  return fetch(`http://${address}${path}`, { method, headers, redirect: "manual" });
}

it("a password that is typed at a terminal lets its user start a job, and nobody else", async () => {
  const typed = await type(ask, { "Password:": PASSWORD, "The same again:": PASSWORD });
  expect(typed).not.toContain(PASSWORD);
  const [line = ""] = /ops: \{password: .*\}/.exec(typed) ?? [];
  await writeFile(
    join(folder, "access.yml"),
    file.replace(/^ {2}ops: .*$/m, () => `  ${line}`),
    { mode: 0o600 },
  );
  await shell(run.replace(/^(?= {2}\S+\n$)/m, () => more));
  await eventually("the page", async () => (await pageAt("/").catch(() => undefined))?.ok || undefined);

  const form = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };
  const signedIn = (password: string) => ({
    ...form,
    authorization: `Basic ${Buffer.from(`ops:${password}`).toString("base64")}`,
  });
  const statusOf = async (headers: Readonly<Record<string, string>>) =>
    (await pageAt("/jobs/hello/run", headers, "POST")).status;
  expect(await statusOf(form)).toBe(401);
  expect(await statusOf(signedIn(`${PASSWORD}!`))).toBe(401);
  expect((await pageAt("/")).status).toBe(200);
  await eventually("a start", async () => (await statusOf(signedIn(PASSWORD))) === 303 || undefined);
  await eventually("its end", async () =>
    /"outcome":"succeeded"/.test(await engine.docker("logs", "shipbell")) ? true : undefined,
  );
});
