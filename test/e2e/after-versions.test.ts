// @module-tag full
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import { testEngine } from "../lab/test-engine.ts";
import { ReleasedProgram } from "../support/released-program.ts";
import { eventually } from "./eventually.ts";
import { runProgram, SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";

async function recordOf({ stateDir }: TestFolder, job: string): Promise<JobRecord> {
  const ledger = openSqliteLedger(stateDir, systemClock);
  try {
    const record = await ledger.read(job);
    if (record === undefined) throw new Error(`there is no record of ${job}`);
    return record;
  } finally {
    ledger.close();
  }
}

it("0.3.0, which knows no after, takes over and back: each end of the dump starts one report, in time or later", async () => {
  await using older = await ReleasedProgram.unpack("0.3.0");
  await using folder = await TestFolder.make();
  const instance = `after-${randomUUID().slice(0, 6)}`;
  const dockerHost = testEngine();
  const job = { image: "busybox", command: "true" };
  const jobs = { dump: { ...job, schedule: "0 0 1 1 *" }, report: { ...job, after: "dump" } };
  await folder.writeSchedules(scheduleFile(jobs));
  const args = ["--instance", instance];
  const env = { SHIPBELL_DOCKER_HOST: dockerHost, SHIPBELL_INSTANCE: instance, SHIPBELL_STATE_DIR: folder.stateDir };
  const open = (program?: string) =>
    new SchedulerProcess({ dockerHost, folder, args, ...(program !== undefined && { program }) });
  const startedReports = async () => {
    const { runs } = await recordOf(folder, "report");
    return runs.map(({ after, outcome }) => [after?.run, outcome?.kind]);
  };
  const expectReports = async () => {
    const ends = (await recordOf(folder, "dump")).runs.map(({ id }) => [id, "succeeded"]);
    await eventually("a report on each dump", async () => (await startedReports()).length === ends.length || undefined);
    await eventually("the end of all reports", async () =>
      (await startedReports()).every(([, outcome]) => outcome !== undefined) ? true : undefined,
    );
    expect(await startedReports()).toEqual(ends);
  };

  await using first = open();
  await first.until("jobs-changed");
  await shipbell(["run", "dump", "--wait"], env);
  await expectReports();

  await using middle = open(older.path);
  await middle.until("standby");
  await first.kill();
  await middle.until("jobs-changed");
  expect(await runProgram(older.path, ["run", "dump", "--wait"], env)).toMatchObject({ code: 0 });
  expect(await startedReports()).toHaveLength(1);

  await using last = open();
  await last.until("standby");
  await middle.kill();
  await last.until("jobs-changed");
  await expectReports();
  await shipbell(["run", "dump", "--wait"], env);
  await expectReports();
  expect(await startedReports()).toHaveLength(3);
});
