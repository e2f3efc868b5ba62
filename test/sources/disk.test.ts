import { execFileSync } from "node:child_process";
import { scrypt } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DiskHangs, PatientDisk } from "../../src/sources/disk.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { untilItSucceeds } from "../support/until-it-succeeds.ts";
import { StuckDisk } from "./stuck-disk.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbell-disk-"));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

const clock = new FakeClock(new Date("2026-11-18T12:00:00Z"));
const at = (name: string) => join(folder, name);

/** Returns how a hanging call ends: 10 s pass for all calls that have begun. */
async function outcomeOf(call: Promise<unknown>): Promise<string> {
  const outcome = call.then(
    () => "answered",
    (error) => (error instanceof DiskHangs ? error.message : `wrong: ${error}`),
  );
  await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(10_000);
  return outcome;
}

const hanging = (path: string) =>
  `its file system has not answered since 2026-11-18T12:00:00.000Z, when it was asked for ${path}`;

describe("a file system that does not answer", () => {
  test("is given up after 10 s, is not asked about that path again, and is asked again once it answers", async () => {
    const stuck = new StuckDisk();
    const disk = new PatientDisk(clock, stuck);
    await writeFile(at("a"), "text");
    stuck.stick(() => true);
    expect(await outcomeOf(disk.stat(at("a")))).toBe(hanging(at("a")));
    await expect(disk.readFile(at("a"))).rejects.toThrow(hanging(at("a")));
    expect(stuck.calls).toEqual([`stat ${at("a")}`]);
    stuck.recover();
    await untilItSucceeds(async () => expect(Buffer.from(await disk.readFile(at("a"))).toString()).toBe("text"));
  });

  test("has at most two calls under way, and delays no other file system before that", async () => {
    const stuck = new StuckDisk();
    const disk = new PatientDisk(clock, stuck);
    stuck.stick((call) => !call.endsWith("/good"));
    await writeFile(at("good"), "text");
    expect(await outcomeOf(disk.readFile(at("a")))).toBe(hanging(at("a")));
    await disk.readFile(at("good"));
    expect(await outcomeOf(disk.readdir(at("b")))).toBe(hanging(at("b")));
    const refused = `it is not looked at while the file systems of ${at("a")} and ${at("b")} do not answer`;
    await expect(disk.readFile(at("c"))).rejects.toThrow(refused);
    stuck.recover();
    await untilItSucceeds(() => disk.readFile(at("good")));
  });

  test("leaves threads to the rest of the process: names are still resolved, and secrets still digested", async () => {
    const pipes = ["a", "b", "c", "d", "e", "f"].map(at);
    execFileSync("mkfifo", pipes);
    const disk = new PatientDisk(clock);
    // A named pipe that has no writer hangs as a dead mount does: in a thread of Node's, where nothing ends it.
    const reads = pipes.map((path) => disk.readFile(path).catch(({ message }: DiskHangs) => message.slice(0, 30)));
    try {
      await promisify(scrypt)("secret", "salt", 32);
      vi.advanceTimersByTime(10_000);
      const [two, refused] = ["its file system has not answere", "it is not looked at while the f"].map((text) =>
        text.slice(0, 30),
      );
      expect(await Promise.all(reads)).toEqual([two, two, refused, refused, refused, refused]);
    } finally {
      for (const path of pipes.slice(0, 2)) await writeFile(path, "text");
    }
    await untilItSucceeds(() => disk.stat(at("a")));
  });
});

test("calls that are answered are passed through", async () => {
  const disk = new PatientDisk(clock);
  await writeFile(at("a"), "text");
  const all = await Promise.all([1, 2, 3, 4].flatMap(() => [disk.readFile(at("a")), disk.stat(at("a"))]));
  expect(all).toHaveLength(8);
  expect(await disk.readdir(folder)).toEqual(["a"]);
  await expect(disk.stat(at("b"))).rejects.toMatchObject({ code: "ENOENT" });
});
