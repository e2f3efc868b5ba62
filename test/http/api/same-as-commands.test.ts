import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { systemClock } from "../../../src/clock.ts";
import { containerKind } from "../../../src/engines/containers/kind.ts";
import { EngineTrouble } from "../../../src/engines/engine.ts";
import { ledgerFileId } from "../../../src/engines/open.ts";
import type { World } from "../../../src/http/world.ts";
import { openSqliteLedger } from "../../../src/ledger/sqlite/sqlite-ledger.ts";
import { JOB_STATES } from "../../../src/view/jobs/job-row.ts";
import { activeObjects } from "../../../src/view/runs/run-view.ts";
import { keepingTerminal } from "../../cli/keeping-terminal.ts";
import { setStage } from "../../stage/stage.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";
import { type FakeScheduler, fakeScheduler } from "../../support/fake-scheduler.ts";
import { ask } from "./ask.ts";

let stateDir: string;
let host: FakeDockerHost;
let scheduler: FakeScheduler;
let world: World;
let jobs: readonly string[];
beforeAll(async () => {
  const stage = await setStage("typical");
  const ledgerFile = () => ledgerFileId(containerKind, stateDir);
  vi.useFakeTimers({ toFake: ["Date"], now: stage.clock.now() });
  stateDir = mkdtempSync(join(tmpdir(), "shipbell-api-"));
  // The engine tells neither commands nor the API how far runs are.
  host = await fakeDockerHost((_, response) => response.writeHead(500).end("{}"));
  const active = [...(stage.world.records()?.values() ?? [])].flatMap(activeObjects);
  const trouble = (id: string) => new EngineTrouble(`inspect ${id}: the engine answered 500: HTTP status 500`);
  const states = new Map(active.map((id) => [id, { phase: "unclear", trouble: trouble(id) } as const]));
  world = { ...stage.world, states: async () => states };
  jobs = [...(world.records()?.keys() ?? [])];
  const ledger = openSqliteLedger(stateDir, systemClock);
  for (const record of world.records()?.values() ?? []) await ledger.update(record.job, () => record);
  ledger.close();
  scheduler = await fakeScheduler(() => ({ ...world.scheduler(), ledgerFile: ledgerFile() ?? "" }));
});
afterAll(async () => {
  vi.useRealTimers();
  await host.close();
  scheduler.close();
  rmSync(stateDir, { recursive: true });
});

/** What the command prints with `--format json`. */
async function printed(...words: readonly string[]) {
  const { terminal, out } = keepingTerminal({
    SHIPBELL_STATE_DIR: stateDir,
    SHIPBELL_ENGINE: "container",
    SHIPBELL_DOCKER_HOST: host.host,
    SHIPBELL_LISTEN: scheduler.listen,
  });
  await runCli([...words, "--format", "json"], terminal);
  return JSON.parse(out.join("\n"));
}

/** What the API has and the command has not: keys may be added on either side, and never have another meaning. */
function without(keys: readonly string[], value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

const OF_ITEMS = ["state", "states", "why", "source", "stack"];

test("every job is shown as ls shows it", async () => {
  const { items } = (await ask(world, "GET /api/v1/jobs?limit=500", { role: "read" })).json;
  expect(items.length).toBe(30);
  expect(items.every(({ state }: { state: string }) => (JOB_STATES as readonly string[]).includes(state))).toBe(true);
  expect(items.map((item: object) => without(OF_ITEMS, item))).toEqual(await printed("ls"));
});

test("every job is explained as explain does", async () => {
  for (const job of jobs) {
    const { json } = await ask(world, `GET /api/v1/explain/${job}`, { role: "read" });
    expect(json, job).toEqual(await printed("explain", job));
  }
});

test("the runs of every job are shown as runs shows them, and behind them those whose details are gone", async () => {
  for (const job of jobs) {
    const { items } = (await ask(world, `GET /api/v1/jobs/${job}/runs`, { role: "read" })).json;
    const kept = items.filter(({ detail }: { detail?: false }) => detail !== false);
    expect(
      kept.map((run: object) => without(["job"], run)),
      job,
    ).toEqual(await printed("runs", job));
  }
});

test("problems are shown as problems shows them", async () => {
  expect((await ask(world, "GET /api/v1/problems", { role: "read" })).json).toEqual(await printed("problems"));
});
