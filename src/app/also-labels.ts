import type { Clock } from "../clock.ts";
import type { ForeignLabels } from "../definition/labels/foreign.ts";
import type { Docker } from "../engines/docker/connect.ts";
import { findOtherSchedulers, OTHER_SCHEDULERS, type OtherScheduler } from "../engines/docker/other-schedulers.ts";
import { EngineError } from "../engines/engine.ts";
import type { EngineKind } from "../engines/kind.ts";
import type { AlsoLabels as Kind } from "../job/label-rules.ts";
import type { Problem } from "../job/problem.ts";
import { checkAlsoLabels, foreignLabelsOf } from "../job-sources.ts";
import type { RunEvents } from "../observe/run-events.ts";
import type { Settings } from "../settings/settings.ts";
import type { AppState } from "./state.ts";

/** How often it is looked whether another scheduler of these labels runs. */
const LOOK_EVERY_MS = 5000;
/** The same, while this one waits for its end. */
const LOOK_AGAIN_MS = 2000;

interface Parts {
  readonly settings: Settings;
  readonly kind: EngineKind;
  readonly docker: Docker;
  readonly clock: Clock;
  readonly state: AppState;
  readonly events: RunEvents;
  readonly checkSchedule: (pattern: string, timezone: string) => string | undefined;
  /** Notes what cannot be looked at. */
  readonly note: (problems: readonly Problem[]) => void;
  /** Called each time that the engine cannot be asked. */
  readonly onDown: (cause: EngineError) => void;
}

/** What another scheduler has: its labels are carried out while it does not run. */
export class AlsoLabels {
  readonly #parts: Parts;
  readonly #kinds: ReadonlySet<string>;
  #running: readonly OtherScheduler[] = [];
  #labels: ForeignLabels | undefined;

  /** Undefined where the settings name none. @throws when they name labels that cannot count here. */
  static open(parts: Parts): AlsoLabels | undefined {
    const { settings, kind } = parts;
    for (const each of settings.alsoLabels ?? []) checkAlsoLabels(each, settings, kind);
    return settings.alsoLabels === undefined ? undefined : new AlsoLabels(parts);
  }

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#kinds = new Set((parts.settings.alsoLabels ?? []).map(nameOf));
  }

  /**
   * Resolves once no scheduler runs that carries out the same labels, or when `signal` is aborted. Until then, this one stands
   * by: two of them would start each job twice.
   */
  async untilAlone(signal: AbortSignal): Promise<ForeignLabels | undefined> {
    const { state, events, clock } = this.#parts;
    while (!signal.aborted) {
      const labels = await this.#openLabels();
      const hasLooked = labels !== undefined && (await this.#look());
      if (hasLooked && this.#running.length === 0) break;
      const reason = hasLooked ? standbyReason(this.#running) : state.standbyBecause;
      if (reason !== state.standbyBecause) {
        state.standbyBecause = reason;
        if (reason !== undefined) events.emit({ event: "standby", reason });
      }
      await clock.wait(LOOK_AGAIN_MS, signal);
    }
    if (state.standbyBecause !== undefined && !signal.aborted) events.emit({ event: "active" });
    state.standbyBecause = undefined;
    return this.#labels;
  }

  /** Calls `onChange` whenever such a scheduler has come or gone, until `signal` is aborted. */
  async follow(onChange: () => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      await clock.wait(LOOK_EVERY_MS, signal);
      const before = namesOf(this.#running);
      if (!signal.aborted && (await this.#look()) && namesOf(this.#running) !== before) onChange();
    }
  }

  /** Loads the readers, which no other scheduler needs. */
  async #openLabels(): Promise<ForeignLabels | undefined> {
    const { settings, docker, checkSchedule, onDown } = this.#parts;
    if (this.#labels !== undefined) return this.#labels;
    try {
      const heldBecause = () => heldProblem(this.#running);
      this.#labels = await foreignLabelsOf(settings, { docker, checkSchedule, heldBecause });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      onDown(error);
    }
    return this.#labels;
  }

  /** Returns whether it could be looked. */
  async #look(): Promise<boolean> {
    const { docker, kind, note } = this.#parts;
    try {
      const { schedulers, unseen } = await findOtherSchedulers(docker, { isManager: kind.labelSource === "services" });
      this.#running = schedulers.filter((each) => this.#kinds.has(each.kind));
      note(unseen.map(({ what, cause }) => unseenProblem(what, cause.message)));
      return true;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return false;
    }
  }
}

function nameOf(kind: Kind): string {
  return kind.startsWith("ofelia") ? "ofelia" : kind;
}

function namesOf(schedulers: readonly OtherScheduler[]): string {
  const names = schedulers.map(({ kind, place, name }) => `${OTHER_SCHEDULERS[kind].title} (${place} ${name})`);
  return names.toSorted().join(", ");
}

function standbyReason(schedulers: readonly OtherScheduler[]): string | undefined {
  if (schedulers.length === 0) return undefined;
  return `${namesOf(schedulers)} runs and carries out the same labels, so that each job would run twice; stop it, and this scheduler goes on by itself`;
}

function heldProblem([first, ...others]: readonly OtherScheduler[]): Problem | undefined {
  if (first === undefined) return undefined;
  return {
    at: `${first.place} ${first.name}`,
    message: `${namesOf([first, ...others])} runs and carries out the same labels: their jobs are left to it, and are skipped here as suspended`,
    hint: "stop it, and they start here again",
  };
}

function unseenProblem(what: string, cause: string): Problem {
  return {
    at: "--also-labels",
    message: `it is not known whether another scheduler runs among the ${what}: ${cause}`,
    hint: "make sure that none does: each job would run twice",
    severity: "warning",
  };
}
