import type { AttemptOrder } from "../../../src/engines/engine.ts";
import type { Execution } from "../../support/fake-world.ts";
import type { Stage } from "./stage.ts";

/** Each attempt is executed at most once, only when its record binds it, and never next to another that it must not meet. */
export function* executionPromises(execution: Execution, { world, store, oracle }: Stage): Iterable<string> {
  const { object, attempt } = execution;
  const { order } = object;
  if (order === undefined) return;
  const before = oracle.executedBefore.get(order.job) ?? 0;
  const isSame = (other: Execution, index: number) =>
    other.object === object || (other.attempt === attempt && index >= before);
  const times = world.executions.filter(isSame).length;
  if (times > 1) yield `${attempt} is executed ${times} times`;
  const read = store.readRecord(order.job);
  const record = read?.kind === "record" ? read.record : undefined;
  const bound = record?.runs.flatMap(({ attempts }) => attempts).find(({ objectId }) => objectId === object.id);
  const bindingRun = record?.runs.find(({ attempts }) => attempts.some(({ objectId }) => objectId === object.id));
  if (bindingRun !== undefined && bindingRun.trigger !== order.trigger)
    yield `${object.name} runs as ${order.trigger}, and is recorded as ${bindingRun.trigger}`;
  if (bindingRun !== undefined && bindingRun.definition !== order.definition)
    yield `${object.name} runs under another definition than is recorded`;
  if (bound === undefined) yield `${object.name} runs, and no record binds it`;
  else if (bound.outcome !== undefined) yield `${object.name} runs after it was recorded as ${bound.outcome.kind}`;
  const allows = ({ definition }: AttemptOrder) => oracle.definitions.get(definition)?.policies.overlap === "allow";
  if (allows(order)) return;
  for (const other of world.everMade.values()) {
    if (other === object || other.life.phase !== "running" || other.order?.job !== order.job) continue;
    // It was bound later, and its definition lets it.
    if (allows(other.order)) continue;
    const run = record?.runs.find(({ id }) => id === other.order?.run);
    const isLost =
      run === undefined ||
      run.attempts.some(({ objectId, outcome }) => objectId === other.id && outcome?.kind === "lost");
    if (!isLost) yield `${object.name} runs next to ${other.name}`;
  }
}
