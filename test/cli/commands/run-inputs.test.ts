import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { systemClock } from "../../../src/clock.ts";
import type { Inputs } from "../../../src/job/inputs/inputs.ts";
import { openSqliteLedger } from "../../../src/ledger/sqlite/sqlite-ledger.ts";
import { INPUT_CASES } from "../../fixtures/inputs.ts";
import { aJob, aRecord, at } from "../../support/a-job.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";
import { type FakeScheduler, fakeScheduler } from "../../support/fake-scheduler.ts";
import { answerOf, declaredJob } from "../../support/scheduler-answer.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

let stateDir: string;
let host: FakeDockerHost;
let scheduler: FakeScheduler;
let declared: Inputs | undefined;
let ledger: ReturnType<typeof openSqliteLedger>;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "shipbell-inputs-"));
  host = await fakeDockerHost((_, response) => response.writeHead(404).end("{}"));
  ledger = openSqliteLedger(stateDir, systemClock);
  scheduler = await fakeScheduler(() => {
    const job = declaredJob({}, aJob(declared && { inputs: declared }));
    return answerOf({ jobs: new Map([["backup", job]]) }).view;
  });
});

beforeEach(() => ledger.update("backup", () => aRecord(at("12:00"))));

afterAll(async () => {
  ledger.close();
  await host.close();
  scheduler.close();
  rmSync(stateDir, { recursive: true });
});

/** `shipbell run backup` with these flags; and the requests that it has left. */
async function run(...flags: string[]) {
  const { terminal, err } = keepingTerminal({
    COLUMNS: "1000",
    SHIPBELL_STATE_DIR: stateDir,
    SHIPBELL_ENGINE: "container",
    SHIPBELL_DOCKER_HOST: host.host,
    SHIPBELL_LISTEN: scheduler.listen,
  });
  const exitCode = await runCli(["run", "backup", ...flags], terminal);
  return { exitCode, err, requests: (await ledger.read("backup"))?.requests ?? [] };
}

describe("run --input gives the answers that every way in gives", () => {
  it.each(INPUT_CASES)("$name", async ({ declared: inputs, given, values, problems }) => {
    declared = inputs;
    const texts = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
    const ran = await run(...Object.entries(texts).flatMap(([name, value]) => ["--input", `${name}=${value}`]));
    if (values !== undefined) {
      expect(ran).toMatchObject({ exitCode: 0, err: [] });
      expect(ran.requests.map(({ inputs = {} }) => inputs)).toEqual([texts]);
    } else {
      const lines = Object.entries(problems ?? {}).map(([input, message]) => `shipbell: input ${input} ${message}`);
      expect(ran).toEqual({ exitCode: 2, err: lines, requests: [] });
    }
  });
});

test.each([
  ["without a value", "DAY", 'shipbell: --input "DAY": write NAME=VALUE'],
  ["without a name", "=2026-11-18", 'shipbell: --input "=2026-11-18": write NAME=VALUE'],
])("an input %s is refused", async (_what, flag, message) => {
  expect(await run("--input", flag)).toEqual({ exitCode: 2, err: [message], requests: [] });
});

test("of an input that is given twice the last value counts", async () => {
  declared = { DAY: { type: "date" } };
  const { requests } = await run("-i", "DAY=soon", "-i", "DAY=2026-11-18");
  expect(requests).toMatchObject([{ inputs: { DAY: "2026-11-18" } }]);
});
