import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { findingShape } from "../../../src/view/shapes/finding-shape.ts";
import { type Answer, type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

let folder: string;
let host: FakeDockerHost;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-doctor-"));
  writeFileSync(
    join(folder, "jobs.yml"),
    'jobs: {backup: {schedule: "0 3 * * *", timezone: Asia/Seoul, image: busybox}}',
  );
});
afterEach(async () => {
  await host?.close();
  rmSync(folder, { recursive: true });
});

/** An engine on which nothing is, and whose answers a proxy may keep back. */
const empty: Answer = ({ method, url = "" }, response) => {
  if (url.includes("/info"))
    response.end(JSON.stringify({ ServerVersion: "28.5.2", SystemTime: new Date().toISOString() }));
  else if (url.includes("/version")) response.end(JSON.stringify({ Version: "28.5.2", ApiVersion: "1.41" }));
  else if (url.includes("/containers/json") || url.includes("/networks?")) response.end("[]");
  else response.writeHead(method === "GET" ? 404 : 400).end("{}");
};

async function doctor(answer: Answer, ...words: readonly string[]) {
  host = await fakeDockerHost(answer);
  const { terminal, out, err } = keepingTerminal({
    COLUMNS: "80",
    SHIPBELL_STATE_DIR: join(folder, "state"),
    ...chosen,
  });
  const code = await runCli(["doctor", "--docker-host", host.host, "--listen", "127.0.0.1:1", ...words], terminal);
  return { code, out, err };
}
const chosen: Record<string, string> = {};
beforeEach(() => {
  chosen.SHIPBELL_SCHEDULES = folder;
});

test("a sound deployment is said to be one, in lines that fit the terminal", async () => {
  const { code, out, err } = await doctor(empty);
  expect([code, err]).toEqual([0, []]);
  expect(out.at(-1)).toMatch(/^This deployment is sound: 0 problems, 0 warnings, \d notes\.$/);
  const lines = out.join("\n").split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(
    lines.filter((line) => !/^(ok {6}|note {4}|warning |problem |This )? /.test(line) && !line.startsWith("This")),
  ).toEqual([]);
});

test("what is wrong makes the exit code 1, and is an array for programs", async () => {
  const refusing: Answer = (request, response) => {
    if (request.url?.includes("/start")) response.writeHead(403).end("no");
    else empty(request, response);
  };
  const { code, out } = await doctor(refusing, "--format", "json", "--quiet");
  const found = findingShape.array().parse(JSON.parse(out.join("\n")));
  expect(code).toBe(1);
  expect(found.filter(({ severity }) => severity === "problem").map(({ message }) => message)).toEqual([
    "POST /containers/NAME/start is refused (403), without which no job starts",
  ]);
  expect(found.filter(({ severity }) => severity === "ok")).toEqual([]);
});

test("a warning makes the exit code 1 with --strict alone", async () => {
  const old: Answer = (request, response) => {
    if (request.url?.includes("/version")) response.writeHead(403).end("no");
    else empty(request, response);
  };
  expect((await doctor(old)).code).toBe(0);
  await host.close();
  expect((await doctor(old, "--strict")).code).toBe(1);
});

test("one look that fails hides no other", async () => {
  const broken: Answer = (request, response) => {
    if (request.url?.includes("/containers/json")) response.end('"no list"');
    else empty(request, response);
  };
  const { out } = await doctor(broken);
  expect(out.join("\n")).toContain("time zones: data of");
  expect(out.join("\n").replace(/\s+/g, " ")).toContain("not what it should be");
});

test("a format that there is not, and a wrong setting, are wrong usage", async () => {
  const { code, err } = await doctor(empty, "--format", "xml");
  expect([code, err]).toEqual([2, ['shipbell: --format "xml" is not one of text, json']]);
  await host.close();
  expect((await doctor(empty, "--engine", "podman")).code).toBe(2);
});
