import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { type Clock, within } from "../clock.ts";
import type { Engine } from "../engines/engine.ts";
import type { Job } from "../job/job.ts";
import { ruleFor } from "../ledger/changes/notices.ts";
import type { RecordChange, Swap } from "../ledger/ledger.ts";
import { type JobRecord, latestAttempt } from "../ledger/record.ts";
import type { ChannelsFile } from "../notify/channels-file.ts";
import type { Outbox, OutboxParts } from "../notify/outbox.ts";
import type { Check, Pings } from "../notify/pings.ts";
import type { RunEvents } from "../observe/run-events.ts";
import type { Settings } from "../settings/settings.ts";
import { version } from "../version.ts";
import type { Known } from "../view/notice/told.ts";
import type { AppState } from "./state.ts";

/** How long requests under way get when the scheduler stops: it is gone within 3 s. */
const GRACE_MS = 1500;
const READ_WITHIN_MS = 10_000;
/** More than the 2 KB that a ping takes. */
const PINGED_LINES = 100;

interface TellingParts {
  readonly settings: Pick<Settings, "instance" | "publicUrl">;
  /** Undefined where the operator has named no file of channels. */
  readonly channels: ChannelsFile | undefined;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly state: AppState;
  readonly engine: Engine;
  /** Whether no other scheduler can work on the ledger meanwhile. */
  readonly isAlone: boolean;
  readonly records: () => ReadonlyMap<string, JobRecord>;
  readonly change: (job: string, change: RecordChange) => Promise<Swap>;
}

/**
 * Has others told what stands on the records. Nothing of `notify/` is loaded where no channel is to be told: what sends notices
 * with the channels, and the pings with the first record that has one.
 */
export class AppTelling {
  readonly #parts: TellingParts;
  readonly #outbox: Outbox | undefined;
  #pings: Promise<Pings> | undefined;
  /** Undefined before it runs. */
  #signal: AbortSignal | undefined;
  readonly #running: Promise<void>[] = [];

  private constructor(parts: TellingParts, outbox: Outbox | undefined) {
    this.#parts = parts;
    this.#outbox = outbox;
  }

  static async open(parts: TellingParts): Promise<AppTelling> {
    const { channels, state } = parts;
    if (channels === undefined) return new AppTelling(parts, undefined);
    const outbox = await openOutbox({ ...parts, channels });
    state.channels = () => outbox.states().map(({ channel, ...how }) => ({ ...factsOf(channels, channel), ...how }));
    state.channelTook = (channel) => outbox.noteTaken(channel);
    return new AppTelling(parts, outbox);
  }

  /** For `Loop`: this scheduler has made the one into the other. */
  recordWon(before: JobRecord | undefined, after: JobRecord): void {
    this.#outbox?.recordChanged(before, after);
    if (after.pings === undefined || before?.pings === after.pings) return;
    void this.#openPings().then((pings) => pings.recordChanged(before, after));
  }

  /** For `Loop`: a record is known otherwise than before. */
  recordSeen(before: JobRecord | undefined, after: JobRecord | undefined): void {
    this.#outbox?.recordSeen(before, after);
    if (before?.pings === undefined && after?.pings === undefined) return;
    void this.#openPings().then((pings) => pings.recordSeen(before, after));
  }

  /** The channels are others than before. */
  useChannels(): void {
    const { channels } = this.#parts;
    if (channels !== undefined) this.#outbox?.use(channels.channels);
  }

  /** Tells until the signal is aborted; then resolves when what is under way has ended, within 2 s. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    if (this.#pings !== undefined) this.#begin(this.#pings);
    if (this.#outbox !== undefined) this.#running.push(this.#outbox.run(signal, GRACE_MS));
    await aborted(signal);
    await Promise.all(this.#running);
  }

  #openPings(): Promise<Pings> {
    if (this.#pings !== undefined) return this.#pings;
    this.#pings = this.#loadPings();
    if (this.#signal !== undefined) this.#begin(this.#pings);
    return this.#pings;
  }

  #begin(pings: Promise<Pings>): void {
    const signal = this.#signal;
    if (signal !== undefined) this.#running.push(pings.then((pings) => pings.run(signal, GRACE_MS)));
  }

  async #loadPings(): Promise<Pings> {
    const { settings, clock, events, records, change } = this.#parts;
    const [{ Pings }, { post }, { lastLines }] = await Promise.all([
      import("../notify/pings.ts"),
      import("../notify/post.ts"),
      import("../operate/output/last-lines.ts"),
    ]);
    return new Pings({
      clock,
      events,
      instance: settings.instance,
      patienceMs: await patience(this.#parts),
      records,
      change,
      checkOf: (job) => this.#checkOf(job),
      outputOf: async (job, id) => {
        const run = records()
          .get(job)
          ?.runs.find((run) => run.id === id);
        const lines = run === undefined ? [] : await lastLines(latestAttempt(run), PINGED_LINES, this.#parts);
        return lines.join("\n");
      },
      deliver: (request, signal) => post(request, { clock, signal, env: process.env }),
    });
  }

  #checkOf(name: string): Promise<Check | undefined> {
    const { clock, state, records } = this.#parts;
    return checkOf({ job: state.definitions?.jobs.get(name), record: records().get(name) }, clock);
  }
}

interface Checked {
  /** Undefined where no source that can be read declares it. */
  readonly job: Pick<Job, "telling"> | undefined;
  readonly record: Pick<JobRecord, "removedAt"> | undefined;
}

/**
 * Returns the check as the job declares it now: its address may have moved since the run began. Undefined where the job
 * wants none any longer, or is gone.
 *
 * @throws when it is not known: the file that declares the job, or the one with the address, cannot be read.
 */
export async function checkOf({ job, record }: Checked, clock: Clock): Promise<Check | undefined> {
  if (job === undefined && record !== undefined && record.removedAt === undefined)
    throw new Error("what declares the job cannot be read now");
  const check = job?.telling?.healthchecks;
  if (check === undefined) return undefined;
  const { url, urlFile, output } = check;
  if (url !== undefined || urlFile === undefined) return url === undefined ? undefined : { url, output };
  const text = await within(clock, READ_WITHIN_MS, readFile(urlFile, "utf8"));
  return { url: new URL(text.trim()).href, output };
}

async function openOutbox(parts: TellingParts & { readonly channels: ChannelsFile }): Promise<Outbox> {
  const { clock, events, channels, records, change } = parts;
  const [{ Outbox }, { deliver }, { noticeEvent }, { lastLines }] = await Promise.all([
    import("../notify/outbox.ts"),
    import("../notify/deliver.ts"),
    import("../view/notice/notice-event.ts"),
    import("../operate/output/last-lines.ts"),
  ]);
  const eventOf: OutboxParts["eventOf"] = async ({ notice, channel }, record, place) => {
    const run = record.runs.find(({ id }) => id === notice.run);
    const outputLines = ruleFor(record, channel, notice.kind)?.output ?? 0;
    const wants = place === "alone" && outputLines > 0 && run !== undefined && run.outcome !== undefined;
    const output = wants ? (await lastLines(latestAttempt(run), outputLines, parts)).join("\n") : undefined;
    return noticeEvent(notice, record, {
      ...knownOf(parts, record),
      ...(output !== undefined && { output, outputLines }),
    });
  };
  const outbox = new Outbox({
    clock,
    events,
    patienceMs: await patience(parts),
    records,
    change,
    eventOf,
    deliver: (message, signal) => deliver(message, { clock, signal, env: process.env }),
  });
  outbox.use(channels.channels);
  return outbox;
}

/** What notices say that no record has. */
function knownOf({ settings, channels, clock, state }: TellingParts, { job }: JobRecord): Known {
  const { instance, publicUrl } = settings;
  const url = channels?.channels.pageUrl ?? publicUrl?.url;
  const nextAt = state.loop?.nextRunAt(job);
  const at = state.definitions?.jobs.get(job)?.origin.at;
  return {
    instance,
    now: clock.now(),
    ...(at !== undefined && { unit: at }),
    ...(nextAt && { nextAt }),
    ...(url !== undefined && { publicUrl: url }),
  };
}

function factsOf({ channels }: ChannelsFile, name: string) {
  const { kind = "", address = "" } = channels.byName.get(name) ?? {};
  return { name, kind, address };
}

/** A scheduler that is alone waits for no other. */
async function patience({ isAlone }: Pick<TellingParts, "isAlone">): Promise<number> {
  const { patienceOf } = await import("../notify/tries.ts");
  return isAlone ? 0 : patienceOf(hostname());
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

interface BeatingParts extends Pick<TellingParts, "clock" | "events" | "state"> {
  readonly settings: Pick<Settings, "instance" | "heartbeat">;
}

/** Pings the address of `--heartbeat` while this scheduler works, until the signal is aborted. Without an address, nothing is loaded. */
export async function beat({ settings, clock, events, state }: BeatingParts, signal: AbortSignal): Promise<void> {
  const { heartbeat: url, instance } = settings;
  if (url === undefined) return;
  const [{ keepHeartbeat }, { post }] = await Promise.all([
    import("../notify/heartbeat.ts"),
    import("../notify/post.ts"),
  ]);
  const look = () => {
    const work = state.work(clock.now());
    return work && { instance, version, host: hostname(), ...work };
  };
  const deliver = (request: Parameters<typeof post>[0], signal: AbortSignal) =>
    post(request, { clock, signal, env: process.env });
  await keepHeartbeat({ clock, events, url, look, deliver }, signal);
}
