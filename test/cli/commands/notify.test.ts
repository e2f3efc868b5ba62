import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { systemClock } from "../../../src/clock.ts";
import { openSqliteLedger } from "../../../src/ledger/sqlite/sqlite-ledger.ts";
import { aFailingRecord } from "../../support/a-telling.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

const CANARY = "hunter2-hunter2";

let folder: string;
let receiver: Server;
let heard: { readonly url: string; readonly body: string; readonly signature: unknown }[];
let answer: { readonly status: number; readonly text: string };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-notify-"));
  heard = [];
  answer = { status: 200, text: "ok" };
  receiver = createServer(async (request, response) => {
    const body = await text(request);
    heard.push({ url: request.url ?? "", body, signature: request.headers["webhook-signature"] });
    response.writeHead(answer.status).end(answer.text);
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const ledger = openSqliteLedger(folder, systemClock);
  await ledger.update("backup", () => aFailingRecord());
  ledger.close();
});
afterEach(() => {
  receiver.close();
  rmSync(folder, { recursive: true });
});

function channelsFile(written?: string): string {
  const path = join(folder, "channels.yml");
  const { port } = receiver.address() as AddressInfo;
  const hook = `{ kind: webhook, url: "http://127.0.0.1:${port}/in/${CANARY}" }`;
  writeFileSync(
    path,
    written ?? `channels:\n  hook: ${hook}\n  ops-chat: { kind: slack, url: https://hooks.slack.com/${CANARY} }\n`,
  );
  return path;
}

async function notify(...words: readonly string[]) {
  const settings = { SHIPBELL_STATE_DIR: folder, SHIPBELL_ENGINE: "container", SHIPBELL_LISTEN: "127.0.0.1:1" };
  const { terminal, out, err } = keepingTerminal(settings);
  const exitCode = await runCli(["notify", ...words], terminal);
  expect([...out, ...err].join("\n")).not.toContain(CANARY);
  return { exitCode, out: out.join("\n"), err: err.join("\n") };
}

describe("shipbell notify test", () => {
  test("really sends a notice that says that it is a test, and prints how it was answered", async () => {
    const { exitCode, out } = await notify("test", "hook", "--channels", channelsFile());
    const { port } = receiver.address() as AddressInfo;
    expect(out).toBe(`hook (webhook, http://127.0.0.1:${port}/…) took it: 200\nit answered: ok`);
    expect(exitCode).toBe(0);
    expect(heard).toHaveLength(1);
    expect(JSON.parse(heard[0]?.body ?? "")).toMatchObject({
      specversion: "1.0",
      type: "shipbell.run.failed",
      data: { kind: "failed", title: expect.stringContaining("Test: "), test: true },
    });
  });

  test("of another kind", async () => {
    await notify("test", "hook", "--kind", "recovered", "--channels", channelsFile());
    expect(JSON.parse(heard[0]?.body ?? "")).toMatchObject({ data: { kind: "recovered" } });
  });

  test("a refusal is exit code 1, with the status and the first line of the answer, without what was sent", async () => {
    answer = { status: 403, text: `no service at /in/${CANARY}\nhere` };
    const { exitCode, out } = await notify("test", "hook", "--channels", channelsFile());
    expect(exitCode).toBe(1);
    expect(out).toContain("did not take it: 403\nit answered: no service at …");
    expect(out).not.toContain("here");
  });

  test("nobody who answers is exit code 1", async () => {
    const path = channelsFile();
    receiver.close();
    expect(await notify("test", "hook", "--channels", path)).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining("did not take it: connection refused"),
    });
  });

  test("in JSON", async () => {
    const { out } = await notify("test", "hook", "--format", "json", "--channels", channelsFile());
    expect(JSON.parse(out)).toEqual({
      ...{ channel: "hook", kind: "webhook", address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/…$/) },
      ...{ delivered: true, because: "200", answer: "ok" },
    });
  });

  test.each<[string, readonly string[], number, string]>([
    ["no channel", ["test"], 2, "shipbell: notify: which channel? (shipbell notify test CHANNEL)"],
    [
      "another kind",
      ["test", "hook", "--kind", "fail"],
      2,
      'shipbell: notify: --kind "fail" is not one of failed, recovered',
    ],
    ["something else", ["list"], 2, 'shipbell: notify: "list" is not ls or test'],
    ["too much", ["ls", "hook"], 2, 'shipbell: notify: ls takes no channel, not "hook"'],
    ["nothing", [], 2, "shipbell: notify: WHAT is missing (shipbell notify WHAT [CHANNEL])"],
  ])("%s is wrong usage", async (_what, words, exitCode, says) => {
    const found = await notify(...words, "--channels", channelsFile());
    expect(found).toMatchObject({ exitCode, err: expect.stringContaining(says) });
  });

  test("a channel that there is not, and no file of them", async () => {
    expect(await notify("test", "hok", "--channels", channelsFile())).toMatchObject({
      exitCode: 1,
      err: 'shipbell: there is no channel "hok" (did you mean hook?)',
    });
    expect(await notify("test", "hook")).toMatchObject({
      exitCode: 2,
      err: "shipbell: notify: no channel is known here: name their file with --channels",
    });
  });

  test("what is wrong with the file", async () => {
    const path = channelsFile(`channels: { hook: { kind: webhook, url: ${CANARY} } }`);
    const { exitCode, err } = await notify("test", "hook", "--channels", path);
    expect({ exitCode, isToldWhere: err.includes("channels.yml:1:") }).toEqual({ exitCode: 1, isToldWhere: true });
  });
});

describe("shipbell notify ls", () => {
  test("without a scheduler: the channels of the file and of the records, and what waits", async () => {
    const { exitCode, out, err } = await notify("ls", "--utc", "--channels", channelsFile());
    const { port } = receiver.address() as AddressInfo;
    expect(out.split("\n").map((line) => line.replace(String(port), "PORT"))).toMatchInlineSnapshot(`
      [
        "CHANNEL   KIND     ADDRESS          JOBS  WAITING  LAST SUCCESS  HOW IT STANDS",
        "hook      webhook  http://127.0.0…  0     0        -             -",
        "mail      -        -                1     0        -             no such channel",
        "ops-chat  slack    https://hooks.…  1     0        -             -",
        "pager     -        -                1     1        -             no such channel",
        "",
        "JOB",
        "    CHANNEL  WHAT    HAPPENED              TRIES  NEXT TRY              LAST TRY",
        "backup",
        "    pager    failed  2026-11-18 03:20:00Z  2      2026-11-18 03:25:00Z  503",
      ]
    `);
    expect(err).toMatch(/^shipbell: no scheduler answers here, and so nothing is sent: /);
    expect(exitCode).toBe(0);
  });

  test("in JSON", async () => {
    const { out } = await notify("ls", "--format", "json");
    expect(JSON.parse(out)).toMatchObject({
      channels: [{ channel: "mail", state: "unknown" }, { channel: "ops-chat" }, { channel: "pager", waiting: 1 }],
      waiting: [{ job: "backup", channel: "pager", kind: "failed", tries: 2, last: "503" }],
    });
  });
});
