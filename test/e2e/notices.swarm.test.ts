// @module-tag full
import { randomUUID } from "node:crypto";
import { expect, inject, it, vi } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { Receiver } from "../notify/receiver.ts";
import { eventually } from "./eventually.ts";
import { heard, writeChannels } from "./heard.ts";
import { SchedulerProcess } from "./scheduler-process.ts";
import { onceAt, scheduleFile } from "./schedules.ts";
import { openLedgerOn } from "./swarm-ledger.ts";
import { SwarmStage } from "./swarm-stage.ts";

const FAILURES = 100;
/** A Swarm on two processors starts about four services a second. */
const A_SECOND = 3;

vi.setConfig({ testTimeout: 900_000 });

const swarm = openSwarm(inject("swarm"));

it(`two schedulers tell ${FAILURES} failures with exactly ${FAILURES} requests`, async () => {
  await using stage = await SwarmStage.on(`told-${randomUUID().slice(0, 4)}`, swarm);
  await using receiver = await Receiver.listen();
  const channels = await writeChannels(stage.folder, { hook: { kind: "webhook", url: receiver.url } });
  const begin = Date.now() + 30_000;
  const jobs = Array.from({ length: FAILURES }, (_, n) => [
    `${stage.job}-${n}`,
    {
      image: "busybox",
      command: ["sh", "-c", "exit 1"],
      schedule: onceAt(new Date(begin + Math.floor(n / A_SECOND) * 1000)),
      catch_up: "all",
      notify: [{ to: "hook", on: ["failed", "recovered"] }],
    },
  ]);
  await stage.folder.writeSchedules(scheduleFile(Object.fromEntries(jobs)));
  const args = ["--engine", "swarm", "--instance", stage.instance, "--sources", "files", "--channels", channels];
  const open = (dockerHost: string) => new SchedulerProcess({ dockerHost, folder: stage.folder, args });
  await using one = open(stage.proxy.dockerHost);
  await using other = open(stage.otherProxy.dockerHost);
  const ended = () => [...one.all("run-finished"), ...other.all("run-finished")].length;
  await eventually("all failures", () => ended() >= FAILURES || undefined, 800_000);
  await eventually("all are heard", () => receiver.received.length >= FAILURES || undefined);
  // Nobody sends what does not wait; and a scheduler that stops lets what it is sending end.
  const ledger = openLedgerOn(stage.engine, stage.instance);
  await eventually("nothing waits", async () => {
    const { records } = await ledger.load();
    return [...records.values()].every(({ notices }) => notices === undefined) || undefined;
  });
  for (const scheduler of [one, other]) expect(await scheduler.stop()).toBe(0);
  expect(receiver.received).toHaveLength(FAILURES);
  expect(new Set(heard(receiver.received).map(({ id }) => id)).size).toBe(FAILURES);
  // Both have had a part in it.
  for (const scheduler of [one, other]) expect(scheduler.all("notice-delivered").length).toBeGreaterThan(0);
});
