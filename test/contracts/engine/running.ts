import { describe, expect } from "vitest";
import {
  anOrder,
  type ContractTest,
  mustPrepare,
  mustStart,
  rejectionOf,
  runToEnd,
  stateOf,
  untilEnded,
  untilItPrints,
  untilRunning,
} from "./harness.ts";

const EXITED_137 = { kind: "exited", exitCode: 137, oom: false } as const;

export function describeRunning(it: ContractTest): void {
  describe("a run", () => {
    it("is running once it is activated", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "wait" }));
      expect(await untilRunning(engine, id)).toMatchObject({ phase: "running", startedAt: expect.any(Date) });
      expect(await engine.list()).toMatchObject([{ id, inert: false, running: true }]);
    });

    it("stays as it is when it is activated again while it runs", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "wait" });
      const id = await mustStart(engine, order);
      const before = await untilRunning(engine, id);
      expect(await engine.activate({ id, name: order.objectName })).toEqual({ kind: "activated" });
      expect(await engine.activateAgain(id)).toEqual({ kind: "activated" });
      expect(await stateOf(engine, id)).toEqual(before);
    });

    it("runs once, when it was activated again and the first request for it comes after its end", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "exit", code: 0 });
      const id = await mustPrepare(engine, order);
      expect(await engine.activateAgain(id)).toEqual({ kind: "activated" });
      const ended = await untilEnded(engine, id);
      await engine.activate({ id, name: order.objectName });
      expect(await stateOf(engine, id)).toEqual(ended);
    });

    it("ends with its exit code and its times", async (host) => {
      const state = await runToEnd(host.engine, anOrder(host, { does: "exit", code: 0 }));
      expect(state).toMatchObject({
        phase: "ended",
        end: { kind: "exited", exitCode: 0, oom: false },
        finishedAt: expect.any(Date),
      });
    });

    it("ends with an exit code that is not zero", async (host) => {
      const state = await runToEnd(host.engine, anOrder(host, { does: "exit", code: 3 }));
      expect(state).toMatchObject({ phase: "ended", end: { kind: "exited", exitCode: 3, oom: false } });
    });

    it("ends with 128 and the signal that killed it", async (host) => {
      const state = await runToEnd(host.engine, anOrder(host, { does: "die of signal 9" }));
      expect(state).toMatchObject({ phase: "ended", end: EXITED_137 });
    });

    it("says when it was killed for want of memory", async (host) => {
      const state = await runToEnd(host.engine, anOrder(host, { does: "use up its memory" }));
      expect(state).toMatchObject({ phase: "ended", end: { kind: "exited", exitCode: 137 } });
      expect(host.saysOfMissingMemory).toContain((state as { end: { oom?: unknown } }).end.oom);
    });

    it("is rejected when its command does not exist, then and whenever it is looked at", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "not exist" });
      const rejection = await rejectionOf(engine, order);
      expect(rejection).toEqual({ kind: "rejected", reason: "start-failed", message: expect.stringMatching(/./) });
      const [id = ""] = (await engine.list()).map((object) => object.id);
      expect(await stateOf(engine, id)).toMatchObject({ phase: "ended", end: rejection });
    });

    it("is rejected when its network does not exist", async (host) => {
      const template = { ...host.template({ does: "exit", code: 0 }), networks: ["shipbell-no-such-network"] };
      const order = anOrder(host, { does: "exit", code: 0 }, { template });
      expect(await rejectionOf(host.engine, order)).toMatchObject({
        reason: expect.stringMatching(/^(start-failed|bad-definition)$/),
        message: expect.stringContaining("shipbell-no-such-network"),
      });
    });

    it("is not activated when it is gone: a container is rejected, and of a service it cannot be known", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "exit", code: 0 });
      const id = await mustPrepare(engine, order);
      await engine.remove(id);
      expect(await engine.activate({ id, name: order.objectName })).toMatchObject(
        engine.objectKind === "container" ? { kind: "rejected", reason: "start-failed" } : { kind: "activated" },
      );
      // After an unclear answer it may have run meanwhile: a look says that it is gone.
      expect(await engine.activateAgain(id)).toEqual({ kind: "activated" });
      expect(await stateOf(engine, id)).toBeUndefined();
    });
  });

  describe("stop", () => {
    it("lets the process end by itself", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "wait" }));
      await untilItPrints(engine, id);
      await engine.stop(id, 30_000);
      expect(await stateOf(engine, id)).toMatchObject({ phase: "ended", end: { kind: "exited", exitCode: 143 } });
    });

    it("kills a process that ignores it, after the grace period", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "ignore the stop signal" }, { stopGracePeriodMs: 1000 });
      const id = await mustStart(engine, order);
      await untilItPrints(engine, id);
      await engine.stop(id, 1000);
      expect(await stateOf(engine, id)).toMatchObject({ phase: "ended", end: EXITED_137 });
    });

    it("does nothing to what has ended, was never started, or is not there", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "exit", code: 3 }));
      const ended = await untilEnded(engine, id);
      await engine.stop(id, 1000);
      expect(await stateOf(engine, id)).toEqual(ended);
      const inert = await mustPrepare(engine, anOrder(host, { does: "exit", code: 3 }, { attempt: 2 }));
      await engine.stop(inert, 1000);
      expect(await stateOf(engine, inert)).toEqual({ phase: "inert" });
      await engine.remove(id);
      await engine.stop(id, 1000);
    });
  });

  describe("withdraw", () => {
    it("removes what was never started, and a request to start it that comes later runs nothing", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "exit", code: 0 });
      const id = await mustPrepare(engine, order);
      await engine.withdraw(id);
      await engine.withdraw(id);
      await engine.activate({ id, name: order.objectName });
      expect(await stateOf(engine, id)).toBeUndefined();
      expect(await engine.list()).toEqual([]);
    });

    it("keeps what runs as it is", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "wait" }));
      const before = await untilRunning(engine, id);
      await engine.withdraw(id);
      expect(await stateOf(engine, id)).toEqual(before);
    });

    it("keeps what has run", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "exit", code: 3 }));
      const ended = await untilEnded(engine, id);
      await engine.withdraw(id);
      expect(await stateOf(engine, id)).toEqual(ended);
    });
  });

  describe("remove", () => {
    it("removes what runs, and is content when it is gone", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "wait" }));
      await engine.remove(id);
      await engine.remove(id);
      expect(await engine.look([id])).toEqual(new Map());
      expect(await engine.list()).toEqual([]);
    });

    it("is content when it is asked several times at once", async (host) => {
      const { engine } = host;
      const id = await mustPrepare(engine, anOrder(host, { does: "exit", code: 0 }));
      await Promise.all([engine.remove(id), engine.remove(id), engine.remove(id)]);
      expect(await engine.list()).toEqual([]);
    });

    it("frees the name", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "exit", code: 0 });
      const id = await mustPrepare(engine, order);
      await engine.remove(id);
      expect(await mustPrepare(engine, order)).not.toBe(id);
    });
  });
}
