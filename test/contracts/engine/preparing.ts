import { describe, expect, it } from "vitest";
import type { VolumeMount } from "../../../src/jobs/job.ts";
import { EngineUnavailable } from "../../../src/runs/engine.ts";
import { anOrder, type EngineUnderTest, mustPrepare, mustStart, stateOf } from "./harness.ts";

export function describePreparing(get: () => EngineUnderTest): void {
  describe("prepare", () => {
    it("makes an object that is inert", async () => {
      const { engine } = get();
      const id = await mustPrepare(engine, anOrder(get(), { does: "exit", code: 0 }));
      expect(await stateOf(engine, id)).toEqual({ phase: "inert" });
      expect(await engine.list()).toMatchObject([{ id, inert: true, running: false }]);
    });

    it("labels the object with the whole attempt", async () => {
      const { engine } = get();
      const order = anOrder(get(), { does: "exit", code: 0 }, { attempt: 2, trigger: "catch-up" });
      const id = await mustPrepare(engine, order);
      const { objectName: name, template: _template, ...attempt } = order;
      expect(await engine.list()).toEqual([{ id, name, ...attempt, inert: true, running: false }]);
    });

    it("answers with the same object when it is repeated", async () => {
      const { engine } = get();
      const order = anOrder(get(), { does: "exit", code: 0 });
      expect(await mustPrepare(engine, order)).toBe(await mustPrepare(engine, order));
    });

    it("makes one object when it is repeated at the same time, whatever each of them is told", async () => {
      const { engine } = get();
      const order = anOrder(get(), { does: "exit", code: 0 });
      const told = await Promise.allSettled([1, 2, 3, 4].map(() => mustPrepare(engine, order)));
      const id = await mustPrepare(engine, order);
      for (const answer of told) {
        if (answer.status === "fulfilled") expect(answer.value).toBe(id);
        else expect(answer.reason).toBeInstanceOf(EngineUnavailable);
      }
      expect(await engine.list()).toMatchObject([{ id }]);
    });

    it("makes an inert object of another definition anew", async () => {
      const { engine } = get();
      const old = await mustPrepare(engine, anOrder(get(), { does: "exit", code: 0 }));
      const id = await mustPrepare(engine, anOrder(get(), { does: "exit", code: 3 }, { definition: "d2" }));
      expect(id).not.toBe(old);
      expect(await engine.list()).toMatchObject([{ id, definition: "d2" }]);
    });

    it("leaves a foreign object alone that has the name", async () => {
      const order = anOrder(get(), { does: "exit", code: 0 });
      await get().makeForeign(order.objectName);
      expect(await get().engine.prepare(order)).toMatchObject({ kind: "rejected", reason: "name-taken" });
      expect(await get().exists(order.objectName)).toBe(true);
    });

    it("leaves another instance's object alone that has the name", async () => {
      const order = anOrder(get(), { does: "exit", code: 0 });
      const theirs = await mustPrepare(get().neighbour, order);
      expect(await get().engine.prepare(order)).toMatchObject({ kind: "rejected", reason: "name-taken" });
      expect(await stateOf(get().neighbour, theirs)).toEqual({ phase: "inert" });
    });

    it("never hands out an object that was activated before", async () => {
      const order = anOrder(get(), { does: "wait" });
      await mustStart(get().engine, order);
      expect(await get().engine.prepare(order)).toMatchObject({ kind: "rejected", reason: "name-taken" });
    });

    it("says that the image is missing", async () => {
      const order = anOrder(get(), { does: "exit", code: 0 });
      const image = "shipbell-contract/no-such-image:1";
      const prepared = await get().engine.prepare({
        ...order,
        template: { ...get().template({ does: "exit", code: 0 }), image },
      });
      expect(prepared).toMatchObject({ kind: "image-missing", image, message: expect.stringContaining(image) });
      expect(await get().engine.list()).toEqual([]);
    });

    it("refuses a bind mount whose source is not there, and does not make it", async () => {
      const volumes: VolumeMount[] = [
        { type: "bind", source: "/shipbell-no-such-folder", target: "/data", readOnly: false },
      ];
      const template = { ...get().template({ does: "exit", code: 0 }), volumes };
      const prepared = await get().engine.prepare(anOrder(get(), { does: "exit", code: 0 }, { template }));
      expect(prepared).toMatchObject({
        kind: "rejected",
        reason: "bad-definition",
        message: expect.stringContaining("/shipbell-no-such-folder"),
      });
    });

    it("refuses volumes from an object that is not there", async () => {
      const template = { ...get().template({ does: "exit", code: 0 }), volumesFrom: ["shipbell-no-such-container"] };
      const prepared = await get().engine.prepare(anOrder(get(), { does: "exit", code: 0 }, { template }));
      expect(prepared).toMatchObject({ kind: "rejected", reason: "bad-definition" });
    });

    it("refuses a copy of an object that is not there", async () => {
      const of = { kind: "container", name: "shipbell-no-such-container", version: "0".repeat(64) } as const;
      const order = anOrder(get(), { does: "exit", code: 0 }, { template: { kind: "clone", of } });
      expect(await get().engine.prepare(order)).toMatchObject({ kind: "rejected", reason: "template-missing" });
    });
  });

  describe("pull", () => {
    it("rejects an image that cannot be had", async () => {
      const { signal } = new AbortController();
      const pulled = await get().engine.pull("localhost:1/shipbell/no-such-image:1", signal);
      expect(pulled).toMatchObject({ kind: "rejected", reason: "image-missing" });
    });

    it("gives up when it is told to", async () => {
      const pulled = get().engine.pull("localhost:1/shipbell/no-such-image:1", AbortSignal.abort());
      await expect(pulled).rejects.toMatchObject({ name: "EngineUnavailable" });
    });
  });
}
