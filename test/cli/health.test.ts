import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MAIN = join(import.meta.dirname, "../../src/main.ts");

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
  return new Promise<{ exitCode: number; out: string; err: string }>((resolve) => {
    const options = { env: { ...process.env, ...env } };
    const child = execFile(process.execPath, [...flags, MAIN, ...args], options, (_, out, err) =>
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
    expect(loaded).toContainEqual(expect.stringContaining("/src/cli/health.ts"));
    expect(loaded.filter((line) => line.includes("node_modules") || line.includes("node:http"))).toEqual([]);
  });
});
