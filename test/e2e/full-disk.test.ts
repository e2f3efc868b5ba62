import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, mkdir, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { runCommand } from "../lab/machine/run-command.ts";
import { amount } from "../support/full.ts";
import { goOn, startScheduler } from "./scheduler-in-trouble.ts";
import { TestFolder } from "./scheduler-process.ts";

const TICK = 'jobs:\n  tick: { schedule: "*/1 * * * * *", image: busybox, command: ["true"] }\n';
const PAGE_BYTES = 4096;
const PIECES = [16 * PAGE_BYTES, PAGE_BYTES];

/** A state directory on a disk of its own, of one megabyte, that can be filled to its last record. */
class SmallDisk implements AsyncDisposable {
  readonly folder: TestFolder;
  readonly #filler: string;

  private constructor(folder: TestFolder) {
    this.folder = folder;
    this.#filler = join(folder.stateDir, "filler");
  }

  static async make(): Promise<SmallDisk> {
    const folder = await TestFolder.make();
    await folder.writeSchedules(TICK);
    await mkdir(folder.stateDir);
    await runCommand("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.stateDir]);
    return new SmallDisk(folder);
  }

  /** To its last record, or to so many before it. */
  async fill(recordsLeft = 0): Promise<void> {
    for (const bytes of PIECES) {
      const piece = Buffer.alloc(bytes);
      for (let isFull = false; !isFull; ) {
        isFull = await appendFile(this.#filler, piece).then(
          () => false,
          () => true,
        );
      }
    }
    await truncate(this.#filler, (await stat(this.#filler)).size - recordsLeft * PAGE_BYTES);
  }

  async makeRoom(): Promise<void> {
    await rm(this.#filler);
  }

  /** What SQLite says of the ledger. */
  integrity(): unknown {
    const database = new DatabaseSync(join(this.folder.stateDir, "ledger.db"));
    try {
      return database.prepare("PRAGMA integrity_check").get();
    } finally {
      database.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await runCommand("umount", ["-l", this.folder.stateDir]);
    await this.folder[Symbol.asyncDispose]();
  }
}

const FULL = /\/state\/(lock|ledger)\.db: (database or disk is full|disk I\/O error) \(.*shipbell keeps trying.*\)$/;
const anInstance = () => `full-${randomUUID().slice(0, 6)}`;

describe("a scheduler that starts on a full disk", () => {
  it.each(amount({ usual: [0], full: [0, 1, 2, 5] }))(
    "says so and waits, can be stopped, and starts when there is room: %i records left",
    async (left) => {
      await using disk = await SmallDisk.make();
      await disk.fill(left);
      const instance = anInstance();
      {
        await using stopped = startScheduler(instance, disk.folder);
        const { cause } = await stopped.until("pass-failed");
        expect(cause).toMatch(FULL);
        expect(await stopped.stop()).toBe(0);
        expect(stopped.all("pass-failed")).toHaveLength(1);
      }
      await using scheduler = startScheduler(instance, disk.folder);
      const { cause } = await scheduler.until("pass-failed");
      const { status, text } = await scheduler.get("/readyz");
      expect(status).toBe(503);
      expect(JSON.parse(text).checks.ledger).toEqual({ ok: false, reason: cause });
      expect((await scheduler.get("/healthz")).status).toBe(200);
      await disk.makeRoom();
      await scheduler.until("pass-recovered");
      await goOn(scheduler, "tick");
      expect(await scheduler.stop()).toBe(0);
      expect(disk.integrity()).toEqual({ integrity_check: "ok" });
    },
  );

  it("damages no ledger that it finds, and goes on with it when there is room", async () => {
    await using disk = await SmallDisk.make();
    const instance = anInstance();
    {
      await using first = startScheduler(instance, disk.folder);
      await goOn(first, "tick");
      expect(await first.stop()).toBe(0);
    }
    await disk.fill();
    await using scheduler = startScheduler(instance, disk.folder);
    const { cause } = await scheduler.until("pass-failed");
    expect(cause).toMatch(FULL);
    await disk.makeRoom();
    await scheduler.until("pass-recovered");
    await goOn(scheduler, "tick");
    expect(scheduler.all("record-unreadable")).toEqual([]);
    expect(await scheduler.stop()).toBe(0);
    expect(disk.integrity()).toEqual({ integrity_check: "ok" });
    expect(existsSync(join(disk.folder.stateDir, "ledger.db"))).toBe(true);
  });
});
