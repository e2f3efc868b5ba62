import { randomUUID } from "node:crypto";
import { it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import {
  byRequest,
  CLOCK_BEHIND_MS,
  expectEveryLine,
  inContainer,
  LONGEST_MS,
  PRINTING,
  scheduling,
  TIMES,
} from "./every-line.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { Stage } from "./stage.ts";

const dockerHost = testEngine();
const { api, docker } = engineAt(dockerHost);

/** That of the second attempt is behind. */
async function clockOf(path: string): Promise<number> {
  const id = /containers\/([^/]+)\/logs/.exec(path)?.[1];
  const { json } = await api<{ Config?: { Labels?: Record<string, string> } }>("GET", `/containers/${id}/json`);
  return json.Config?.Labels?.["shipbell.attempt"] === "2" ? -CLOCK_BEHIND_MS : 0;
}

it(
  `run --wait and logs -f print every line of containers (runs of each job: ${TIMES})`,
  async () => {
    await using stage = await Stage.set("every-line", dockerHost);
    stage.proxy.when({ path: /^\/containers\/[^/]+\/logs/, times: Number.POSITIVE_INFINITY }).shiftClock(clockOf);
    await using _scheduler = await scheduling(stage, PRINTING);
    const ledger = openSqliteLedger(stage.folder.stateDir, systemClock);
    try {
      await expectEveryLine(PRINTING, { command: (...args) => stage.command(...args), ledger });
    } finally {
      ledger.close();
    }
  },
  LONGEST_MS,
);

it(
  `run --wait and logs -f print every line of a command in a container (runs of each job: ${TIMES})`,
  async () => {
    const instance = `every-line-${randomUUID().slice(0, 6)}`;
    const host = `${instance}-host`;
    await docker("run", "--detach", "--rm", "--init", "--name", host, "busybox", "sleep", "36000");
    await using _host = { [Symbol.asyncDispose]: () => docker("rm", "--force", host).then(() => {}) };
    await using folder = await TestFolder.make();
    const jobs = inContainer(host);
    await folder.writeSchedules(byRequest(jobs));
    const args = ["--instance", instance, "--sources", "files"];
    await using scheduler = new SchedulerProcess({ dockerHost, folder, args });
    await scheduler.until("jobs-changed");
    const flags = ["--docker-host", dockerHost, "--state-dir", folder.stateDir, "--instance", instance];
    const ledger = openSqliteLedger(folder.stateDir, systemClock);
    try {
      await expectEveryLine(jobs, { command: (...words) => shipbell([...words, ...flags]), ledger });
    } finally {
      ledger.close();
    }
  },
  LONGEST_MS,
);
