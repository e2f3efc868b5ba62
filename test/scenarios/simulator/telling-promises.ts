import { type PastRun, readPast } from "../../../src/ledger/past.ts";
import type { JobRecord } from "../../../src/ledger/record.ts";
import type { ToldNotice } from "./receivers.ts";
import type { Stage } from "./stage.ts";
import type { TellingPlan } from "./story.ts";
import { sumOf, type Witnessed } from "./witnessed.ts";

const MOST_NOTICES = 8;
const MOST_BYTES = 6000;
const FAILURES = ["failed", "rejected", "timed-out", "lost"];

/** Failures of a job in a row, and for which channels they were enough to be told. */
interface Row {
  readonly since: Date;
  readonly seenMs: number;
  count: number;
  /** By channel: the notice with which it is to be told first. */
  readonly opened: Map<string, string>;
  /** Channels that were told that the job is gone. */
  readonly mayOpenAgain: Set<string>;
  readonly runs: string[];
  /** The run that succeeded after it. */
  endedBy?: string;
}

/**
 * Knows from the ends of runs what is to be told, and compares it with what the receivers hear. It asks nothing of what the
 * schedulers note about it.
 */
export class TellingOracle {
  readonly #stage: Stage;
  readonly #rows = new Map<string, Row[]>();
  /** What the channels have taken or refused for good; either way they will not be told it again. */
  readonly #answered: (ToldNotice & { readonly answeredMs: number })[] = [];
  /** By job, channel and first notice of a row: whether all that was told of it was refused for good. */
  readonly #refused = new Map<string, boolean>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Follows the ends of runs, and looks at what waits. */
  *onWrite({ job, before, after }: Witnessed): Iterable<string> {
    const plan = this.#stage.tellingOf(job);
    if (plan === undefined) return;
    const ended = sumOf(after.totals.ended) - sumOf(before?.totals.ended ?? {});
    for (const end of ended > 0 ? readPast(after).slice(-ended) : []) this.#onEnd(job, plan, end);
    const { notices = [], told, pings } = after;
    if (notices.length > MOST_NOTICES) yield `${notices.length} notices wait in the record of ${job}`;
    const bytes = JSON.stringify({ notices, told, pings }).length;
    if (bytes > MOST_BYTES) yield `what is told takes ${bytes} bytes of the record of ${job}`;
  }

  #onEnd(job: string, { after }: TellingPlan, { id = "", outcome, finishedAt }: PastRun): void {
    const rows = this.#rows.get(job) ?? [];
    this.#rows.set(job, rows);
    const last = rows.at(-1);
    const open = last?.endedBy === undefined ? last : undefined;
    if (outcome === "succeeded" && open) open.endedBy = id;
    if (!FAILURES.includes(outcome)) return;
    const row = open ?? {
      since: finishedAt,
      seenMs: this.#stage.elapsedMs(),
      count: 0,
      opened: new Map<string, string>(),
      mayOpenAgain: new Set<string>(),
      runs: [],
    };
    if (open === undefined) rows.push(row);
    row.count++;
    row.runs.push(id);
    for (const [channel, from] of [
      ["chat", 1],
      ["pager", after],
    ] as const)
      if (row.count === from) row.opened.set(channel, `${id}/failed`);
  }

  *onHeard(told: ToldNotice): Iterable<string> {
    const { job, channel, notice } = told;
    this.#answered.push({ ...told, answeredMs: this.#stage.elapsedMs() });
    if (notice.kind === "failed") {
      const row = this.#rowOf(told);
      if (row === undefined)
        yield `${channel} is told of ${notice.id}, which it has been told otherwise, or is not to be`;
      else this.#refused.set(`${job} ${channel} ${row.opened.get(channel)}`, false);
    }
    if (notice.kind !== "recovered") return;
    if (notice.reason === "removed") return yield* this.#onHeardGone(told);
    const row = this.#rows.get(job)?.find(({ endedBy }) => endedBy === notice.run);
    const first = row?.opened.get(channel);
    if (first === undefined) yield `${channel} is told of the recovery ${notice.id}, and there was no failure for it`;
    else if (this.#refused.get(`${job} ${channel} ${first}`) === true)
      yield `${channel} is told of the recovery ${notice.id}, and has refused to hear of the failure ${first}`;
  }

  /** The job was gone, and its failure with it: if it is back and fails again, that is told as another one. */
  *#onHeardGone({ job, channel, notice }: ToldNotice): Iterable<string> {
    const rows = this.#rows.get(job)?.filter(({ opened }) => opened.has(channel)) ?? [];
    if (rows.length === 0) yield `${channel} is told of the end ${notice.id}, and there was no failure for it`;
    const { removedFromFiles, removedFromNodes } = this.#stage.oracle;
    if (!removedFromFiles.has(job) && !removedFromNodes.has(job))
      yield `${channel} is told that ${job} is gone, which it never was`;
    for (const row of rows) row.mayOpenAgain.add(channel);
  }

  refused(told: ToldNotice): void {
    this.#answered.push({ ...told, answeredMs: this.#stage.elapsedMs() });
    const row = this.#rowOf(told);
    if (told.notice.kind !== "failed" || row === undefined) return;
    const key = `${told.job} ${told.channel} ${row.opened.get(told.channel)}`;
    // A reminder that is refused takes nothing back.
    if (this.#refused.get(key) !== false) this.#refused.set(key, true);
  }

  /** Once the channels have worked for as long as the longest pause between two tries. */
  *atEnd(): Iterable<string> {
    // What is a day old is given up, also when the clock was set forward.
    if (this.#stage.story.acts.some((act) => act.do === "step-clock" && act.byMs > 12 * 3600_000)) return;
    for (const [job, rows] of this.#rows) {
      const record = this.#recordOf(job);
      const left = record?.notices?.map(({ id }) => id) ?? [];
      if (left.length > 0) yield `${left.join(", ")} of ${job} still wait, and all channels work`;
      // What stands for several then says otherwise since when.
      if (this.#stage.oracle.clockWentBack) continue;
      for (const row of rows)
        for (const [channel, first] of row.opened)
          if (!this.#isKnown({ job, channel, first, row })) yield `${channel} never hears of ${first}`;
    }
  }

  /** It was told, as itself, or in one with what came later; or it was refused. */
  #isKnown({ job, channel, first, row }: Opened): boolean {
    if (this.#refused.get(`${job} ${channel} ${first}`) !== undefined) return true;
    return this.#answered.some((told) => {
      const { kind, since } = told.notice;
      if (told.job !== job || told.channel !== channel || (kind !== "failed" && kind !== "recovered")) return false;
      return since !== undefined && since <= row.since && told.answeredMs >= row.seenMs;
    });
  }

  /** The row to which a notice of a failure belongs: a reminder has the ID of the first, and a number. */
  #rowOf({ job, channel, notice }: ToldNotice): Row | undefined {
    return this.#rows.get(job)?.find(({ opened, mayOpenAgain, runs }) => {
      const first = opened.get(channel);
      const again = mayOpenAgain.has(channel) ? runs.map((run) => `${run}/failed`) : [];
      return [...(first === undefined ? [] : [first]), ...again].some(
        (id) => notice.id === id || notice.id.startsWith(`${id}/`),
      );
    });
  }

  /** True while something waits to be told. */
  get isWaiting(): boolean {
    return [...this.#rows.keys()].some((job) => this.#recordOf(job)?.notices !== undefined);
  }

  #recordOf(job: string): JobRecord | undefined {
    const read = this.#stage.store.readRecord(job);
    return read?.kind === "record" ? read.record : undefined;
  }
}

interface Opened {
  readonly job: string;
  readonly channel: string;
  readonly first: string;
  readonly row: Row;
}
