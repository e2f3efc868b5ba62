import {
  type AttemptOrder,
  type Engine,
  EngineTrouble,
  EngineUnavailable,
  type ObjectState,
  type Prepared,
} from "../../../src/engines/engine.ts";
import type { Ledger, RecordChange, Swap } from "../../../src/ledger/ledger.ts";
import type { InstanceRecord, JobRecord } from "../../../src/ledger/record.ts";
import type { FakeWorld } from "../../support/fake-world.ts";
import { MANAGER } from "./node-plan.ts";
import type { Sabotage, Stage } from "./stage.ts";

/** Bugs between a scheduler and the outside, by name: each of them breaks a promise that a story can show. */
export const PLANTED: Readonly<Record<string, Sabotage>> = {
  "an object is removed before its end is recorded": {
    engine: (engine) => changed(engine, { look: (ids) => lookAndRemove(engine, ids) }),
  },
  "an object is activated before the swap": {
    engine: (engine) =>
      changed(engine, {
        prepare: async (order) => {
          const prepared = await engine.prepare(order);
          if (prepared.kind === "prepared") await engine.activate({ id: prepared.objectId, name: prepared.objectName });
          return prepared;
        },
      }),
  },
  "what was prepared is used under any definition": {
    engine: (engine, { world }) =>
      changed(engine, { prepare: async (order) => findInert(world, order) ?? engine.prepare(order) }),
  },
  "what was prepared for the schedule is used to catch up": {
    engine: (engine, { world }) =>
      changed(engine, {
        prepare: async (order) => {
          const found = findInert(world, order);
          const isOfDefinition = world.find(order.objectName)?.order?.definition === order.definition;
          return found !== undefined && isOfDefinition ? found : engine.prepare(order);
        },
      }),
  },
  "an object without a task is taken for one that succeeded": {
    engine: (engine, { clock }) =>
      changed(engine, {
        look: async (ids) => {
          const end = { kind: "exited", exitCode: 0, oom: false } as const;
          const finished: ObjectState = { phase: "ended", end, finishedAt: clock.now() };
          const states = [...(await engine.look(ids))];
          return new Map(states.map(([id, state]) => [id, state.phase === "pending" ? finished : state]));
        },
      }),
  },
  "a start is repeated without a fence": {
    engine: (engine, { world }) =>
      changed(engine, {
        activateAgain: (id) => engine.activate({ id, name: world.everMade.get(id)?.name ?? "" }),
      }),
  },
  "an unknown swap is taken for lost": {
    ledger: (ledger) =>
      swapping(ledger, async (job, change) => {
        const swap = await ledger.update(job, change);
        return swap.result === "unknown" ? { result: "lost", record: await ledger.read(job) } : swap;
      }),
  },
  "a swap has no nonce: a record that has moved is taken for won": {
    ledger: (ledger, stage) => swapping(ledger, (job, change) => swapWithoutNonce(ledger, stage, job, change)),
  },
  "a changed schedule keeps the cursor": {
    ledger: (ledger) =>
      writing(ledger, (before, after) => {
        const isOther = JSON.stringify(before.definition.schedules) !== JSON.stringify(after.definition.schedules);
        return isOther ? { ...after, cursor: before.cursor } : after;
      }),
  },
  "generations are not compared": { ledger: withoutGenerations },
  "what is late for whatever reason counts as a gap": {
    ledger: (ledger) => writing(ledger, (_before, { admittedThrough: _admitted, ...after }) => after),
  },
  "a pause holds only while a scheduler is there": {
    ledger: (ledger) => showing(ledger, ({ holds: _holds, ...record }) => record),
  },
  "a pause of all jobs holds only while a scheduler is there": {
    ledger: (ledger) => showingInstance(ledger, ({ holds: _holds, ...instance }) => instance),
  },
  "what is decided is decided without a look at the pause of all jobs": {
    ledger: (ledger) => showingInstance(ledger, ({ paused: _paused, ...instance }) => instance),
  },
  "the end of a pause is not known": {
    ledger: (ledger) => showing(ledger, withoutEnd),
  },
  "trouble with one object is taken for an engine that is down": {
    engine: (engine, { clock }) => {
      let downUntil = 0;
      const taken = <A extends unknown[], T>(call: (...args: A) => Promise<T>) => {
        return async (...args: A) => {
          try {
            return await call(...args);
          } catch (error) {
            if (!(error instanceof EngineTrouble)) throw error;
            downUntil = clock.now().getTime() + 60_000;
            throw new EngineUnavailable(error.message);
          }
        };
      };
      return changed(engine, {
        prepare: taken((order) => engine.prepare(order)),
        activate: taken((object) => engine.activate(object)),
        stop: taken((id, gracePeriodMs) => engine.stop(id, gracePeriodMs)),
        withdraw: taken((id) => engine.withdraw(id)),
        remove: taken((id) => engine.remove(id)),
        greet: () =>
          clock.now().getTime() < downUntil ? Promise.reject(new EngineUnavailable("no answer")) : engine.greet(),
      });
    },
  },
  "a start that hangs is waited for without end": {
    engine: (engine) =>
      changed(engine, {
        prepare: (order) =>
          engine
            .prepare(order)
            .catch((error) => (isOfOneObject(error) ? new Promise<never>(() => {}) : Promise.reject(error))),
      }),
  },
  "what waits to be told is lost with the next change": {
    ledger: (ledger) => writing(ledger, (_before, { notices: _notices, ...after }) => after),
  },
  "what was told is forgotten": {
    ledger: (ledger) => writing(ledger, (_before, after) => withoutFailures(after)),
  },
  "the loop waits for what is told": {
    ledger: (ledger, stage) =>
      swapping(ledger, async (job, change) => {
        const swap = await ledger.update(job, change);
        if (swap.result === "won" && swap.record.notices !== undefined) await stage.wait(60_000);
        return swap;
      }),
  },
  "an end of the other job is left out when one is decided": {
    ledger: (ledger) =>
      writing(ledger, (before, { after, ...record }) => {
        const isDecided = after !== undefined && before.after?.on === after.on && after.matched > before.after.matched;
        if (after === undefined || !isDecided) return { ...record, ...(after && { after }) };
        return { ...record, after: { ...after, ended: after.ended + 1, matched: after.matched + 1 } };
      }),
  },
  "an end of the other job stays undecided when it starts a run": {
    ledger: (ledger) =>
      writing(ledger, (before, after) => {
        const isStart = after.totals.started.after !== before.totals.started.after;
        return isStart && before.after ? { ...after, after: before.after } : after;
      }),
  },
  "a node that is drained is taken for one that takes work": {
    engine: (engine) =>
      changed(engine, {
        nodes: async (signal) => {
          const nodes = await engine.nodes(signal);
          return nodes.map((node) => (node.name === MANAGER ? node : { ...node, availability: "active" }));
        },
      }),
  },
  "what the job of a node starts may run on any node": {
    engine: (engine) => changed(engine, { prepare: (order) => engine.prepare(withoutNode(order)) }),
  },
  "the cursor stays when occurrences are skipped": {
    ledger: (ledger) =>
      writing(ledger, (before, after) => {
        const isSkip = JSON.stringify(before.totals.skipped) !== JSON.stringify(after.totals.skipped);
        return isSkip ? { ...after, cursor: before.cursor } : after;
      }),
  },
};

function withoutNode({ template, ...order }: AttemptOrder): AttemptOrder {
  if (template.kind !== "compose") return { ...order, template };
  const { placement } = template;
  const constraints = placement.constraints.filter((constraint) => !constraint.startsWith("node.id"));
  return { ...order, template: { ...template, placement: { ...placement, constraints } } };
}

function isOfOneObject(error: unknown): boolean {
  return error instanceof EngineTrouble;
}

function findInert(world: FakeWorld, { objectName }: AttemptOrder): Prepared | undefined {
  const object = world.find(objectName);
  return object?.life.phase === "inert" ? { kind: "prepared", objectId: object.id, objectName } : undefined;
}

/** Every record that is read is shown in this way. */
function showing(ledger: Ledger, show: (record: JobRecord) => JobRecord): Ledger {
  const shown = (record: JobRecord | undefined) => record && show(record);
  return {
    ...swapping(ledger, async (job, change) => {
      const swap = await ledger.update(job, (record, instance) => change(shown(record), instance));
      return swap.result === "unknown" ? swap : ({ ...swap, record: shown(swap.record) } as Swap);
    }),
    load: async () => {
      const { records, ...others } = await ledger.load();
      return { records: new Map([...records].map(([job, record]) => [job, show(record)])), ...others };
    },
    read: async (job) => shown(await ledger.read(job)),
  };
}

/** The record of the instance is shown in this way wherever something is decided. */
function showingInstance(ledger: Ledger, show: (instance: InstanceRecord) => InstanceRecord): Ledger {
  const shown = (instance: InstanceRecord | undefined) => instance && show(instance);
  return {
    ...swapping(ledger, (job, change) => ledger.update(job, (record, instance) => change(record, shown(instance)))),
    load: async () => {
      const { instance, ...others } = await ledger.load();
      return { ...others, ...(instance && { instance: show(instance) }) };
    },
    readInstance: async () => shown(await ledger.readInstance()),
  };
}

function withoutFailures({ told, ...record }: JobRecord): JobRecord {
  if (told?.open === undefined) return { ...record, ...(told && { told }) };
  const open = Object.entries(told.open).map(([channel, { failed: _failed, ...others }]) => [channel, others]);
  return { ...record, told: { ...told, open: Object.fromEntries(open) } };
}

function withoutEnd({ paused, ...record }: JobRecord): JobRecord {
  if (paused === undefined) return record;
  const { until: _until, ...endless } = paused;
  return { ...record, paused: endless };
}

async function lookAndRemove(engine: Engine, ids: readonly string[]) {
  const states = await engine.look(ids);
  for (const [id, { phase }] of states) if (phase === "ended" && !engine.keepsEnded) await engine.remove(id);
  return states;
}

async function swapWithoutNonce(ledger: Ledger, stage: Stage, job: string, change: RecordChange): Promise<Swap> {
  const before = stage.store.texts.get(job);
  const swap = await ledger.update(job, change);
  if (swap.result !== "unknown") return swap;
  await stage.wait(1000);
  const record = await ledger.read(job);
  return record === undefined || stage.store.texts.get(job) === before ? swap : { result: "won", record };
}

function withoutGenerations(ledger: Ledger): Ledger {
  const shown = (record: JobRecord | undefined) =>
    record && { ...record, definition: { ...record.definition, generation: 0 } };
  return {
    load: async () => {
      const { records, ...others } = await ledger.load();
      return { records: new Map([...records].map(([job, record]) => [job, shown(record) ?? record])), ...others };
    },
    read: async (job) => shown(await ledger.read(job)),
    update: async (job, change) => {
      const swap = await ledger.update(job, (record, instance) => {
        const after = change(shown(record), instance);
        if (record === undefined || after === undefined || after.definition.generation > 0) return after;
        return { ...after, definition: { ...after.definition, generation: record.definition.generation } };
      });
      return swap.result === "unknown" ? swap : ({ ...swap, record: shown(swap.record) } as Swap);
    },
    remove: (job) => ledger.remove(job),
    nextGeneration: () => ledger.nextGeneration(),
    watch: (wake, signal) => ledger.watch(wake, signal),
    readInstance: () => ledger.readInstance(),
    updateInstance: (change) => ledger.updateInstance(change),
    watchInstance: (wake, signal) => ledger.watchInstance(wake, signal),
    readPool: (pool) => ledger.readPool(pool),
    updatePool: (pool, change) => ledger.updatePool(pool, change),
    watchPools: (pools, wake, signal) => ledger.watchPools(pools, wake, signal),
  };
}

/** Every record that is written is spoilt in this way. */
function writing(ledger: Ledger, spoil: (before: JobRecord, after: JobRecord) => JobRecord): Ledger {
  return swapping(ledger, (job, change) =>
    ledger.update(job, (record, instance) => {
      const after = change(record, instance);
      return record === undefined || after === undefined ? after : spoil(record, after);
    }),
  );
}

function swapping(ledger: Ledger, update: Ledger["update"]): Ledger {
  return {
    load: () => ledger.load(),
    read: (job) => ledger.read(job),
    update,
    remove: (job) => ledger.remove(job),
    nextGeneration: () => ledger.nextGeneration(),
    watch: (wake, signal) => ledger.watch(wake, signal),
    readInstance: () => ledger.readInstance(),
    updateInstance: (change) => ledger.updateInstance(change),
    watchInstance: (wake, signal) => ledger.watchInstance(wake, signal),
    readPool: (pool) => ledger.readPool(pool),
    updatePool: (pool, change) => ledger.updatePool(pool, change),
    watchPools: (pools, wake, signal) => ledger.watchPools(pools, wake, signal),
  };
}

function changed(engine: Engine, change: Partial<Engine>): Engine {
  return {
    objectKind: engine.objectKind,
    keepsEnded: engine.keepsEnded,
    pulls: engine.pulls,
    mayOutliveRemoval: engine.mayOutliveRemoval,
    keepsOutput: (id) => engine.keepsOutput(id),
    greet: () => engine.greet(),
    nodes: (signal) => engine.nodes(signal),
    watchNodes: (wake, signal) => engine.watchNodes(wake, signal),
    list: () => engine.list(),
    usage: (id, signal) => engine.usage(id, signal),
    look: (ids) => engine.look(ids),
    prepare: (order) => engine.prepare(order),
    preparesAhead: (template) => engine.preparesAhead(template),
    pull: (image, signal) => engine.pull(image, signal),
    activate: (object) => engine.activate(object),
    activateAgain: (id) => engine.activateAgain(id),
    stop: (id, gracePeriodMs) => engine.stop(id, gracePeriodMs),
    withdraw: (id) => engine.withdraw(id),
    remove: (id) => engine.remove(id),
    logs: (id, options, signal) => engine.logs(id, options, signal),
    watch: (wake, signal) => engine.watch(wake, signal),
    ...change,
  };
}
