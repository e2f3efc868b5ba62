import { retain } from "../../src/decide/retention.ts";
import type { NotifyRule, Telling } from "../../src/job/notify.ts";
import { recordEnd } from "../../src/ledger/changes/attempts.ts";
import { followDefinition, openRecord } from "../../src/ledger/changes/definitions.ts";
import {
  type DeliveryKey,
  dueDeliveries,
  noteDelivered,
  noteGivenUp,
  noteTried,
} from "../../src/ledger/changes/deliveries.ts";
import { passOver, startRun } from "../../src/ledger/changes/occurrences.ts";
import { nextTellingAt, noteTimes } from "../../src/ledger/changes/telling-times.ts";
import { finishChange } from "../../src/ledger/finish-change.ts";
import {
  activeRuns,
  type InstanceRecord,
  type JobRecord,
  type Notice,
  type Outcome,
  type Trigger,
} from "../../src/ledger/record.ts";
import { aJob, at, succeeded } from "./a-job.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3600_000;

/** A rule as a file has it; say only what matters to the test. */
export function aRule(to: string, change: Partial<NotifyRule> = {}): NotifyRule {
  return { to, on: ["failed", "recovered", "missed", "long-running"], after: 1, output: 0, ...change };
}

/**
 * One job that tells what happens to it, its record, and a clock. Every change goes through what every ledger does, and time
 * passes as the loop has it: what becomes due on the way is noted.
 */
export class ToldJob {
  record: JobRecord;
  now = at("00:00");
  instance: InstanceRecord | undefined;
  /** While a channel listens, it hears each notice at once: when, and what. */
  readonly heard: string[] = [];
  listens: string | undefined;
  #started = 0;

  constructor(telling: Partial<Telling>) {
    this.record = openRecord(aJob({ hash: "h1" }), 1, this.now);
    this.tells(telling);
  }

  /** The record follows a definition that differs in this alone. */
  tells(telling: Partial<Telling> | undefined): void {
    const job = aJob({ hash: "h1", ...(telling && { telling: { notify: [], ...telling } }) });
    this.change((record) => followDefinition(record, job, { generation: 1, now: this.now }));
  }

  change(change: (record: JobRecord) => JobRecord | undefined): boolean {
    const after = change(this.record);
    if (after !== undefined) this.record = finishChange({ before: this.record, after, now: this.now }).record;
    if (after !== undefined && this.listens !== undefined) {
      const time = this.now.toISOString().slice(11, 16);
      this.heard.push(...this.hears(this.listens).map((what) => `${time} ${what}`));
    }
    return after !== undefined;
  }

  /** As an older shipbell changes it, which knows no notices. */
  changeAsOlder(change: (record: JobRecord) => JobRecord | undefined): void {
    this.record = change(this.record) ?? this.record;
  }

  /** Lets time pass, and notes what becomes due when it does. */
  pass(ms: number): void {
    const until = this.now.getTime() + ms;
    for (;;) {
      const next = nextTellingAt(this.record, { now: this.now, instance: this.instance });
      if (next === undefined || next.getTime() > until) break;
      this.now = new Date(Math.max(next.getTime(), this.now.getTime()));
      if (!this.change((record) => noteTimes(record, { now: this.now, instance: this.instance })))
        throw new Error("a wake-up for nothing");
    }
    this.now = new Date(until);
  }

  start(trigger: Trigger = "schedule"): string {
    const id = `backup-${++this.#started}`;
    const { policies } = aJob();
    const request = trigger === "manual" ? ({ id, kind: "run", askedAt: this.now } as const) : undefined;
    this.change((record) => {
      const asked = request ? { ...record, requests: [request] } : record;
      const attempt = { number: 1, objectName: id, objectId: id, boundAt: this.now };
      const cursor = new Date(this.now.getTime() - 1);
      const common = {
        id,
        trigger,
        scheduledAt: this.now,
        definition: "h1",
        policies: policies.run,
        overlap: "allow",
        attempt,
      } as const;
      return startRun({ ...asked, cursor }, request ? { ...common, request: id } : common);
    });
    return id;
  }

  ending(id: string, outcome: Outcome): (record: JobRecord) => JobRecord | undefined {
    return (record) => {
      const end = { outcome, startedAt: this.now, finishedAt: this.now };
      const ended = recordEnd(record, { run: id, number: 1 }, end);
      return ended && { ...ended, runs: retain(ended.runs, { succeeded: 3, failed: 3 }) };
    };
  }

  end(id: string, outcome: Outcome = succeeded): void {
    this.change(this.ending(id, outcome));
  }

  /** Runs once, from one moment to the next. */
  run(outcome: Outcome = succeeded, trigger: Trigger = "schedule"): string {
    this.pass(MINUTE_MS);
    const id = this.start(trigger);
    this.end(id, outcome);
    return id;
  }

  fail(): string {
    return this.run({ kind: "failed", exitCode: 2, oom: false });
  }

  miss(count = 1): void {
    const first = new Date(this.record.cursor.getTime() + MINUTE_MS);
    const last = new Date(first.getTime() + (count - 1) * MINUTE_MS);
    this.pass(Math.max(0, last.getTime() - this.now.getTime()));
    this.change((record) =>
      passOver(record, { first, last, count, verdict: { kind: "missed", reason: "gap" } }, { now: this.now }),
    );
  }

  skip(): void {
    const first = new Date(this.record.cursor.getTime() + MINUTE_MS);
    this.pass(Math.max(0, first.getTime() - this.now.getTime()));
    const verdict = { kind: "skipped", reason: "queue-full" } as const;
    this.change((record) => passOver(record, { first, last: first, count: 1, verdict }, { now: this.now }));
  }

  active(): number {
    return activeRuns(this.record).length;
  }

  /** What waits for the channel, in its order. */
  waiting(channel: string): readonly string[] {
    return (this.record.notices ?? []).filter(({ to }) => channel in to).map(describeNotice);
  }

  /** Everything that can be delivered to the channel is; returns what it was. */
  hears(channel: string): readonly string[] {
    const heard: string[] = [];
    for (;;) {
      const head = dueDeliveries(this.record, new Date(8.64e15)).find((due) => due.channel === channel);
      if (head === undefined) return heard;
      heard.push(describeNotice(head.notice));
      this.change((record) => noteDelivered(record, head, this.now));
    }
  }

  /** The head of the channel is tried, and was not, or may have been, heard. */
  tries(channel: string, perhapsHeard?: true): DeliveryKey {
    const head = dueDeliveries(this.record, new Date(8.64e15)).find((due) => due.channel === channel);
    if (head === undefined) throw new Error(`nothing waits for ${channel}`);
    const next = new Date(this.now.getTime() + 5000);
    const tried = {
      after: head.delivery.tries,
      next,
      last: perhapsHeard ? "timeout" : "503",
      ...(perhapsHeard && { perhapsHeard }),
    };
    this.change((record) => noteTried(record, head, tried));
    return head;
  }

  givesUp(channel: string): void {
    const head = dueDeliveries(this.record, new Date(8.64e15)).find((due) => due.channel === channel);
    if (head === undefined) throw new Error(`nothing waits for ${channel}`);
    this.change((record) => noteGivenUp(record, head, this.now));
  }
}

/** `failed backup-2 ×2`: kind, run, how many, and whether it is an end or a reminder. */
export function describeNotice({ kind, run, count = 1, closes, times }: Notice): string {
  const parts = [kind, closes && "(end)", run, count > 1 && `×${count}`, times && `#${times}`];
  return parts.filter(Boolean).join(" ");
}
