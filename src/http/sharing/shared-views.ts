import { setImmediate } from "node:timers/promises";
import { type Clock, startDeadline, within } from "../../clock.ts";
import { type Engine, EngineError, EngineTrouble, type ObjectState } from "../../engines/engine.ts";
import type { InstanceRecord, JobRecord } from "../../ledger/record.ts";
import type { Timetables } from "../../schedule/timetable.ts";
import { JobRows } from "../../view/jobs/job-row.ts";
import { remembering } from "../../view/remembering.ts";
import { activeObjects, type ObjectStates } from "../../view/runs/run-view.ts";
import { type NodesAnswer, type NodesView, nodesView } from "../../view/scheduler/nodes-view.ts";
import type { SchedulerView } from "../../view/scheduler/scheduler-view.ts";
import { type DueJob, dueJobs, occurrences, type Upcoming, type Walks, walkKey } from "../../view/times/upcoming.ts";

/**
 * What pages and API show beyond the records, worked out once for all who look: what it costs does not depend on how many they
 * are, and nothing is asked for without readers.
 */
export interface SharedViews {
  readonly jobRows: JobRows;
  /** What the engine says about all active runs, at most five seconds old. */
  readonly states: () => Promise<ObjectStates>;
  /** At most five seconds old. */
  readonly nodes: () => Promise<NodesAnswer>;
  /** What runs and ran on them, at most five seconds old. */
  readonly nodesView: () => Promise<NodesView>;
  /** When jobs are due in (`from`, `to`]: all of them, or those for which `only` holds. */
  readonly upcoming: (query: UpcomingQuery) => Promise<Upcoming>;
}

export interface UpcomingQuery {
  readonly from: Date;
  readonly to: Date;
  readonly only?: (job: DueJob) => boolean;
}

interface SharedViewsParts {
  readonly clock: Clock;
  readonly timetables: Timetables;
  readonly records: () => ReadonlyMap<string, JobRecord> | undefined;
  readonly instance: () => InstanceRecord | undefined;
  readonly scheduler: () => SchedulerView;
  readonly engine: () => Pick<Engine, "look" | "nodes"> | undefined;
}

/** How often the engine is asked, however many look. */
const ASK_EVERY_MS = 5000;
/** On one host each active run is a request: with more than this, pages show what the records say. */
const MOST_LOOKED_AT = 200;
/** How long the engine may take before pages do without its answer. */
const ANSWER_WITHIN_MS = 5000;
/** How long the times of a schedule are kept, and of how many windows. */
const WALKS_KEPT_MS = 60_000;
const MOST_WINDOWS = 8;

export function shareViews(parts: SharedViewsParts): SharedViews {
  const { clock, timetables } = parts;
  const looks = new Looks(parts);
  const windows = new Windows(clock);
  const nodes = sharedAnswer(clock, () => askNodes(parts));
  return {
    jobRows: new JobRows(timetables),
    states: () => looks.states(),
    nodes,
    nodesView: sharedAnswer(clock, async () => {
      const [answer, states] = await Promise.all([nodes(), looks.states()]);
      const records = parts.records() ?? new Map();
      return nodesView({ answer, states, records, now: clock.now(), turn: setImmediate });
    }),
    upcoming: ({ from, to, only = () => true }) => {
      const records = parts.records() ?? new Map();
      const known = { records, instance: parts.instance(), scheduler: parts.scheduler(), now: clock.now() };
      const jobs = dueJobs(known).filter(only);
      return occurrences(jobs, { from, to, timetables, turn: setImmediate, walks: windows.walksOf(walkKey(from, to)) });
    },
  };
}

/** All who ask within some seconds share one answer. */
function sharedAnswer<T>(clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly answer: Promise<T> } | undefined;
  return () => {
    const now = clock.now().getTime();
    // A clock that was set back makes an answer old as well.
    const isFresh = last !== undefined && Math.abs(now - last.at) < ASK_EVERY_MS;
    last = last !== undefined && isFresh ? last : { at: now, answer: ask() };
    return last.answer;
  };
}

async function askNodes({ engine }: SharedViewsParts): Promise<NodesAnswer> {
  const asked = engine();
  if (asked === undefined) return { kind: "unknown", message: "the scheduler has no engine yet" };
  const deadline = startDeadline(ANSWER_WITHIN_MS);
  try {
    return { kind: "nodes", nodes: await asked.nodes(deadline.signal) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const isForbidden = error instanceof EngineTrouble && error.isForbidden;
    return { kind: isForbidden ? "refused" : "unknown", message: error.message };
  } finally {
    deadline.clear();
  }
}

/** What was asked about, and what the engine said. */
interface Look {
  readonly asked: ReadonlySet<string>;
  readonly seen: ReadonlyMap<string, ObjectState>;
}

/** Looks at what runs. A run that began after the last look was not asked about, and is not taken for gone. */
class Looks {
  readonly #parts: SharedViewsParts;
  readonly #last: () => Promise<Look | "unknown">;
  readonly #objectsOf = remembering(activeObjects);

  constructor(parts: SharedViewsParts) {
    this.#parts = parts;
    this.#last = sharedAnswer(parts.clock, () => this.#look());
  }

  async states(): Promise<ObjectStates> {
    const last = await this.#last();
    if (last === "unknown") return last;
    const states = new Map<string, ObjectState | "unknown">();
    for (const id of this.#active()) {
      const state = last.asked.has(id) ? last.seen.get(id) : "unknown";
      if (state !== undefined) states.set(id, state);
    }
    return states;
  }

  async #look(): Promise<Look | "unknown"> {
    const engine = this.#parts.engine();
    const active = this.#active().slice(0, MOST_LOOKED_AT);
    if (engine === undefined) return "unknown";
    if (active.length === 0) return { asked: new Set(), seen: new Map() };
    try {
      return { asked: new Set(active), seen: await within(this.#parts.clock, ANSWER_WITHIN_MS, engine.look(active)) };
    } catch {
      // Pages say that the engine is away by what the scheduler says of it.
      return "unknown";
    }
  }

  #active(): readonly string[] {
    const active: string[] = [];
    for (const record of this.#parts.records()?.values() ?? []) active.push(...this.#objectsOf(record));
    return active;
  }
}

/** The times of schedules that were worked out lately, by windows. */
class Windows {
  readonly #clock: Clock;
  readonly #windows = new Map<string, { readonly at: number; readonly walks: Walks }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  walksOf(key: string): Walks {
    const now = this.#clock.now().getTime();
    for (const [other, { at }] of this.#windows) if (Math.abs(now - at) >= WALKS_KEPT_MS) this.#windows.delete(other);
    const known = this.#windows.get(key);
    if (known !== undefined) return known.walks;
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined && this.#windows.size >= MOST_WINDOWS) this.#windows.delete(oldest);
    const walks: Walks = new Map();
    this.#windows.set(key, { at: now, walks });
    return walks;
  }
}
