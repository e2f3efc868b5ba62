import type { StartWindow } from "../../decide/step.ts";
import type { ObjectState } from "../../engines/engine.ts";
import { type Troubles, thing } from "../agenda/troubles.ts";
import type { RunLogs } from "../output/run-logs.ts";
import type { UsageReadings } from "./usage-readings.ts";

/** Phases that must not last. */
const LIMITED: readonly ObjectState["phase"][] = ["inert", "unreachable", "unclear", "ended"];

interface MemoryParts {
  readonly logs: Pick<RunLogs, "leave">;
  readonly usage: Pick<UsageReadings, "attemptEnded">;
  readonly troubles: Pick<Troubles, "succeeded">;
}

/** What is remembered between two looks at an attempt. It is lost with the process, and not missed then. */
export class AttemptMemory {
  readonly #parts: MemoryParts;
  /** Since when an object was seen in a phase that must not last. */
  readonly #phases = new Map<string, { readonly phase: ObjectState["phase"]; readonly since: Date }>();
  /** Between when the process of an object began, as far as it was looked at. */
  readonly #began = new Map<string, StartWindow>();

  constructor(parts: MemoryParts) {
    this.#parts = parts;
  }

  /** Returns when the object was first seen in this phase, for phases that must not last. */
  phaseSince(objectId: string, phase: ObjectState["phase"] | undefined, now: Date): Date | undefined {
    const known = this.#phases.get(objectId);
    if (phase !== undefined && known?.phase === phase) return known.since;
    this.#phases.delete(objectId);
    if (phase === undefined || !LIMITED.includes(phase)) return undefined;
    this.#phases.set(objectId, { phase, since: now });
    return now;
  }

  /** Remembers between which two looks the process of the object began. `asked` and `now`: before and after this look. */
  startWindow(
    objectId: string,
    phase: ObjectState["phase"] | undefined,
    { asked, now }: { readonly asked: Date; readonly now: Date },
  ): StartWindow | undefined {
    const known = this.#began.get(objectId);
    if (phase === "inert" || phase === "pending") this.#began.set(objectId, { ...known, notBefore: asked });
    else if (phase === "running" && known?.notAfter === undefined)
      this.#began.set(objectId, { ...known, notAfter: now });
    return this.#began.get(objectId);
  }

  /** The object was started again: how long it is inert counts from the next look. */
  forgetPhase(objectId: string): void {
    this.#phases.delete(objectId);
  }

  /** The end of the attempt is recorded, by this scheduler or another. */
  attemptEnded(objectId: string, job: string): void {
    const { logs, usage, troubles } = this.#parts;
    this.#phases.delete(objectId);
    this.#began.delete(objectId);
    usage.attemptEnded(objectId, job);
    void logs.leave(objectId);
    for (const nameOf of [thing.stopOf, thing.startOf, thing.removalOf, thing.lookOf])
      troubles.succeeded(job, nameOf(objectId));
  }

  /** The clock was set back: what was remembered would hold for too long. */
  forgetTimes(): void {
    this.#phases.clear();
    this.#began.clear();
  }
}
