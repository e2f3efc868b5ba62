import { GAP_AFTER_MS } from "../../decide/waiting.ts";
import { type Absence, type AbsenceCause, type JobRecord, latestAttempt } from "../../ledger/record.ts";

/** A gap is noted right after what made it, so a few are enough. */
const ABSENCES_KEPT = 8;

/** A sign of life that is older than this does not say when the scheduler that gave it went. */
const SIGN_OF_LIFE_MS = 600_000;

/**
 * When this scheduler could not decide, of late: before it was there, while its engine did not answer, while it stood
 * still. This only explains why something was missed; what is missed follows from the record alone.
 */
export class Presence {
  readonly #absences: Absence[] = [];
  #engineDownSince: Date | undefined;
  #expectedAt: Date | undefined;

  /** This scheduler begins now. The records show when one last wrote something. */
  begin(records: Iterable<JobRecord>, now: Date): void {
    const signs = [...records].flatMap(lastSignOfLife);
    if (signs.length > 0) this.#note("no-scheduler", new Date(Math.max(...signs)), now);
  }

  /** The loop turns. */
  turn({ now, isEngineDown }: { readonly now: Date; readonly isEngineDown: boolean }): void {
    const late = this.#expectedAt !== undefined && now.getTime() - this.#expectedAt.getTime() > GAP_AFTER_MS;
    if (late && this.#expectedAt) this.#note("stood-still", this.#expectedAt, now);
    if (isEngineDown) this.#engineDownSince ??= now;
    else if (this.#engineDownSince !== undefined) {
      this.#note("engine-down", this.#engineDownSince, now);
      this.#engineDownSince = undefined;
    }
  }

  /** When the loop is to turn again at the latest; undefined when it waits for the engine. */
  expect(at: Date | undefined): void {
    this.#expectedAt = at;
  }

  /** Returns the absence in which this instant lies. Where its beginning is not known, it begins at that instant. */
  absenceAt(at: Date): Absence | undefined {
    const absence = this.#absences.findLast(({ from, to }) => from <= at && at <= to);
    if (absence === undefined || at.getTime() - absence.from.getTime() <= SIGN_OF_LIFE_MS) return absence;
    return absence.because === "no-scheduler" ? { ...absence, from: at } : absence;
  }

  #note(because: AbsenceCause, from: Date, to: Date): void {
    if (from >= to) return;
    this.#absences.push({ because, from, to });
    if (this.#absences.length > ABSENCES_KEPT) this.#absences.shift();
  }
}

/** When a scheduler last wrote something in this record. */
function lastSignOfLife({ verdicts, runs, cursor }: JobRecord): readonly number[] {
  const decided = verdicts.at(-1)?.decidedAt;
  const attempts = runs.map(latestAttempt).flatMap(({ boundAt, finishedAt }) => [boundAt, finishedAt ?? boundAt]);
  return [decided ?? cursor, ...attempts].map((at) => at.getTime());
}
