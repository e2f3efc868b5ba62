import { hostname } from "node:os";
import type { Clock } from "../clock.ts";
import type { OpenEngine } from "../engines/open.ts";
import { GiveWay } from "../http/sharing/give-way.ts";
import type { SharedViews } from "../http/sharing/shared-views.ts";
import type { Events } from "../http/streams/events.ts";
import type { World } from "../http/world.ts";
import type { JobRecord } from "../ledger/record.ts";
import { Book } from "../runs/book.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { version } from "../version.ts";
import type { SchedulerView } from "../view/scheduler/scheduler-view.ts";
import type { AppState } from "./state.ts";

/** The ledger and engine of an instance on which this scheduler does not work: another one does, or it starts. */
type Aside = Pick<OpenEngine, "engine" | "ledger" | "close">;

interface AppWorldParts {
  readonly state: AppState;
  readonly clock: Clock;
  readonly timetables: Timetables;
  readonly timezone: string;
  readonly changes: Events;
  /** Identifies the file of the ledger; undefined where the ledger is none, or there is none yet. */
  readonly findFile: () => string | undefined;
  /** Opens that file, without the right to start anything. */
  readonly openAside: () => Promise<Aside>;
  readonly check: World["check"];
  readonly tryChannel: World["tryChannel"];
}

type ReadWorld = Omit<World, "asset">;

/** Requests that began before this scheduler got the work are over by then. */
const CLOSE_AFTER_MS = 10_000;

/**
 * What pages and API read, in whichever condition this scheduler is. Once it works, they read what it knows. Until then,
 * and while it stands by, they read the ledger's file as commands do; it is opened when something is first asked for.
 */
export class AppWorld {
  readonly #parts: AppWorldParts;
  #reading: { readonly file: string; readonly begun: Promise<Reading> } | undefined;
  /** As it was last read. */
  #lastRead: Reading | undefined;
  /** A start is not to be late because people look. */
  readonly #giveWay: GiveWay;
  /** Loaded when a page is first asked for. */
  #shared: Promise<SharedViews> | undefined;

  constructor(parts: AppWorldParts) {
    this.#parts = parts;
    this.#giveWay = new GiveWay({
      clock: parts.clock,
      nextTurn: () => parts.state.loop?.nextTurnAt,
      isBusy: () => parts.state.loop?.isBusy === true,
    });
  }

  /** The records as they are known now; undefined while the ledger cannot be used. */
  records(): ReadonlyMap<string, JobRecord> | undefined {
    return recordsOf(this.#parts.state, this.#lastRead);
  }

  /** Resolves when what is sent to readers delays no start. */
  quiet(gone: AbortSignal): Promise<void> {
    return this.#giveWay.quiet(gone);
  }

  async world(): Promise<ReadWorld> {
    const { state, clock, timetables, timezone, changes: events } = this.#parts;
    await this.#giveWay.turn();
    const reading = await this.#readAside();
    this.#lastRead = reading;
    this.#shared ??= this.#share();
    return {
      ...(await this.#shared),
      clock,
      timetables,
      host: hostname(),
      version,
      timezone,
      scheduler: () => viewOf(state, reading),
      records: () => recordsOf(state, reading),
      instance: () => bookOf(state, reading)?.instance,
      definition: (job) => state.definitions?.jobs.get(job),
      ledger: () => (isWorking(state) ? state.loop?.operated : reading?.aside.ledger),
      engine: () => (isWorking(state) ? state.opened : reading?.aside)?.engine,
      check: this.#parts.check,
      tryChannel: this.#parts.tryChannel,
      isTraced: state.spans !== undefined,
      events,
    };
  }

  async #share(): Promise<SharedViews> {
    const { state, clock, timetables } = this.#parts;
    const { shareViews } = await import("../http/sharing/shared-views.ts");
    return shareViews({
      clock,
      timetables,
      records: () => this.records(),
      instance: () => bookOf(state, this.#lastRead)?.instance,
      scheduler: () => viewOf(state, this.#lastRead),
      engine: () => (isWorking(state) ? state.opened : this.#lastRead?.aside)?.engine,
    });
  }

  /** Undefined when this scheduler works, and while there is nothing to read or it cannot be read. */
  async #readAside(): Promise<Reading | undefined> {
    const { state, findFile } = this.#parts;
    const file = isWorking(state) ? undefined : findFile();
    if (this.#reading !== undefined && this.#reading.file !== file) {
      void this.#end(this.#reading.begun);
      this.#reading = undefined;
    }
    if (file === undefined) return undefined;
    this.#reading ??= { file, begun: this.#begin() };
    const { begun } = this.#reading;
    try {
      return await begun;
    } catch {
      // The next request tries again; `/readyz` and the log say what is wrong with the ledger.
      if (this.#reading?.begun === begun) this.#reading = undefined;
      return undefined;
    }
  }

  async #begin(): Promise<Reading> {
    const { changes } = this.#parts;
    const aside = await this.#parts.openAside();
    const onRecord = changes.recordChanged.bind(changes);
    const book = new Book(aside.ledger, { onRecord });
    const ending = new AbortController();
    const end = () => {
      ending.abort();
      aside.close();
    };
    try {
      await book.load();
    } catch (error) {
      end();
      throw error;
    }
    // A record that cannot be read now is read with its next change.
    aside.ledger.watch((job) => void (job && book.reread(job).catch(() => {})), ending.signal);
    aside.ledger.watchInstance(() => {
      const told = () => changes.schedulerChanged();
      void book.rereadInstance().then(told, () => {});
    }, ending.signal);
    return { aside, book, end };
  }

  async #end(begun: Promise<Reading>): Promise<void> {
    const reading = await begun.catch(() => undefined);
    await this.#parts.clock.wait(CLOSE_AFTER_MS, new AbortController().signal);
    reading?.end();
  }
}

interface Reading {
  readonly aside: Aside;
  readonly book: Book;
  readonly end: () => void;
}

/** Whether it has read the records and works on them. */
function isWorking({ loop }: AppState): boolean {
  return loop?.turnedAt !== undefined;
}

function bookOf(state: AppState, reading: Reading | undefined): Book | undefined {
  return isWorking(state) ? state.loop?.book : reading?.book;
}

function recordsOf(state: AppState, reading: Reading | undefined) {
  if (!isWorking(state)) return reading?.book.records;
  return state.condition().ledgerDownBecause === undefined ? state.loop?.book.records : undefined;
}

/** What is read aside can be read, whether or not this scheduler could work on it. */
function viewOf(state: AppState, reading: Reading | undefined): SchedulerView {
  const view = state.view();
  if (isWorking(state) || reading === undefined) return view;
  const { ledgerDownBecause: _, engineDownBecause, engineDownSince, ...rest } = view;
  const isDown = view.role.kind === "starting" && engineDownBecause !== undefined;
  return { ...rest, ...(isDown && { engineDownBecause, ...(engineDownSince && { engineDownSince }) }) };
}
