import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashPassword } from "../../src/http/access/passwords.ts";
import { hashToken, makeToken } from "../../src/http/access/tokens.ts";
import { bareEnvironment } from "../support/bare-environment.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
/** Names each module that a process loads, on standard error. */
const NAMES_MODULES = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({ load: (url, context, next) => (process.stderr.write("loads " + url + "\\n"), next(url, context)) });
`)}`;

type Entry = Readonly<Record<string, unknown>>;

let folder: string;
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-http-"));
});
afterEach(async () => {
  await Promise.all(
    running.splice(0).map((child) => {
      child.kill("SIGKILL");
      return child.exitCode ?? child.signalCode ?? once(child, "close");
    }),
  );
  rmSync(folder, { recursive: true, force: true });
});

/** The program, with an engine that does not answer: page and API are there all the same. */
function serve(flags: readonly string[] = [], nodeFlags: readonly string[] = []) {
  const host = `unix://${join(folder, "none.sock")}`;
  const own = ["--docker-host", host, "--listen", "127.0.0.1:0", "--state-dir", folder, "--schedules", folder];
  const args = [...nodeFlags, MAIN, "serve", ...own, "--log-format", "json", ...flags];
  const child = spawn(process.execPath, args, { env: bareEnvironment, stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  const log: Entry[] = [];
  const lines: string[] = [];
  let err = "";
  child.stderr.on("data", (data) => {
    err += String(data);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    log.push(JSON.parse(line) as Entry);
  });
  const logged = async (event: string, more: Entry = {}) => {
    const find = () =>
      log.find((entry) => Object.entries({ event, ...more }).every(([key, value]) => entry[key] === value));
    await expect.poll(find).toBeDefined();
    return find() ?? {};
  };
  return { child, logged, all: () => `${lines.join("\n")}\n${err}`, err: () => err };
}

async function urlOf({ logged }: ReturnType<typeof serve>): Promise<string> {
  return `http://${(await logged("scheduler-started")).address}`;
}

function writeAuth(text: string): string {
  const path = join(folder, "auth.yaml.txt");
  writeFileSync(path, text);
  return path;
}

describe("a scheduler that nobody looks at", () => {
  it("loads neither pages nor API nor the file of users, and loads the pages when one is asked for", async () => {
    const scheduler = serve([], ["--import", NAMES_MODULES]);
    const url = await urlOf(scheduler);
    for (const path of ["/metrics", "/healthz", "/readyz"]) await (await fetch(url + path)).text();
    const loaded = () =>
      scheduler
        .err()
        .split("\n")
        .filter((line) => line.startsWith("loads "));
    const isLazy = (line: string) => /\/src\/http\/(api|web)\/|auth-file|\/anser\/|idiomorph|\/node:http/.test(line);
    expect(loaded()).toContainEqual(expect.stringContaining("/src/http/routes.ts"));
    expect(loaded().filter(isLazy)).toEqual([]);
    await (await fetch(url)).text();
    expect(loaded()).toContainEqual(expect.stringContaining("/src/http/web/routes.ts"));
  });
});

describe("a scheduler with --http-auth", () => {
  it("does not start with a wrong file, and says everything that is wrong with it", async () => {
    const { child, err } = serve(["--http-auth", writeAuth("anonymous: all\nmetric: read")]);
    const [exitCode] = await once(child, "close");
    expect(exitCode).toBe(1);
    expect(err()).toMatch(/^shipbell: .*auth\.yaml\.txt:1:12: anonymous must be one of .*not "all"\n/);
    expect(err()).toMatch(/auth\.yaml\.txt:2:1: unknown key "metric" \(did you mean metrics\?\)/);
  });

  it("does not start without the file", async () => {
    const { child, err } = serve(["--http-auth", join(folder, "none.yml")]);
    const [exitCode] = await once(child, "close");
    expect([exitCode, err()]).toEqual([1, expect.stringMatching(/^shipbell: .*none\.yml: the file cannot be read: /)]);
  });

  it("keeps the last good version, tells of the wrong one until it is mended, and puts no secret anywhere", async () => {
    const [token, password] = [makeToken(), "correct horse battery"];
    const hash = await hashPassword(password);
    const file = `anonymous: operate\nmetrics: read\nusers:\n  ops: {password: "${hash}", role: operate}\ntokens:\n  ci: {sha256: ${hashToken(token)}, role: read}\n`;
    const path = writeAuth(file);
    const scheduler = serve(["--http-auth", path]);
    const url = await urlOf(scheduler);
    await scheduler.logged("problem", { severity: "warning", at: path });
    const seen: string[] = [];
    const statusOf = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(url + path, { headers });
      seen.push(await answer.text());
      return answer.status;
    };
    const basic = (secret: string) => ({ authorization: `Basic ${Buffer.from(`ops:${secret}`).toString("base64")}` });
    expect(await statusOf("/metrics", { authorization: `Bearer ${token}` })).toBe(200);
    expect(await statusOf("/metrics", basic(password))).toBe(200);
    expect(await statusOf("/metrics", basic(`${password}!`))).toBe(401);
    expect(await statusOf("/metrics", { authorization: `Bearer ${token}x` })).toBe(401);
    writeAuth(file.replace("role: read", `role: ${token}`).replace("role: operate", `rolle: ${hash}`));
    await scheduler.logged("problem", { source: "scheduler", hint: "did you mean role?" });
    expect(await statusOf("/metrics", { authorization: `Bearer ${token}` })).toBe(200);
    writeAuth("anonymous: none\nmetrics: read\n");
    await scheduler.logged("problem-solved", { hint: "did you mean role?" });
    await scheduler.logged("problem-solved", { severity: "warning", at: path });
    expect(await statusOf("/metrics", { authorization: `Bearer ${token}` })).toBe(401);
    await scheduler.logged("sign-in-failed", { peer: "127.0.0.1", name: "ops", count: 1 });
    for (const page of ["/", "/readyz", "/scheduler", "/api/v1/problems", "/problems", "/sign-in"])
      await statusOf(page);
    const everything = [scheduler.all(), ...seen].join("\n");
    for (const secret of [token, hash, hashToken(token), password, hash.split("$").at(-1) ?? ""])
      expect(everything).not.toContain(secret);
  });
});

describe("a scheduler whose engine has never answered", () => {
  const jobs =
    "jobs:\n  backup: {schedule: '0 3 * * *', image: busybox, command: [echo, canary]}\n  wrong: {imge: x}\n";
  const textOf = async (answer: Response) => (await answer.text()).replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");

  it("does not know its ledger, and shows what its schedule files declare, and since when the engine is away", async () => {
    writeFileSync(join(folder, "jobs.yml"), jobs);
    const url = await urlOf(serve());
    const look = async () => textOf(await fetch(url, { headers: { accept: "text/html" } }));
    // The files are read, and the engine is found silent, in either order.
    await expect.poll(look).toMatch(/The engine has not answered yet .* backup At 03:00/);
    await expect.poll(look).toMatch(/The engine does not answer since \d\d:\d\d:\d\d/);
    const page = await look();
    expect(page).toMatch(/backup At 03:00/);
    expect(page).toMatch(/Problems [1-9]/);
    expect(page).not.toContain("canary");
    const answer = await fetch(`${url}/api/v1/jobs`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("before the engine answers") });
  });

  it("knows a ledger that is a file, and says why a job cannot be started that has no record in it yet", async () => {
    writeFileSync(join(folder, "jobs.yml"), jobs);
    const scheduler = serve(["--engine", "container", "--http-auth", writeAuth("anonymous: operate\n")]);
    const url = await urlOf(scheduler);
    await scheduler.logged("engine-down");
    const shown = await textOf(await fetch(`${url}/jobs/backup/run`, { headers: { accept: "text/html" } }));
    expect(shown).toContain("It cannot be started: it has no record yet, and gets one when the engine answers");
    const started = await fetch(`${url}/api/v1/jobs/backup/runs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(started.status).toBe(404);
    expect(await started.json()).toMatchObject({
      detail: expect.stringMatching(/^backup is declared\. It has no record yet, and gets one when the engine answers/),
    });
  });
});
