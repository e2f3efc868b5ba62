import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { type FakeDockerHost, fakeDockerHost } from "../support/fake-docker-host.ts";
import { type FakeScheduler, fakeScheduler } from "../support/fake-scheduler.ts";
import { docsNow, docsView, fillDocsLedger, runningContainer } from "./docs-ledger.ts";
import { keepingTerminal } from "./keeping-terminal.ts";

const path = join(import.meta.dirname, "../../docs/commands.md");

let stateDir: string;
let host: FakeDockerHost;
let scheduler: FakeScheduler;
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: docsNow });
  stateDir = mkdtempSync(join(tmpdir(), "shipbell-docs-"));
  host = await fakeDockerHost(answer);
  await fillDocsLedger(stateDir);
  scheduler = await fakeScheduler(() => docsView(stateDir));
});
afterAll(async () => {
  vi.useRealTimers();
  await host.close();
  scheduler.close();
  rmSync(stateDir, { recursive: true });
});

/** An engine that has one container of ours, which runs. */
function answer({ url = "" }: IncomingMessage, response: ServerResponse): void {
  if (url.includes(`/${runningContainer.Id}/json`)) response.end(JSON.stringify(runningContainer));
  else if (url.includes(`/${runningContainer.Id}/logs`)) response.end("2026-11-18T11:45:02Z 3 of 7 regions done\n");
  else if (url.includes("/containers/json") || url.includes("/networks?")) response.end("[]");
  else response.writeHead(404).end("{}");
}

/** What the command prints, on both streams, as it would where shipbell is set up with defaults. */
async function outputOf(line: string): Promise<string> {
  const words = line.match(/[^\s"]+|"[^"]*"/g)?.map((word) => word.replaceAll('"', "")) ?? [];
  const { terminal, all } = keepingTerminal({
    COLUMNS: "80",
    SHIPBELL_STATE_DIR: stateDir,
    SHIPBELL_ENGINE: "container",
    SHIPBELL_DOCKER_HOST: host.host,
    SHIPBELL_LISTEN: scheduler.listen,
    SHIPBELL_SCHEDULES: join(import.meta.dirname, "../fixtures/cli"),
  });
  await runCli(words, terminal);
  const text = all.join("\n").replaceAll(stateDir, "/var/lib/shipbell");
  return text.replaceAll(host.host, "unix:///var/run/docker.sock");
}

/** The page, with what each `$ shipbell …` of its examples prints now, one after the other on one ledger. */
async function withRealOutput(page: string): Promise<string> {
  const parts = page.split(/(?<=^```console\n)|(?=^```$)/m);
  const real: string[] = [];
  for (const part of parts) {
    if (!part.startsWith("$ shipbell ")) {
      real.push(part);
      continue;
    }
    for (const [, line = ""] of part.matchAll(/^\$ shipbell (.*)$/gm)) {
      real.push(`$ shipbell ${line}\n${await outputOf(line)}\n`);
    }
  }
  return real.join("");
}

// `npx vitest run --project unit test/cli/commands-docs.test.ts -u` writes the page again.
test("docs/commands.md shows what the commands print", async () => {
  await expect(await withRealOutput(readFileSync(path, "utf8"))).toMatchFileSnapshot(path);
});

test("docs/commands.md has each command and each of its flags", async () => {
  const page = readFileSync(path, "utf8");
  const help = keepingTerminal();
  await runCli(["--help"], help.terminal);
  const names = [...help.out.join("\n").matchAll(/^ {2}([a-z]+)(?: \[?[A-Z]+\]?)? {2,}/gm)].map(
    ([, name = ""]) => name,
  );
  expect(names.length).toBeGreaterThan(14);
  for (const name of names) {
    expect(page).toMatch(new RegExp(`^### \`${name}[ \`]`, "m"));
    const own = keepingTerminal();
    await runCli([name, "--help"], own.terminal);
    const [, options = ""] = own.out.join("\n").split("\nOptions:\n");
    for (const [, flag = ""] of options.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)) {
      if (flag !== "--help") expect(page).toContain(`\`${flag}`);
    }
  }
});

test("no example of docs/commands.md is wider than 80 columns", () => {
  const examples = [...readFileSync(path, "utf8").matchAll(/^```console\n(.*?)^```$/gms)].map(([, text = ""]) => text);
  const lines = examples.join("").split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});
