import { randomUUID } from "node:crypto";
import { afterEach, expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";

const INSTANCE = `ahead-${randomUUID().slice(0, 8)}`;
const EVERY_12_S = "*/12 * * * * *";
const { docker, api } = engineAt(testEngine());

interface Listed {
  readonly Id: string;
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** The containers of the job's runs. */
async function containersOf(job: string): Promise<readonly Listed[]> {
  const filters = JSON.stringify({ label: [`shipbell.instance=${INSTANCE}`, `shipbell.job=${job}`] });
  return (await api<Listed[]>("GET", `/containers/json?all=1&filters=${encodeURIComponent(filters)}`)).json;
}

let template: string | undefined;
afterEach(async () => {
  if (template !== undefined) await docker("rm", "--force", template);
  for (const job of ["ahead-file", "ahead-label"])
    for (const { Id } of await containersOf(job)) await docker("rm", "--force", Id);
});

it("a start has its container before it is due: that of a file and the copy of a labelled one, which are no templates", async () => {
  await using folder = await TestFolder.make();
  const command = ["sh", "-c", "echo $$SHIPBELL_TRIGGER"];
  await folder.writeSchedules(scheduleFile({ "ahead-file": { schedule: EVERY_12_S, image: "busybox", command } }));
  const label = ["--label", `shipbell.schedule=${EVERY_12_S}`];
  template = await docker("create", "--name", "ahead-label", ...label, "busybox", "sh", "-c", "echo $SHIPBELL_TRIGGER");
  await using scheduler = new SchedulerProcess({
    dockerHost: testEngine(),
    folder,
    args: ["--instance", INSTANCE, "--allow-objects", "ahead-label"],
  });
  await scheduler.until("engine-up");
  const prepared = await Promise.all(
    ["ahead-file", "ahead-label"].map((job) =>
      eventually(`a container of ${job} that waits for its time`, async () =>
        (await containersOf(job)).find(({ State }) => State === "created"),
      ),
    ),
  );
  for (const { Id, Labels } of prepared) {
    const run = Labels["shipbell.run"];
    const finished = await scheduler.until("run-finished", { run });
    expect(finished).toMatchObject({ outcome: "succeeded", trigger: "schedule" });
    expect(scheduler.all("run-started", { run })).toMatchObject([{ containerId: Id }]);
    await scheduler.until("job-output", { run, line: "schedule" });
  }
  const { text } = await scheduler.get("/metrics");
  expect(text).toMatch(/^shipbell_jobs 2$/m);
  expect(Number(/^shipbell_starts_prepared_total\{used="true"\} (\d+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(2);
  expect(scheduler.all("jobs-changed").flatMap(({ removed }) => removed)).toEqual([]);
});
