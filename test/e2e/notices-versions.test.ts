import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { testEngine } from "../lab/test-engine.ts";
import { Receiver, status } from "../notify/receiver.ts";
import { ReleasedProgram } from "../support/released-program.ts";
import { heard, writeChannels } from "./heard.ts";
import { runProgram, SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";

/** A job, the channel that hears of it, and an older version of the program, which knows no channels. */
async function setting(receiver: Receiver, older: ReleasedProgram) {
  const folder = await TestFolder.make();
  const channels = await writeChannels(folder, { hook: { kind: "webhook", url: receiver.url } });
  const instance = `told-${randomUUID().slice(0, 6)}`;
  const dockerHost = testEngine();
  const declare = (command: string) =>
    folder.writeSchedules(
      scheduleFile({ backup: { image: "busybox", schedule: "0 0 1 1 *", command: ["sh", "-c", command] } }),
    );
  const env = { SHIPBELL_DOCKER_HOST: dockerHost, SHIPBELL_INSTANCE: instance, SHIPBELL_STATE_DIR: folder.stateDir };
  const args = ["--instance", instance];
  return {
    folder,
    declare,
    // Settings and not keys of the file, which both versions read.
    open: () =>
      new SchedulerProcess({ dockerHost, folder, args: [...args, "--channels", channels, "--notify", "hook"] }),
    openOlder: () => new SchedulerProcess({ dockerHost, folder, args, program: older.path }),
    command: (...words: readonly string[]) => shipbell(words, env),
    olderCommand: (...words: readonly string[]) => runProgram(older.path, words, env),
  };
}

it("0.3.0 takes over with a notice that waits, and back: all is told, and nothing twice", async () => {
  await using older = await ReleasedProgram.unpack("0.3.0");
  await using receiver = await Receiver.listen(status(500));
  const { folder, declare, open, openOlder, command, olderCommand } = await setting(receiver, older);
  await using _ = folder;
  await declare("exit 3");
  await using first = open();
  await first.until("jobs-changed");
  await command("run", "backup", "--wait");
  await first.until("notice-failed", { cause: "500" });
  await using middle = openOlder();
  await middle.until("standby");
  await first.kill();
  await middle.until("jobs-changed");
  expect(await olderCommand("run", "backup", "--wait")).toMatchObject({ code: 3 });
  receiver.answers((_, response) => response.end());
  const before = receiver.received.length;
  await using last = open();
  await last.until("standby");
  await middle.kill();
  await last.until("notice-delivered", { kind: "failed" });
  await declare("true");
  await last.until("jobs-changed", {}, { after: last.log.length });
  await command("run", "backup", "--wait");
  await last.until("notice-delivered", { kind: "recovered" });
  const told = heard(receiver.received.slice(before));
  // What the older one saw fail is in the row.
  expect(told.map(({ kind, failures }) => [kind, failures])).toEqual([
    ["failed", expect.any(Number)],
    ["recovered", 2],
  ]);
  expect(told[0]?.id).toBe(heard(receiver.received)[0]?.id);
});

it("a downgrade to 0.2.0 says what is not told, and the next upgrade goes on with the failures in a row", async () => {
  await using older = await ReleasedProgram.unpack("0.2.0");
  await using receiver = await Receiver.listen(status(500));
  const { folder, declare, open, openOlder, command, olderCommand } = await setting(receiver, older);
  await using _ = folder;
  await declare("exit 3");
  await using first = open();
  await first.until("jobs-changed");
  await command("run", "backup", "--wait");
  await first.until("notice-failed", { cause: "500" });
  await first.stop();
  expect((await command("downgrade", "--to", "0.2.0")).stdout).toContain(
    "hook has not been told what waits for it of backup: 0.2.0 sends no notices, and drops it",
  );
  await using middle = openOlder();
  await middle.until("jobs-changed");
  expect(await olderCommand("run", "backup", "--wait")).toMatchObject({ code: 3 });
  await middle.stop();
  receiver.answers((_, response) => response.end());
  const before = receiver.received.length;
  await using last = open();
  await last.until("jobs-changed");
  await command("run", "backup", "--wait");
  await last.until("notice-delivered", { kind: "failed" });
  const told = heard(receiver.received.slice(before));
  expect(told.map(({ kind, failures }) => [kind, failures])).toEqual([["failed", 3]]);
});
