import { describe, expect, it } from "vitest";
import { recordEnd } from "../../src/ledger/changes/attempts.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { readPast } from "../../src/ledger/past.ts";
import type { InstanceRecord, JobRecord, PoolRecord } from "../../src/ledger/record.ts";
import { writeRecordOfSchema1 } from "../../src/ledger/record-json.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../support/a-job.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { onThisMachine } from "../support/slowdown.ts";

/** What a ledger's makers give to the suite. */
export interface LedgerMaker {
  /** A ledger in records of its own. */
  fresh(): Promise<LedgerUnderTest>;
}

export interface LedgerUnderTest {
  readonly ledger: Ledger;
  /** Another ledger on the same records, as another process would open it. */
  another(): Promise<Ledger>;
  /** Writes this text where the record of the job stands. */
  damage(job: string, text: string): Promise<void>;
  /** Writes this text where the record of the pool stands. */
  damagePool(pool: string, text: string): Promise<void>;
  /** Writes this text where the record of the instance stands. */
  damageInstance(text: string): Promise<void>;
  close(): Promise<void>;
}

/** The contract of `ledger/ledger.ts`; every ledger passes it, real or fake. */
export function describeLedger(name: string, maker: LedgerMaker): void {
  const record = (job: string, change: Partial<JobRecord> = {}) => aRecord(at("12:00"), change, aJob({ name: job }));
  const using = async (work: (under: LedgerUnderTest) => Promise<void>) => {
    const under = await maker.fresh();
    try {
      await work(under);
    } finally {
      await under.close();
    }
  };

  describe(name, () => {
    it("has no records at first", () =>
      using(async ({ ledger }) => {
        expect([...(await ledger.load()).records]).toEqual([]);
        expect(await ledger.read("backup")).toBeUndefined();
      }));

    it("gives back every field of a record, instants as instants", () =>
      using(async ({ ledger, another }) => {
        const full: JobRecord = record("backup", {
          runs: [
            aRun(at("11:00"), {
              outcome: { kind: "failed", exitCode: 137, oom: true },
              finishedAt: at("11:01"),
              request: "w1",
              attempts: [
                {
                  number: 1,
                  objectName: "a",
                  objectId: "b",
                  boundAt: at("11:00"),
                  startedAt: at("11:00:01"),
                  node: "n1",
                  retryAt: at("11:02"),
                  output: "the last\nlines",
                  stopping: { reason: "timed-out", since: at("11:00:30") },
                  outcome: { kind: "lost", reason: "node-down", message: "node n1 is down" },
                  finishedAt: at("11:01"),
                },
              ],
            }),
            aRun(at("11:30"), { outcome: succeeded }),
          ],
          verdicts: [
            {
              kind: "missed",
              reason: "gap",
              scheduledAt: at("10:00"),
              through: at("10:30"),
              count: 7,
              decidedAt: at("11:00"),
            },
            { kind: "skipped", reason: "still-running", scheduledAt: at("11:05"), decidedAt: at("11:05") },
          ],
          totals: {
            skipped: { "still-running": 1 },
            missed: { gap: 7 },
            started: { schedule: 2, manual: 1 },
            ended: { failed: { schedule: 1 }, succeeded: { manual: 2 } },
            retries: 3,
            runSeconds: { sum: 60.5, count: 2 },
            lastStartAt: at("11:00"),
            lastCompletionAt: at("11:01"),
            lastSuccessAt: at("10:01"),
            lastFailureAt: at("11:01"),
            lastExitCode: 137,
          },
          requests: [
            { id: "w2", kind: "run", askedAt: at("11:59"), refused: { reason: "still-running", at: at("12:00") } },
          ],
          admittedThrough: at("11:55"),
          paused: { since: at("11:50"), reason: "maintenance" },
          removedAt: at("11:59"),
        });
        await ledger.update("backup", () => full);
        expect(await (await another()).read("backup")).toEqual(full);
        expect((await (await another()).load()).records.get("backup")).toEqual(full);
      }));

    it("says lost, and shows the record, when the change finds nothing to do", () =>
      using(async ({ ledger }) => {
        expect(await ledger.update("backup", () => undefined)).toEqual({ result: "lost", record: undefined });
        await ledger.update("backup", () => record("backup"));
        expect(await ledger.update("backup", () => undefined)).toEqual({ result: "lost", record: record("backup") });
      }));

    it("gives every change the record as the change before left it, with many writers at once", () =>
      using(async ({ ledger, another }) => {
        const writers = [ledger, await another(), await another(), await another()];
        const addOne = (current: JobRecord | undefined): JobRecord => {
          const before = current ?? record("backup");
          const { sum, count } = before.totals.runSeconds;
          return { ...before, totals: { ...before.totals, runSeconds: { sum: sum + 1, count: count + 1 } } };
        };
        const swaps = await Promise.all(
          writers.flatMap((writer) => Array.from({ length: 50 }, () => writer.update("backup", addOne))),
        );
        expect(swaps.filter(({ result }) => result === "won")).toHaveLength(200);
        expect((await ledger.read("backup"))?.totals.runSeconds).toEqual({ sum: 200, count: 200 });
      }));

    it("lets exactly one of many racers decide an occurrence", () =>
      using(async ({ ledger, another }) => {
        await ledger.update("backup", () => record("backup"));
        const racers = [ledger, await another(), await another()];
        const decide = (current: JobRecord | undefined) =>
          current !== undefined && current.cursor < at("12:05") ? { ...current, cursor: at("12:05") } : undefined;
        const swaps = await Promise.all(
          racers.flatMap((racer) => Array.from({ length: 10 }, () => racer.update("backup", decide))),
        );
        expect(swaps.filter(({ result }) => result === "won")).toHaveLength(1);
        expect(swaps.filter(({ result }) => result === "lost")).toHaveLength(29);
      }));

    it("keeps the records of jobs apart", () =>
      using(async ({ ledger }) => {
        await Promise.all(["a", "b.c", "b-c"].map((job) => ledger.update(job, () => record(job))));
        const { records } = await ledger.load();
        expect([...records.keys()].sort()).toEqual(["a", "b-c", "b.c"]);
        expect(records.get("b.c")?.job).toBe("b.c");
      }));

    it("passes on what a change throws, and the other changes of the same moment stand", () =>
      using(async ({ ledger }) => {
        const bad = ledger.update("bad", () => {
          throw new Error("a bug");
        });
        const good = ledger.update("good", () => record("good"));
        await expect(bad).rejects.toThrow("a bug");
        expect((await good).result).toBe("won");
        expect(await ledger.read("good")).toEqual(record("good"));
      }));

    it("removes a record only when it is closed", () =>
      using(async ({ ledger }) => {
        await ledger.update("backup", () => record("backup"));
        await ledger.remove("backup");
        expect(await ledger.read("backup")).toBeDefined();
        await ledger.update("backup", (current) => current && { ...current, closedAt: at("12:01") });
        await ledger.remove("backup");
        expect(await ledger.read("backup")).toBeUndefined();
      }));

    it("never gives the same generation twice, and only higher ones", () =>
      using(async ({ ledger, another }) => {
        const other = await another();
        const taken: number[] = [];
        for (const one of [ledger, other, other, ledger]) taken.push(await one.nextGeneration());
        expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b));
      }));

    it("names a damaged record, sets it aside, and gives the job a new one", () =>
      using(async ({ ledger, damage }) => {
        await ledger.update("backup", () => record("backup"));
        await ledger.update("other", () => record("other"));
        await damage("backup", '{"schema":1,"job":"backup","cursor":"yesterday"}');
        const { records, unreadable } = await ledger.load();
        expect([...records.keys()]).toEqual(["other"]);
        expect(unreadable).toMatchObject([{ job: "backup", message: expect.stringContaining("cursor") }]);
        expect((await ledger.update("backup", (current) => current ?? record("backup"))).result).toBe("won");
      }));

    it("names a record of a newer schema and never writes it", () =>
      using(async ({ ledger, damage }) => {
        await ledger.update("backup", () => record("backup"));
        await damage("backup", '{"schema":3,"job":"backup"}');
        expect((await ledger.load()).unreadable).toMatchObject([{ job: "backup" }]);
        await expect(ledger.update("backup", () => record("backup"))).rejects.toThrow("newer");
        expect((await ledger.load()).unreadable).toHaveLength(1);
      }));

    it("goes on with a record of schema 1, and writes it as schema 2", () =>
      using(async ({ ledger, another, damage }) => {
        await ledger.update("backup", () => record("backup"));
        const run = aRun(at("11:00"), {
          outcome: succeeded,
          finishedAt: at("11:01"),
          request: "w1",
          trigger: "manual",
        });
        await damage("backup", writeRecordOfSchema1(record("backup", { runs: [run] })));
        const paused = { since: at("12:01") };
        const swap = await ledger.update("backup", (current) => current && { ...current, paused });
        expect(swap).toMatchObject({ result: "won", record: { schema: 2, runs: [{ request: "w1" }] } });
        expect(await (await another()).read("backup")).toEqual(record("backup", { runs: [run], paused }));
      }));

    it("keeps what a newer shipbell has added to a record, and has a digest of what ended under its eyes", () =>
      using(async ({ ledger, another, damage }) => {
        const run = aRun(at("12:00"));
        await ledger.update("backup", () => record("backup"));
        await damage("backup", JSON.stringify({ ...record("backup", { runs: [run] }), marks: [{ at: "12:00" }] }));
        const end = { outcome: succeeded, startedAt: at("12:00:01"), finishedAt: at("12:03"), node: "n1" };
        await ledger.update("backup", (current) => recordEnd(current, { run: run.id, number: 1 }, end));
        const read = (await (await another()).read("backup")) as JobRecord;
        expect(read).toMatchObject({ marks: [{ at: "12:00" }] });
        expect(readPast({ ...read, runs: [] })).toMatchObject([
          { scheduledAt: at("12:00"), outcome: "succeeded", delayMs: 1000, durationMs: 179_000, node: "n1" },
        ]);
      }));

    it("wakes with the job's name when another writer changed its record", () =>
      using(async ({ ledger, another }) => {
        const other = await another();
        const stop = new AbortController();
        const woken = new Promise<string | undefined>((resolve) => ledger.watch(resolve, stop.signal));
        await other.update("backup", () => record("backup"));
        expect(await woken).toBe("backup");
        stop.abort();
      }));

    describe("the record of the instance", () => {
      const paused: InstanceRecord = {
        schema: 1,
        paused: { since: at("12:00"), until: at("13:00"), reason: "new disk", by: { via: "cli", name: "ops" } },
        holds: [{ reason: "paused", since: at("11:00"), until: at("11:30"), why: "a move" }],
      };

      it("is not there at first, and is given back as it was written, instants as instants", () =>
        using(async ({ ledger, another }) => {
          expect(await ledger.readInstance()).toBeUndefined();
          expect(await ledger.updateInstance(() => paused)).toEqual({ result: "won", instance: paused });
          const other = await another();
          expect(await other.readInstance()).toEqual(paused);
          expect((await other.load()).instance).toEqual(paused);
        }));

      it("is no record of a job, and no job's record is it", () =>
        using(async ({ ledger, another }) => {
          for (const job of ["instance", "shipbell", "generation"]) await ledger.update(job, () => record(job));
          await ledger.updateInstance(() => paused);
          const { records, unreadable } = await (await another()).load();
          expect([...records.keys()].sort()).toEqual(["generation", "instance", "shipbell"]);
          expect(unreadable).toEqual([]);
        }));

      it("says lost, and shows the record, when the change finds nothing to do", () =>
        using(async ({ ledger }) => {
          expect(await ledger.updateInstance(() => undefined)).toEqual({ result: "lost", instance: undefined });
          await ledger.updateInstance(() => paused);
          expect(await ledger.updateInstance(() => undefined)).toEqual({ result: "lost", instance: paused });
        }));

      it("lets exactly one of many racers make a change", () =>
        using(async ({ ledger, another }) => {
          const racers = [ledger, await another(), await another()];
          const pauseOnce = (current: InstanceRecord | undefined) => (current === undefined ? paused : undefined);
          const swaps = await Promise.all(
            racers.flatMap((racer) => Array.from({ length: 5 }, () => racer.updateInstance(pauseOnce))),
          );
          expect(swaps.filter(({ result }) => result === "won")).toHaveLength(1);
          for (const racer of racers) expect(await racer.readInstance()).toEqual(paused);
        }));

      it("is given to the changes of jobs' records, as it stood at most a second before", () =>
        using(async ({ ledger, another }) => {
          const seen: (InstanceRecord | undefined)[] = [];
          const look = () => ledger.update("backup", (_, instance) => void seen.push(instance));
          await look();
          const writtenAt = Date.now();
          await (await another()).updateInstance(() => paused);
          while (seen.at(-1) === undefined && Date.now() - writtenAt < PATIENCE_MS) await look();
          expect(Date.now() - writtenAt).toBeLessThan(onThisMachine(1500));
          expect([seen[0], seen.at(-1)]).toEqual([undefined, paused]);
        }));

      it("wakes when another writer changed it, and no one who watches records", () =>
        using(async ({ ledger, another }) => {
          const other = await another();
          const stop = new AbortController();
          const jobs: unknown[] = [];
          ledger.watch((job) => jobs.push(job), stop.signal);
          const woken = new Promise<void>((resolve) => ledger.watchInstance(resolve, stop.signal));
          await other.updateInstance(() => paused);
          await woken;
          expect(await ledger.readInstance()).toEqual(paused);
          expect(jobs.filter((job) => job !== undefined)).toEqual([]);
          stop.abort();
        }));

      it("counts as none when it is damaged, is named, and the next change begins a new one", () =>
        using(async ({ ledger, another, damageInstance }) => {
          await ledger.updateInstance(() => paused);
          await damageInstance('{"schema":1,"paused":{"since":"yesterday"}}');
          const other = await another();
          const { instance, instanceUnreadable } = await other.load();
          expect([instance, instanceUnreadable]).toEqual([undefined, expect.stringContaining("since")]);
          const seen: unknown[] = [];
          await other.update("backup", (_, instance) => void seen.push(instance));
          expect(seen).toEqual([undefined]);
          expect((await other.updateInstance((current) => current ?? paused)).result).toBe("won");
          expect((await (await another()).load()).instanceUnreadable).toBeUndefined();
        }));

      it("is never written when a newer version wrote it; a pause in it holds, whichever version wrote it", () =>
        using(async ({ ledger, another, damageInstance }) => {
          await ledger.updateInstance(() => paused);
          await damageInstance(JSON.stringify({ ...paused, schema: 2, more: { of: "it" } }));
          const other = await another();
          expect(await other.readInstance()).toEqual({ ...paused, schema: 2, more: { of: "it" } });
          await expect(other.updateInstance(() => paused)).rejects.toThrow("newer");
          expect((await other.readInstance())?.schema).toBe(2);
        }));

      it("keeps what a newer version has added to it", () =>
        using(async ({ ledger, another, damageInstance }) => {
          await ledger.updateInstance(() => paused);
          await damageInstance(JSON.stringify({ ...paused, more: "of it" }));
          const other = await another();
          await other.updateInstance((current) => current && { ...current, holds: [] });
          expect(await other.readInstance()).toEqual({ ...paused, holds: [], more: "of it" });
        }));
    });

    describe("the record of a pool", () => {
      const slotOf = (job: string) => ({
        job,
        run: `${job}-20261118t120000z`,
        attempt: 1,
        trigger: "schedule" as const,
        scheduledAt: at("12:00"),
        since: at("12:00:01"),
      });
      const poolOf = (...jobs: readonly string[]): PoolRecord => ({ schema: 1, slots: jobs.map(slotOf) });

      it("is not there at first, and is given back as it was written, instants as instants", () =>
        using(async ({ ledger, another }) => {
          expect(await ledger.readPool("db")).toBeUndefined();
          const pool = poolOf("backup", "report");
          expect(await ledger.updatePool("db", () => pool)).toEqual({ result: "won", pool });
          expect(await (await another()).readPool("db")).toEqual(pool);
          expect(await ledger.readPool("mail")).toBeUndefined();
        }));

      it("is no record of a job, and no job's record is it", () =>
        using(async ({ ledger, another }) => {
          await ledger.update("db", () => record("db"));
          await ledger.updatePool("db", () => poolOf("db"));
          const { records, unreadable, instance } = await (await another()).load();
          expect([[...records.keys()], unreadable, instance]).toEqual([["db"], [], undefined]);
        }));

      it("says lost, and shows the record, when the change finds nothing to do", () =>
        using(async ({ ledger }) => {
          expect(await ledger.updatePool("db", () => undefined)).toEqual({ result: "lost", pool: undefined });
          await ledger.updatePool("db", () => poolOf("backup"));
          expect(await ledger.updatePool("db", () => undefined)).toEqual({ result: "lost", pool: poolOf("backup") });
        }));

      it("gives its last slot to exactly one of many racers", () =>
        using(async ({ ledger, another }) => {
          const racers = [ledger, await another(), await another()];
          const takeLast = (job: string) => (pool: PoolRecord | undefined) =>
            (pool?.slots.length ?? 0) < 2 ? { schema: 1, slots: [...(pool?.slots ?? []), slotOf(job)] } : undefined;
          const swaps = await Promise.all(
            racers.flatMap((racer, i) =>
              Array.from({ length: 5 }, (_, j) => racer.updatePool("db", takeLast(`job${i}-${j}`))),
            ),
          );
          expect(swaps.filter(({ result }) => result === "won")).toHaveLength(2);
          for (const racer of racers) expect((await racer.readPool("db"))?.slots).toHaveLength(2);
        }));

      it("wakes with the pool's name when another writer changed it, and no one who watches records", () =>
        using(async ({ ledger, another }) => {
          const other = await another();
          const stop = new AbortController();
          const jobs: unknown[] = [];
          ledger.watch((job) => jobs.push(job), stop.signal);
          // It may be woken for nothing, too.
          const woken = new Promise<void>((resolve) => {
            const wake = (pool: string) => void ledger.readPool(pool).then((read) => read && resolve());
            ledger.watchPools(() => ["mail", "db"], wake, stop.signal);
          });
          await other.updatePool("db", () => poolOf("backup"));
          await woken;
          expect(await ledger.readPool("db")).toEqual(poolOf("backup"));
          expect(jobs.filter((job) => job !== undefined)).toEqual([]);
          stop.abort();
        }));

      it("counts as none when it is damaged, and the next change begins a new one", () =>
        using(async ({ ledger, another, damagePool }) => {
          await ledger.updatePool("db", () => poolOf("backup"));
          await damagePool("db", '{"schema":1,"slots":[{"job":3}]}');
          const other = await another();
          expect(await other.readPool("db")).toBeUndefined();
          expect((await other.updatePool("db", (pool) => pool ?? poolOf("report"))).result).toBe("won");
          expect(await (await another()).readPool("db")).toEqual(poolOf("report"));
        }));

      it("is neither read nor written when a newer version wrote it", () =>
        using(async ({ ledger, another, damagePool }) => {
          await ledger.updatePool("db", () => poolOf("backup"));
          await damagePool("db", JSON.stringify({ ...poolOf("backup"), schema: 2 }));
          const other = await another();
          await expect(other.readPool("db")).rejects.toThrow("newer");
          await expect(other.updatePool("db", () => poolOf())).rejects.toThrow("newer");
        }));

      it("keeps what a newer version has added to it", () =>
        using(async ({ ledger, another, damagePool }) => {
          await ledger.updatePool("db", () => poolOf("backup"));
          await damagePool("db", JSON.stringify({ ...poolOf("backup"), more: "of it" }));
          const other = await another();
          await other.updatePool("db", (pool) => pool && { ...pool, slots: [] });
          expect(await other.readPool("db")).toEqual({ schema: 1, slots: [], more: "of it" });
        }));
    });
  });
}
