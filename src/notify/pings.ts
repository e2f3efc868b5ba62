import type { Clock } from "../clock.ts";
import { notePinged } from "../ledger/changes/pings.ts";
import type { RecordChange, Swap } from "../ledger/ledger.ts";
import type { JobRecord, Ping } from "../ledger/record.ts";
import type { RunEvents } from "../observe/run-events.ts";
import { Agenda } from "../runs/agenda/agenda.ts";
import type { OutgoingRequest } from "./channel.ts";
import { runUuid } from "./run-uuid.ts";
import type { Sent } from "./sent.ts";
import { SetBack } from "./set-back.ts";
import { settle } from "./settle.ts";
import { judgeInARow, pauseAfter } from "./tries.ts";

/** How many pings are under way at once, whatever the checks do. */
const AT_ONCE = 8;
/** A start that is told later says nothing that helps. */
const START_LIFETIME_MS = 5 * 60_000;
const END_LIFETIME_MS = 24 * 60 * 60_000;
/** As much of an output as goes with the end. */
const LONGEST_BODY_BYTES = 2048;

export interface PingsParts {
  readonly clock: Clock;
  readonly events: Pick<RunEvents, "emit">;
  readonly instance: string;
  /** How long an end that another scheduler recorded is left to it; 0 where there is no other. */
  readonly patienceMs: number;
  readonly records: () => ReadonlyMap<string, JobRecord>;
  readonly change: (job: string, change: RecordChange) => Promise<Swap>;
  /** The job's check as it is declared now; undefined where it has none. @throws when its address cannot be read. */
  readonly checkOf: (job: string) => Promise<Check | undefined>;
  /** What the run printed last. */
  readonly outputOf: (job: string, run: string) => Promise<string>;
  readonly deliver: (request: OutgoingRequest, signal: AbortSignal) => Promise<Sent>;
}

/** What is pinged for a job. `output`: the end of the output goes with the end. */
export interface Check {
  readonly url: string;
  readonly output: boolean;
}

/**
 * Tells each job's check of healthchecks.io, or of what speaks its protocol, that a run began and how it ended.
 *
 * An end stands on the record until a check has it, so that it is told at least once within a day, whichever scheduler
 * is there then. A start is told by the scheduler that started the run, within five minutes, or not at all: the check needs it for
 * nothing but the duration. Of each job, the last start and the last end count.
 */
export class Pings {
  readonly #parts: PingsParts;
  readonly #agenda = new Agenda();
  readonly #waiting = new Map<string, Waiting>();
  readonly #ready = new Set<string>();
  readonly #busy = new Set<string>();
  readonly #stop = new AbortController();
  #nap = new AbortController();
  readonly #setBack = new SetBack();

  constructor(parts: PingsParts) {
    this.#parts = parts;
  }

  /** This scheduler has just made the one into the other. */
  recordChanged(before: JobRecord | undefined, after: JobRecord): void {
    if (after.pings === undefined || before?.pings === after.pings) return;
    const known = new Set(before?.pings?.map(keyOf));
    const ours: Partial<Record<Ping["kind"], string>> = {};
    for (const ping of after.pings) if (!known.has(keyOf(ping))) ours[ping.kind] = ping.run;
    if (Object.keys(ours).length === 0) return;
    this.#plan(after.job, { ...this.#waiting.get(after.job), ...ours, tries: 0, at: this.#now() });
  }

  /** Hears of each record that is known otherwise than before, whichever scheduler has changed it; after `recordChanged`. */
  recordSeen(before: JobRecord | undefined, after: JobRecord | undefined): void {
    if (before?.pings === undefined && after?.pings === undefined) return;
    if (after === undefined || after.pings === undefined) {
      this.#waiting.delete(after?.job ?? before?.job ?? "");
      return;
    }
    const end = after.pings.find(({ kind }) => kind === "end");
    if (end === undefined || this.#waiting.has(after.job) || this.#busy.has(after.job)) return;
    if (this.#now() - end.at.getTime() >= END_LIFETIME_MS) return;
    this.#plan(after.job, { tries: 0, at: this.#othersTime(end) });
  }

  /** Pings until the signal is aborted; then those under way get this long. */
  async run(signal: AbortSignal, graceMs: number): Promise<void> {
    const { clock } = this.#parts;
    for (const record of this.#parts.records().values()) this.recordSeen(undefined, record);
    signal.addEventListener("abort", () => this.#nap.abort(), { once: true });
    const under = new Set<Promise<void>>();
    while (!signal.aborted) {
      this.#nap = new AbortController();
      for (const job of this.#agenda.take(clock.now())) this.#comeUp(job);
      for (const job of [...this.#ready].slice(0, AT_ONCE - under.size)) {
        const pinging = this.#ping(job).finally(() => under.delete(pinging));
        under.add(pinging);
      }
      const next = this.#agenda.next()?.getTime();
      const ms = next === undefined ? LONGEST_NAP_MS : Math.max(0, next - this.#now());
      await clock.wait(Math.min(ms, LONGEST_NAP_MS), this.#nap.signal);
    }
    const ended = new AbortController();
    void clock.wait(graceMs, ended.signal).then(() => this.#stop.abort());
    await Promise.all(under);
    ended.abort();
  }

  #plan(job: string, waiting: Waiting): void {
    this.#waiting.set(job, waiting);
    if (this.#busy.has(job)) return;
    this.#agenda.bringForward(job, new Date(waiting.at));
    this.#nap.abort();
  }

  #comeUp(job: string): void {
    const waiting = this.#waiting.get(job);
    if (waiting === undefined || this.#busy.has(job)) return;
    if (waiting.at > this.#now()) this.#agenda.bringForward(job, new Date(waiting.at));
    else this.#ready.add(job);
  }

  /** The first of what the record has for the check: an end before the start of the next run. */
  async #ping(job: string): Promise<void> {
    this.#ready.delete(job);
    const waiting = this.#waiting.get(job);
    const ping = waiting && this.#firstOf(job, waiting);
    if (waiting === undefined || ping === undefined) {
      this.#waiting.delete(job);
      this.recordSeen(undefined, this.#parts.records().get(job));
      return;
    }
    this.#busy.add(job);
    const again = await this.#tell(job, { ping, tries: waiting.tries }).catch((cause: unknown) => {
      this.#parts.events.emit({ event: "pass-failed", job, cause });
      return undefined;
    });
    this.#busy.delete(job);
    // What came meanwhile takes its place.
    const now = this.#waiting.get(job);
    if (now !== waiting) {
      if (now !== undefined) this.#plan(job, now);
    } else if (again === undefined) this.#planRest(job, waiting, ping);
    else this.#plan(job, { ...waiting, ...again });
    this.#nap.abort();
  }

  /** The ping was told, or given up: what else is there for the check? */
  #planRest(job: string, waiting: Waiting, { kind }: Ping): void {
    const { start, end } = waiting;
    const left = { ...(start && kind !== "start" && { start }), ...(end && kind !== "end" && { end }) };
    this.#waiting.delete(job);
    if (Object.keys(left).length > 0) this.#plan(job, { ...left, tries: 0, at: this.#now() });
    else this.recordSeen(undefined, this.#parts.records().get(job));
  }

  #firstOf(job: string, { start, end }: Waiting): Ping | undefined {
    const now = this.#now();
    const isDue = (ping: Ping) => {
      const ageMs = now - ping.at.getTime();
      if (ping.kind === "start") return ping.run === start && ageMs < START_LIFETIME_MS;
      return (ping.run === end || now >= this.#othersTime(ping)) && ageMs < END_LIFETIME_MS;
    };
    return this.#parts.records().get(job)?.pings?.find(isDue);
  }

  #othersTime({ at }: Ping): number {
    return at.getTime() + this.#parts.patienceMs;
  }

  /** Returns when it is to be tried again; undefined: not at all. */
  async #tell(job: string, { ping, tries }: Telling): Promise<Pick<Waiting, "tries" | "at"> | undefined> {
    const { events, deliver } = this.#parts;
    const about = { job, run: ping.run, ping: ping.kind };
    const request = await this.#requestOf(job, ping);
    // The job no longer has a check.
    if (request === undefined) return this.#noteTold(job, ping);
    const sent = judgeInARow("because" in request ? request : await deliver(request, this.#stop.signal), tries);
    if (sent.result === "delivered") {
      events.emit({ event: "ping-delivered", ...about, status: sent.because });
      return this.#noteTold(job, ping);
    }
    if (this.#stop.signal.aborted) return undefined;
    if (sent.result === "final") {
      events.emit({ event: "ping-failed", ...about, cause: sent.because });
      return this.#noteTold(job, ping);
    }
    const pauseMs = Math.max("waitMs" in sent ? (sent.waitMs ?? 0) : 0, pauseAfter(tries + 1));
    const at = this.#now() + pauseMs;
    const lifetimeMs = ping.kind === "end" ? END_LIFETIME_MS : START_LIFETIME_MS;
    const isOver = at - ping.at.getTime() >= lifetimeMs;
    events.emit({ event: "ping-failed", ...about, cause: sent.because, ...(!isOver && { nextAt: new Date(at) }) });
    return isOver ? this.#noteTold(job, ping) : { tries: tries + 1, at };
  }

  async #requestOf(job: string, ping: Ping): Promise<OutgoingRequest | Sent | undefined> {
    const { checkOf, outputOf, instance } = this.#parts;
    let check: Check | undefined;
    try {
      check = await checkOf(job);
    } catch {
      return { result: "again", because: "its address cannot be read" };
    }
    if (check === undefined) return undefined;
    const output = ping.kind === "end" && check.output ? await outputOf(job, ping.run).catch(() => "") : "";
    return {
      by: "http",
      method: "POST",
      url: pingAddress(check.url, ping, runUuid(instance, ping.run)),
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: lastBytes(output),
    };
  }

  /** A start stands until its run ends: a swap for it alone would not pay. */
  async #noteTold(job: string, ping: Ping): Promise<undefined> {
    if (ping.kind !== "end") return;
    await settle(this.#parts, { job, change: (record) => notePinged(record, ping) }, this.#stop.signal);
  }

  /** What waits does not wait for a clock that was set back to be again what it was. */
  #now(): number {
    const now = this.#parts.clock.now().getTime();
    const backMs = this.#setBack.look(now);
    if (backMs > 0) this.#moveBack(backMs);
    return now;
  }

  #moveBack(backMs: number): void {
    for (const [job, waiting] of this.#waiting) {
      if (this.#busy.has(job)) continue;
      const at = waiting.at - backMs;
      this.#waiting.set(job, { ...waiting, at });
      this.#agenda.bringForward(job, new Date(at));
    }
  }
}

const LONGEST_NAP_MS = 60_000;

/** What is to be told for a job. An end that is not `end` is another scheduler's. */
interface Waiting {
  /** The run whose start this scheduler has recorded, and is to tell. */
  readonly start?: string;
  /** The run whose end this scheduler has recorded. */
  readonly end?: string;
  /** How many have failed. */
  readonly tries: number;
  readonly at: number;
}

interface Telling {
  readonly ping: Ping;
  readonly tries: number;
}

function keyOf({ kind, run }: Ping): string {
  return `${kind} ${run}`;
}

/** `/start`, `/0` to `/255`, `/fail` or `/log` after the address, and the run's ID; what the address asks for stays. */
export function pingAddress(url: string, ping: Ping, rid: string): string {
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/+$/, "")}/${lastPart(ping)}`;
  address.searchParams.set("rid", rid);
  return address.href;
}

function lastPart({ kind, outcome, exitCode }: Ping): string {
  if (kind === "start") return "start";
  if (outcome === "cancelled" || outcome === "replaced") return "log";
  if (outcome === "succeeded") return "0";
  // A process that was stopped may have ended with 0, and its run has failed.
  return exitCode === undefined || exitCode === 0 ? "fail" : String(exitCode & 0xff || 255);
}

function lastBytes(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= LONGEST_BODY_BYTES) return text;
  // A character that was cut is left out.
  return bytes
    .subarray(-LONGEST_BODY_BYTES)
    .toString()
    .replace(/^\uFFFD+/, "");
}
