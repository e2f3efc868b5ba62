import { describe, expect } from "vitest";
import { EngineError } from "../../../src/engines/engine.ts";
import type { VolumeMount } from "../../../src/job/job.ts";
import { anOrder, type ContractTest, mustPrepare, mustStart, rejectionOf, stateOf, untilEnded } from "./harness.ts";

export function describePreparing(it: ContractTest): void {
  describe("prepare", () => {
    it("makes an object that is inert", async (host) => {
      const { engine } = host;
      const id = await mustPrepare(engine, anOrder(host, { does: "exit", code: 0 }));
      expect(await stateOf(engine, id)).toEqual({ phase: "inert" });
      expect(await engine.list()).toMatchObject([{ id, inert: true, running: false }]);
    });

    it("labels the object with the whole attempt", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "exit", code: 0 }, { attempt: 2, trigger: "catch-up" });
      const id = await mustPrepare(engine, order);
      const { objectName: name, template: _template, stopGracePeriodMs: _grace, ...attempt } = order;
      expect(await engine.list()).toEqual([{ id, name, ...attempt, inert: true, running: false }]);
    });

    it("answers with the same object when it is repeated", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "exit", code: 0 });
      expect(await mustPrepare(engine, order)).toBe(await mustPrepare(engine, order));
    });

    it("makes one object when it is repeated at the same time, whatever each of them is answered", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "exit", code: 0 });
      const told = await Promise.allSettled([1, 2, 3, 4].map(() => mustPrepare(engine, order)));
      const id = await mustPrepare(engine, order);
      for (const answer of told) {
        if (answer.status === "fulfilled") expect(answer.value).toBe(id);
        else expect(answer.reason).toBeInstanceOf(EngineError);
      }
      expect(await engine.list()).toMatchObject([{ id }]);
    });

    it("makes another object for another definition, though an inert one has the name", async (host) => {
      const { engine } = host;
      const old = await mustPrepare(engine, anOrder(host, { does: "exit", code: 0 }));
      const order = anOrder(host, { does: "exit", code: 3 }, { definition: "d2" });
      const prepared = await engine.prepare(order);
      if (prepared.kind !== "prepared") throw new Error(JSON.stringify(prepared));
      const { objectId: id, objectName: name } = prepared;
      expect(id).not.toBe(old);
      const others = (await engine.list()).filter((object) => object.id !== id);
      expect(others.filter((object) => object.id !== old || !object.inert)).toEqual([]);
      expect(await engine.list()).toContainEqual(expect.objectContaining({ id, name, definition: "d2", inert: true }));
      expect(await engine.prepare(order)).toEqual(prepared);
      expect(await engine.activate({ id, name })).toEqual({ kind: "activated" });
      expect(await untilEnded(engine, id)).toMatchObject({ end: { exitCode: 3 } });
    });

    it("makes another object for another trigger: what runs is told which one it was", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "exit", code: 0 });
      const early = await mustPrepare(engine, order);
      const late = await mustPrepare(engine, { ...order, trigger: "catch-up" });
      expect(late).not.toBe(early);
      expect(await engine.list()).toContainEqual(
        expect.objectContaining({ id: late, trigger: "catch-up", inert: true }),
      );
    });

    it("makes another object where the one that it made was removed meanwhile", async (host) => {
      const { engine } = host;
      const order = anOrder(host, { does: "exit", code: 0 });
      const early = await mustPrepare(engine, order);
      await host.removeUnseen(early);
      const late = await engine.prepare(order);
      if (late.kind !== "prepared") throw new Error(JSON.stringify(late));
      expect(late.objectId).not.toBe(early);
      expect(await engine.activate({ id: late.objectId, name: late.objectName })).toEqual({ kind: "activated" });
      expect(await untilEnded(engine, late.objectId)).toMatchObject({ end: { exitCode: 0 } });
    });

    it("leaves a foreign object alone that has the name", async (host) => {
      const order = anOrder(host, { does: "exit", code: 0 });
      await host.makeForeign(order.objectName);
      expect(await host.engine.prepare(order)).toMatchObject({ kind: "rejected", reason: "name-taken" });
      expect(await host.exists(order.objectName)).toBe(true);
    });

    it("leaves another instance's object alone that has the name", async (host) => {
      const order = anOrder(host, { does: "exit", code: 0 });
      const theirs = await mustPrepare(host.neighbour, order);
      expect(await host.engine.prepare(order)).toMatchObject({ kind: "rejected", reason: "name-taken" });
      expect(await stateOf(host.neighbour, theirs)).toEqual({ phase: "inert" });
    });

    it("never hands out an object that was activated before", async (host) => {
      const order = anOrder(host, { does: "wait" });
      await mustStart(host.engine, order);
      expect(await host.engine.prepare(order)).toMatchObject({ kind: "rejected", reason: "name-taken" });
    });

    it("says that the image is missing, unless it is for the nodes to see", async (host) => {
      const { engine, pulls } = host;
      const image = "localhost:1/shipbell-contract/no-such-image:1";
      const template = { ...host.template({ does: "exit", code: 0 }), image };
      const rejection = await rejectionOf(engine, anOrder(host, { does: "exit", code: 0 }, { template }));
      // Where the nodes pull for themselves, no registry answers them.
      const message = expect.stringContaining(pulls ? image : "localhost:1");
      if (pulls) expect(rejection).toEqual({ kind: "image-missing", image, message });
      else expect(rejection).toEqual({ kind: "rejected", reason: "registry-unreachable", message });
      expect(await engine.list()).toHaveLength(pulls ? 0 : 1);
    });

    it("refuses a bind mount whose source is not there, then or when it is activated, and does not make it", async (host) => {
      const volumes: VolumeMount[] = [
        { type: "bind", source: "/shipbell-no-such-folder", target: "/data", readOnly: false },
      ];
      const template = { ...host.template({ does: "exit", code: 0 }), volumes };
      const order = anOrder(host, { does: "exit", code: 0 }, { template });
      expect(await rejectionOf(host.engine, order)).toMatchObject({
        kind: "rejected",
        reason: "bad-definition",
        message: expect.stringContaining("/shipbell-no-such-folder"),
      });
    });

    it("refuses volumes from an object that is not there", async (host) => {
      const template = { ...host.template({ does: "exit", code: 0 }), volumesFrom: ["shipbell-no-such-container"] };
      const prepared = await host.engine.prepare(anOrder(host, { does: "exit", code: 0 }, { template }));
      expect(prepared).toMatchObject({ kind: "rejected", reason: "bad-definition" });
    });

    it("refuses a copy of an object that is not there", async (host) => {
      const of = { kind: host.engine.objectKind, name: "shipbell-no-such-object", version: "0".repeat(64) } as const;
      const order = anOrder(host, { does: "exit", code: 0 }, { template: { kind: "clone", of } });
      expect(await host.engine.prepare(order)).toMatchObject({ kind: "rejected", reason: "template-missing" });
    });
  });

  describe("pull", () => {
    it("rejects an image that cannot be had, unless the nodes pull for themselves", async (host) => {
      const { signal } = new AbortController();
      const pulled = await host.engine.pull("localhost:1/shipbell/no-such-image:1", signal);
      expect(pulled).toMatchObject(
        host.pulls ? { kind: "rejected", reason: "registry-unreachable" } : { kind: "pulled" },
      );
    });

    it("gives up when it is aborted", async (host) => {
      const pulled = host.engine.pull("localhost:1/shipbell/no-such-image:1", AbortSignal.abort());
      await expect(pulled).rejects.toMatchObject({ name: "EngineTrouble" });
    });
  });
}
