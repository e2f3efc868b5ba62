import type { Attempt, Outcome, Run, Usage } from "../../../src/ledger/record.ts";
import type { FakeObject, FakeWorld } from "../../support/fake-world.ts";
import type { Witnessed } from "./witnessed.ts";

/** What is recorded of an attempt is what the world knows of it, and it stands for ever. */
export function* outcomePromises(witnessed: Witnessed): Iterable<string> {
  const { before, after, world } = witnessed;
  for (const run of after.runs) {
    const old = before?.runs.find(({ id }) => id === run.id);
    if (old?.outcome !== undefined && old.outcome.kind !== run.outcome?.kind) yield `the outcome of ${run.id} changes`;
    for (const attempt of run.attempts) {
      const was = old?.attempts.find(({ number }) => number === attempt.number);
      if (was?.outcome !== undefined) {
        if (was.outcome.kind !== attempt.outcome?.kind) yield `the outcome of ${attempt.objectName} changes`;
      } else if (attempt.outcome !== undefined) {
        const object = world.everMade.get(attempt.objectId ?? "");
        const untrue = whyUntrue(witnessed, { run, attempt, was, outcome: attempt.outcome, object });
        if (attempt.usage !== undefined && !isTrueUsage(attempt.usage, object, world))
          yield `${attempt.objectName} did not use ${JSON.stringify(attempt.usage)}`;
        if (untrue !== undefined) yield `${attempt.objectName} is recorded as ${attempt.outcome.kind}: ${untrue}`;
      }
    }
  }
}

/** Of this very object, and not more than what it was seen to use. */
function isTrueUsage({ cpuMs = 0, peakMemoryBytes }: Usage, object: FakeObject | undefined, world: FakeWorld): boolean {
  const most = object && world.usageOf(object);
  return most !== undefined && cpuMs <= most.cpuMs && peakMemoryBytes === most.peakMemoryBytes;
}

interface Recorded {
  readonly run: Run;
  readonly attempt: Attempt;
  readonly was: Attempt | undefined;
  readonly outcome: Outcome;
  readonly object: FakeObject | undefined;
}

function whyUntrue({ world, oracle }: Witnessed, recorded: Recorded): string | undefined {
  const { outcome, object, run, was } = recorded;
  const isExecuted = object !== undefined && world.executions.some((execution) => execution.object === object);
  if (outcome.kind === "rejected") return isExecuted ? "it was executed" : undefined;
  if (object === undefined) return "there never was such an object";
  const { life } = object;
  const end = life.phase === "ended" ? life.end : undefined;
  switch (outcome.kind) {
    case "succeeded":
    case "failed": {
      if (world.signalled.has(object)) return "it was told to stop before it ended";
      if (end?.kind !== "exited") return `it has not ended, but is ${life.phase}`;
      if (end.exitCode !== outcome.exitCode) return `its exit code is ${end.exitCode}`;
      const isSuccess = run.policies.successExitCodes.includes(end.exitCode);
      return isSuccess === (outcome.kind === "succeeded") ? undefined : `its exit code is ${end.exitCode}`;
    }
    case "lost":
      return whyNotLost(recorded, object, { world, oracle });
    default: {
      if (isExecuted && was?.stopping?.reason !== outcome.kind) return "no scheduler noted that it was to be stopped";
      const isGone = !world.objects.has(object.id);
      return life.phase === "running" && !isGone ? "it runs" : undefined;
    }
  }
}

function whyNotLost(
  { outcome }: Recorded,
  object: FakeObject,
  { world, oracle }: Pick<Witnessed, "world" | "oracle">,
): string | undefined {
  if (outcome.kind !== "lost") return undefined;
  if (outcome.reason === "object-removed")
    return oracle.removedManually.has(object.id) ? undefined : "nobody removed it";
  const seen = world.objects.has(object.id) ? world.seen(object) : undefined;
  const isDown = outcome.reason === "node-down" && !world.nodes.isUp(object.node);
  const isSo = seen?.phase === "ended" && seen.end.kind === outcome.reason;
  const wasSo = object.life.phase === "ended" && object.node !== undefined;
  return isDown || isSo || wasSo ? undefined : `its node says otherwise (${object.life.phase})`;
}
