import { describe, expect } from "vitest";
import { type Engine, EngineError, type LogOptions, OutputGone, type OutputLine } from "../../../src/engines/engine.ts";
import { OutputProgress } from "../../../src/engines/output.ts";
import {
  anOrder,
  type ContractTest,
  mustPrepare,
  mustStart,
  untilEnded,
  untilItPrints,
  untilRunning,
} from "./harness.ts";

export function describeObserving(it: ContractTest): void {
  describe("list and look", () => {
    it("show only this instance's objects", async (host) => {
      const { engine, neighbour } = host;
      await mustPrepare(neighbour, anOrder(host, { does: "exit", code: 0 }));
      await host.makeForeign(`${host.prefix}foreign`);
      const ours = await mustPrepare(engine, anOrder(host, { does: "exit", code: 0 }, { attempt: 2 }));
      expect((await engine.list()).map(({ id }) => id)).toEqual([ours]);
    });

    it("show what has ended", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "exit", code: 0 }));
      await untilEnded(engine, id);
      expect(await engine.list()).toMatchObject([{ id, inert: false, running: false }]);
    });

    it("leave out of the answer what is not there", async (host) => {
      const { engine } = host;
      const id = await mustPrepare(engine, anOrder(host, { does: "exit", code: 0 }));
      expect([...(await engine.look(["no-such-object", id])).keys()]).toEqual([id]);
    });
  });

  describe("what a process uses", () => {
    const { signal } = new AbortController();

    it("is known while it runs on the engine's own machine, and only then", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "wait" }));
      const state = await untilRunning(engine, id);
      const node = state.phase === "running" ? state.node : undefined;
      const isHere = host.ownNode === undefined || node === (await host.ownNode());
      const known = { cpuMs: expect.toSatisfy(isAbove0), peakMemoryBytes: expect.toSatisfy(isAbove0) };
      expect(await engine.usage(id, signal)).toEqual(isHere ? known : undefined);
      await engine.stop(id, 0);
      await untilEnded(engine, id);
      expect(await engine.usage(id, signal)).toBeUndefined();
    });

    it("is not known of what does not exist, or has not started", async (host) => {
      const { engine } = host;
      const id = await mustPrepare(engine, anOrder(host, { does: "wait" }));
      expect(await engine.usage(id, signal)).toBeUndefined();
      await engine.remove(id);
      expect(await engine.usage(id, signal)).toBeUndefined();
    });
  });

  describe("nodes", () => {
    it("are the machines on which runs are, by the names that runs tell", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "wait" }));
      const state = await untilRunning(engine, id);
      const node = state.phase === "running" ? state.node : undefined;
      const nodes = await engine.nodes(new AbortController().signal);
      const { version } = await engine.greet();
      expect(nodes).toContainEqual(
        expect.objectContaining({ state: "ready", availability: "active", engineVersion: version }),
      );
      expect(nodes.map(({ name }) => name)).toContain(node ?? nodes[0]?.name);
    });

    it("say in a Swarm what placement constraints ask for, and nothing of it elsewhere", async ({ engine }) => {
      const nodes = await engine.nodes(new AbortController().signal);
      for (const { role, name, traits } of nodes)
        expect(traits === undefined ? undefined : { role: traits.role, hostname: traits.hostname }).toEqual(
          role === undefined ? undefined : { role, hostname: name },
        );
    });

    it("are no longer asked for once nobody wants to know", async ({ engine }) => {
      await expect(engine.nodes(AbortSignal.abort(new Error("gone")))).rejects.toThrow(EngineError);
    });
  });

  describe("logs", () => {
    it("give a thousand lines of two streams, each in order, and end with the process", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "count", to: 500 }));
      const lines = await readAll(engine, id);
      const of = (stream: string) => lines.filter((line) => line.stream === stream).map(({ line }) => line);
      expect(of("stdout")).toEqual(Array.from({ length: 500 }, (_, i) => `out ${i + 1}`));
      expect(of("stderr")).toEqual(Array.from({ length: 500 }, (_, i) => `err ${i + 1}`));
      expect((await untilEnded(engine, id)).phase).toBe("ended");
    });

    it("give the lines of a process that has ended, from the last ones on", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "count", to: 20 }));
      await untilEnded(engine, id);
      expect(await readAll(engine, id)).toHaveLength(40);
      expect(await readAll(engine, id, { tail: 7 })).toHaveLength(7);
      expect(await readAll(engine, id, { tail: 0 })).toHaveLength(0);
    });

    it("give the lines behind a place, each once, also when they are read in many goes", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "count", to: 5 }));
      const all = await readAll(engine, id);
      await untilEnded(engine, id);
      const progress = new OutputProgress({ tail: "all" });
      const read: OutputLine[] = [];
      for (let go = 0; go <= all.length; go++) {
        const [next] = await readAll(engine, id, {
          tail: "all",
          ...(progress.position && { after: progress.position }),
        });
        if (next === undefined) break;
        progress.note(next);
        read.push(next);
      }
      expect(read).toEqual(all);
    });

    it("give a line as soon as it is printed, and end quietly when the reader stops", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "wait" }));
      const reading = new AbortController();
      const lines: string[] = [];
      for await (const { line } of engine.logs(id, { tail: "all" }, reading.signal)) {
        lines.push(line);
        expect(await untilRunning(engine, id)).toMatchObject({ phase: "running" });
        reading.abort();
      }
      expect(lines).toEqual(["waiting"]);
    });

    it("give what is there now, when that is all that is wanted", async (host) => {
      const { engine } = host;
      const id = await mustStart(engine, anOrder(host, { does: "wait" }));
      await untilItPrints(engine, id);
      await untilRunning(engine, id);
      const lines = await readAll(engine, id, { tail: "all", follow: false });
      expect(lines.map(({ line }) => line)).toEqual(["waiting"]);
    });

    it("of what is not there are gone", async (host) => {
      await expect(readAll(host.engine, "no-such-object")).rejects.toBeInstanceOf(OutputGone);
    });
  });

  describe("watch", () => {
    it("wakes with the job's name when its process starts, and when it ends", async (host) => {
      const { engine } = host;
      const watching = new AbortController();
      const heard = listen(engine, watching.signal);
      const id = await mustStart(engine, anOrder(host, { does: "wait" }, { job: "nightly" }));
      await heard("nightly");
      await untilItPrints(engine, id);
      const woken = heard("nightly");
      await engine.stop(id, 10_000);
      await woken;
      watching.abort();
    });

    it("wakes without a name when it begins, since anything may have happened before", async (host) => {
      const watching = new AbortController();
      await new Promise<void>((resolve) => {
        host.engine.watch((job) => job === undefined && resolve(), watching.signal);
      });
      watching.abort();
    });

    it("does not wake for another instance", async (host) => {
      const { engine, neighbour } = host;
      const watching = new AbortController();
      const heard: (string | undefined)[] = [];
      engine.watch((job) => heard.push(job), watching.signal);
      await untilEnded(
        neighbour,
        await mustStart(neighbour, anOrder(host, { does: "exit", code: 0 }, { job: "theirs" })),
      );
      await untilEnded(
        engine,
        await mustStart(engine, anOrder(host, { does: "exit", code: 0 }, { job: "ours", attempt: 2 })),
      );
      expect(heard).not.toContain("theirs");
      watching.abort();
    });
  });
}

async function readAll(engine: Engine, id: string, options: LogOptions = { tail: "all" }): Promise<OutputLine[]> {
  const lines: OutputLine[] = [];
  for await (const line of engine.logs(id, options, new AbortController().signal)) lines.push(line);
  return lines;
}

/** Watches; the answer waits for the next wake with that name. */
function listen(engine: Engine, signal: AbortSignal): (job: string) => Promise<void> {
  const waiting = new Map<string, () => void>();
  const early = new Set<string>();
  engine.watch((job = "") => {
    const resolve = waiting.get(job);
    waiting.delete(job);
    if (resolve === undefined) early.add(job);
    else resolve();
  }, signal);
  return (job) => (early.delete(job) ? Promise.resolve() : new Promise((resolve) => waiting.set(job, resolve)));
}

function isAbove0(figure: number): boolean {
  return figure > 0;
}
