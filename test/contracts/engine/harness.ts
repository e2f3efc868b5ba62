import type { AttemptOrder, Engine, ObjectState, Prepared } from "../../../src/engines/engine.ts";
import type { ComposeTemplate } from "../../../src/job/job.ts";

/** What the process of a test does, in words that every engine's test can turn into a real one. */
export type Workload =
  | { readonly does: "exit"; readonly code: number }
  /** Prints `out 1` and `err 1` to `out N` and `err N`, each on its own stream, and exits with 0. */
  | { readonly does: "count"; readonly to: number }
  /** Prints a line, then runs until it gets the stop signal. */
  | { readonly does: "wait" }
  | { readonly does: "ignore the stop signal" }
  | { readonly does: "die of signal 9" }
  | { readonly does: "use up its memory" }
  /** The command is not in the image. */
  | { readonly does: "not exist" };

/** An engine, and what a test needs around it. */
export interface EngineUnderTest {
  readonly engine: Engine;
  /** Another instance on the same host. */
  readonly neighbour: Engine;
  /** For the names of objects, where several tests share a host. */
  readonly prefix: string;
  /** Whether it brings images itself. Where each node does, a missing image shows only when a run needs it. */
  readonly pulls: boolean;
  /** What its answer to "for want of memory?" may be, where that was so. */
  readonly saysOfMissingMemory: readonly (boolean | "unknown")[];
  /** Of its nodes, the one whose engine it is. Absent where there is only one machine. */
  ownNode?(): Promise<string>;
  template(workload: Workload): ComposeTemplate;
  /** Makes an object that is none of ours, and answers with its ID. */
  makeForeign(name: string): Promise<string>;
  /** Whether there is an object of that name, of whatever instance. */
  exists(name: string): Promise<boolean>;
  /** Removes an object as somebody else would, past the engine under test. */
  removeUnseen(id: string): Promise<void>;
  /** Removes all that the test made. */
  close(): Promise<void>;
}

export type MakeEngine = () => Promise<EngineUnderTest>;

/** A test of the contract: it is given an engine of which nothing else uses the objects. */
export type ContractTest = (name: string, body: (host: EngineUnderTest) => Promise<void>) => void;

/** An attempt of a run of its own; say only what matters to the test. */
export function anOrder(test: EngineUnderTest, workload: Workload, change: Partial<AttemptOrder> = {}): AttemptOrder {
  const run = change.run ?? `${test.prefix}backup-20261118t030000z`;
  const attempt = change.attempt ?? 1;
  return {
    objectName: `${run}-${attempt}`,
    job: "backup",
    run,
    attempt,
    trigger: "schedule",
    scheduledAt: new Date("2026-11-18T03:00:00Z"),
    definition: "d1",
    template: test.template(workload),
    stopGracePeriodMs: 10_000,
    ...change,
  };
}

/** Prepares the object, which the engine must not refuse, and answers with its ID. */
export async function mustPrepare(engine: Engine, order: AttemptOrder): Promise<string> {
  const prepared = await engine.prepare(order);
  if (prepared.kind !== "prepared") throw new Error(`not prepared: ${JSON.stringify(prepared)}`);
  return prepared.objectId;
}

/** Prepares and activates it. */
export async function mustStart(engine: Engine, order: AttemptOrder): Promise<string> {
  const id = await mustPrepare(engine, order);
  const activated = await engine.activate({ id, name: order.objectName });
  if (activated.kind !== "activated") throw new Error(`not activated: ${JSON.stringify(activated)}`);
  return id;
}

export async function stateOf(engine: Engine, id: string): Promise<ObjectState | undefined> {
  return (await engine.look([id])).get(id);
}

/** The object's state as soon as it has ended. */
export function untilEnded(engine: Engine, id: string): Promise<ObjectState> {
  return untilPhase(engine, id, ["ended"]);
}

/** Looks at each of the engine's wakes, and now and then without one, as the scheduler does: a wake is a hint only. */
async function untilPhase(engine: Engine, id: string, phases: readonly ObjectState["phase"][]): Promise<ObjectState> {
  const watching = new AbortController();
  let again: NodeJS.Timeout | undefined;
  try {
    return await new Promise<ObjectState>((resolve, reject) => {
      const check = async () => {
        const state = await stateOf(engine, id);
        if (state === undefined || phases.includes(state.phase)) resolve(state ?? { phase: "inert" });
      };
      engine.watch(() => void check().catch(reject), watching.signal);
      again = setInterval(() => void check().catch(reject), 1000);
    });
  } finally {
    clearInterval(again);
    watching.abort();
  }
}

/** Resolves at its first line: until then, a process may not have set itself up for signals, and be deaf to them. */
export async function untilItPrints(engine: Engine, id: string): Promise<void> {
  for await (const _line of engine.logs(id, { tail: "all" }, new AbortController().signal)) return;
}

/** The object's state as soon as its process runs, or it has ended. */
export function untilRunning(engine: Engine, id: string): Promise<ObjectState> {
  return untilPhase(engine, id, ["running", "ended"]);
}

/** What the engine has against it, wherever that shows: when it is prepared, activated, or looked at. */
export async function rejectionOf(
  engine: Engine,
  order: AttemptOrder,
): Promise<Exclude<Prepared, { kind: "prepared" }>> {
  const prepared = await engine.prepare(order);
  if (prepared.kind !== "prepared") return prepared;
  const activated = await engine.activate({ id: prepared.objectId, name: prepared.objectName });
  if (activated.kind === "rejected") return activated;
  const state = await untilEnded(engine, prepared.objectId);
  if (state.phase === "ended" && state.end.kind === "rejected") return state.end;
  throw new Error(`not rejected: ${JSON.stringify(state)}`);
}

/** Starts it, and answers with its state when it has ended. */
export async function runToEnd(engine: Engine, order: AttemptOrder): Promise<ObjectState> {
  return untilEnded(engine, await mustStart(engine, order));
}

/** What a shell does for it. */
export function commandFor(workload: Workload): readonly string[] {
  const shell = (script: string) => ["sh", "-c", script];
  switch (workload.does) {
    case "exit":
      return shell(`exit ${workload.code}`);
    case "count":
      return shell(`i=1; while [ $i -le ${workload.to} ]; do echo out $i; echo err $i >&2; i=$((i+1)); done`);
    case "wait":
      return shell("echo waiting; exec sleep 1000");
    case "ignore the stop signal":
      return shell('trap "" TERM; echo waiting; while :; do sleep 1000; done');
    case "die of signal 9":
      return shell("kill -9 $$");
    case "use up its memory":
      return shell("tail /dev/zero");
    case "not exist":
      return ["shipbell-no-such-command"];
  }
}
