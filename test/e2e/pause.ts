import { expect } from "vitest";
import type { Pause } from "../../src/ledger/record.ts";
import type { SchedulerProcess } from "./scheduler-process.ts";
import type { Stage } from "./stage.ts";

/** Pauses all jobs for some seconds, from the command line; returns the pause when a scheduler skips what is due. */
export async function pauseAllFor(
  seconds: number,
  stage: Stage,
  scheduler: SchedulerProcess,
): Promise<Required<Pause>> {
  const paused = await stage.command("pause", "--all", "--until", `${seconds}s`, "--reason", "new switches");
  expect(paused).toMatchObject({ code: 0, stdout: expect.stringContaining("All jobs are paused until") });
  await scheduler.until("paused", { pauseReason: "new switches", via: "cli" });
  await stage.until("what is due is skipped", async () => (await stage.record()).verdicts.at(-1)?.reason === "paused");
  const pause = (await stage.instanceRecord())?.paused;
  if (pause?.until === undefined) throw new Error("the record of the instance has no pause with an end");
  return pause as Required<Pause>;
}

/** A run that is due at the end of the pause or later starts; nothing that fell into the pause has started. */
export async function expectGoesOn({ since, until }: Pause, stage: Stage, scheduler: SchedulerProcess): Promise<void> {
  if (until === undefined) throw new Error("the pause has no end");
  await stage.until("something is started after the pause", async () =>
    (await stage.record()).verdicts.some(({ kind, scheduledAt }) => kind === "started" && scheduledAt >= until),
  );
  await scheduler.until("resumed", { because: "until", since: since.toISOString() });
  const { verdicts } = await stage.record();
  // What was due in the very second in which the command was given may have started. One verdict may be for many.
  const inPause = verdicts.filter(
    ({ scheduledAt, through = scheduledAt }) => through.getTime() >= since.getTime() + 1000 && scheduledAt < until,
  );
  expect(inPause.length).toBeGreaterThan(0);
  for (const verdict of inPause)
    expect(verdict).toMatchObject({ kind: "skipped", reason: "paused", pause: { all: true, why: "new switches" } });
  for (const { scheduledAt, through = scheduledAt } of inPause) expect(through < until).toBe(true);
  const [first] = verdicts.filter(({ scheduledAt }) => scheduledAt >= until);
  expect(first?.kind).toBe("started");
  expect(await stage.instanceRecord()).toEqual({
    schema: 1,
    holds: [{ reason: "paused", since, until, why: "new switches" }],
  });
}
