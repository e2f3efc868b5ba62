import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MAIN = join(import.meta.dirname, "../../../src/main.ts");

/** Names each module that a process loads, on standard error. */
const NAMES_MODULES = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({ load: (url, context, next) => (process.stderr.write("loads " + url + "\\n"), next(url, context)) });
`)}`;

let server: Server;
let answer = { status: 200, text: "ok\n" };
beforeAll(async () => {
  server = createServer((_, response) => response.writeHead(answer.status).end(answer.text)).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => server.close());

function shipbell(args: readonly string[], env: NodeJS.ProcessEnv = {}, flags: readonly string[] = []) {
  return run(process.execPath, [...flags, MAIN, ...args], env);
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ exitCode: number; out: string; err: string }>((resolve) => {
    const child = execFile(program, args, { env: { ...process.env, ...env } }, (_, out, err) =>
      resolve({ exitCode: child.exitCode ?? -1, out, err }),
    );
  });
}

function port(): number {
  return (server.address() as AddressInfo).port;
}

describe("shipbell health", () => {
  it.each([
    { status: 200, text: "ok\n", exitCode: 0 },
    { status: 503, text: "no pass of the loop for 70 s\n", exitCode: 1 },
  ])("prints what the scheduler answers, and ends with $exitCode at $status", async ({ exitCode, ...given }) => {
    answer = given;
    const expected = { exitCode, out: given.text, err: "" };
    expect(await shipbell(["health"], { SHIPBELL_LISTEN: `:${port()}` })).toEqual(expected);
    expect(await shipbell(["health", "--listen", `127.0.0.1:${port()}`])).toEqual(expected);
  });

  it("says where nobody answers, and why", async () => {
    const { exitCode, err } = await shipbell(["health"], { SHIPBELL_LISTEN: "127.0.0.1:9" });
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: "shipbell: http://127.0.0.1:9/healthz does not answer: connect ECONNREFUSED 127.0.0.1:9\n",
    });
  });

  it("says what is wrong with the settings, with exit code 2", async () => {
    const { exitCode, err } = await shipbell(["health"], { SHIPBELL_LISTEN: "here" });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^shipbell: SHIPBELL_LISTEN: /);
  });

  it("loads no package, nor all of node:http: it is run every few seconds, on busy hosts", async () => {
    answer = { status: 200, text: "ok\n" };
    const env = { SHIPBELL_LISTEN: `:${port()}` };
    const { exitCode, err } = await shipbell(["health"], env, ["--import", NAMES_MODULES]);
    expect(exitCode).toBe(0);
    const loaded = err.split("\n").filter((line) => line.startsWith("loads "));
    expect(loaded).toContainEqual(expect.stringContaining("/src/cli/commands/health.ts"));
    expect(loaded.filter((line) => line.includes("node_modules") || line.includes("node:http"))).toEqual([]);
  });
});

describe("the image's check", () => {
  /** Runs it next to a `shipbell` that is this one. */
  async function check(env: NodeJS.ProcessEnv) {
    const bin = await mkdtemp(join(tmpdir(), "shipbell-health-"));
    await writeFile(join(bin, "shipbell"), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`, { mode: 0o755 });
    const PATH = `${bin}:${process.env.PATH}`;
    return run(join(import.meta.dirname, "../../../health.sh"), [], { ...env, PATH });
  }

  it.each([":PORT", "127.0.0.1:PORT", "0.0.0.0:PORT", "localhost:PORT", "[::]:PORT"])(
    "is content with a scheduler that listens at %s, and starts no Node",
    async (listen) => {
      answer = { status: 200, text: "ok\n" };
      const env = { SHIPBELL_LISTEN: listen.replace("PORT", String(port())), NODE_OPTIONS: "--no-such-option" };
      expect(await check(env)).toEqual({ exitCode: 0, out: "ok\n", err: "" });
    },
  );

  it("leaves what is wrong to the command, which says it", async () => {
    answer = { status: 503, text: "no pass of the loop for 70 s\n" };
    const env = { SHIPBELL_LISTEN: `:${port()}` };
    expect(await check(env)).toEqual({ exitCode: 1, out: answer.text, err: "" });
    expect(await check({ SHIPBELL_LISTEN: "here" })).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/^shipbell: SHIPBELL_LISTEN: /),
    });
  });
});
