import { hostname } from "node:os";
import { AppState } from "./app-state.ts";
import { systemClock } from "./clock.ts";
import { connectDocker } from "./engines/docker/connect.ts";
import { type EngineError, EngineTrouble, EngineUnavailable } from "./engines/engine.ts";
import type { EngineKind } from "./engines/kind.ts";
import { findKind, ledgerFileId, type OpenEngine, openEngine } from "./engines/open.ts";
import { inPieces } from "./http/in-pieces.ts";
import { Readers } from "./http/readers.ts";
import { createRoutes } from "./http/routes.ts";
import { listen } from "./http/server.ts";
import type { Problem } from "./job/problem.ts";
import type { LedgerUnusable } from "./ledger/sqlite/database.ts";
import { type InstanceLock, type LockHolder, waitForLock } from "./ledger/sqlite/instance-lock.ts";
import { guardStateFiles, type StateFile, untilUsable } from "./ledger/sqlite/state-dir.ts";
import { openLog } from "./observe/log/log.ts";
import { createMetrics } from "./observe/metrics/metrics.ts";
import { createRunEvents, type RunEvents } from "./observe/run-events.ts";
import { memoryRelease } from "./release-memory.ts";
import { definitionEvents, nextDefinitions, noDefinitions } from "./runs/definitions.ts";
import { Loop } from "./runs/loop.ts";
import { doubtOf } from "./schedule/crontab/doubt.ts";
import { createTimetables, type Timetables } from "./schedule/timetable.ts";
import type { Settings } from "./settings/settings.ts";
import { followSources } from "./sources/catalog.ts";
import { PatientDisk } from "./sources/disk.ts";
import { scheduleFiles } from "./sources/schedule-files.ts";
import type { Snapshot } from "./sources/snapshot.ts";
import type { JobSource } from "./sources/source.ts";
import { presentPaths } from "./sources/text-files.ts";
import { version } from "./version.ts";
import { readinessOf } from "./view/readiness.ts";
import { writeSchedulerView } from "./view/scheduler-text.ts";

/**
 * The scheduler, from its start until `signal` is aborted: parts are made from the settings, wired to each other, and
 * stopped. Running jobs go on when it stops; the next scheduler takes them up.
 *
 * Trouble that may pass is waited for, and `/readyz` says why: an engine that does not answer, files of the state
 * directory that cannot be used, another scheduler that has the work.
 *
 * @throws when a setting is wrong: the address is in use, the host is none, the engine is not of the kind that is asked
 * for; and when the files of the state directory are removed or replaced while it works on them.
 */
export async function serve(settings: Settings, signal: AbortSignal): Promise<void> {
  const clock = systemClock;
  const events = createRunEvents();
  const log = await openLog(settings);
  events.on(log.onEvent);
  const state = new AppState({ clock, instance: settings.instance });
  events.on(state.onEvent);
  const metrics = createMetrics(() => state.facts(), { version, nodeVersion: process.version });
  events.on(metrics.onEvent);
  const routes = createRoutes({
    scrape: metrics.scrape,
    readers: new Readers(clock),
    health: () => state.health(clock.now()),
    readiness: () => readinessOf(state.readiness()),
    scheduler: () => inPieces(writeSchedulerView(state.view())),
    onError: (cause, path) => events.emit({ event: "answer-failed", path, cause }),
  });
  const stopping = new AbortController();
  const http = await listen(settings.listen, routes, { clock, signal: stopping.signal });
  try {
    events.emit({
      event: "scheduler-started",
      instance: settings.instance,
      version,
      address: formatAddress(http.address),
    });
    signal.addEventListener("abort", () => events.emit({ event: "scheduler-stopping", reason: String(signal.reason) }));
    await run({ settings, state, events }, signal);
  } finally {
    stopping.abort();
    await http.closed;
    events.emit({ event: "scheduler-stopped" });
    await log.flush();
  }
}

type Wiring = { readonly settings: Settings; readonly state: AppState; readonly events: RunEvents };

/** Makes these what is wrong at that place of the settings, and tells what is new of it and what is gone. */
function noteProblems({ state, events }: Omit<Wiring, "settings">, at: string, found: readonly Omit<Problem, "at">[]) {
  const { came, went } = state.noteSettingProblems(at, found);
  for (const problem of came) events.emit({ event: "problem", ...problem });
  for (const problem of went) events.emit({ event: "problem-solved", ...problem });
}

async function run({ settings, state, events }: Wiring, signal: AbortSignal): Promise<void> {
  for (const { at, ...warning } of settings.warnings) noteProblems({ state, events }, at, [warning]);
  let isToldDown = false;
  const docker = connectDocker(settings.dockerHost);
  const onDown = (error: EngineError) => {
    const { message: cause } = error;
    if (error instanceof EngineTrouble && cause !== state.engineDownBecause)
      events.emit({ event: "pass-failed", cause });
    if (error instanceof EngineUnavailable && !isToldDown) events.emit({ event: "engine-down", cause });
    isToldDown ||= error instanceof EngineUnavailable;
    state.engineDownBecause = cause;
  };
  const waiting = { clock: systemClock, onTrouble: ledgerTrouble(state, events) };
  const onceUsable = <T>(work: () => T | Promise<T>) => untilUsable(work, waiting, signal);
  const kind = await onceUsable(() => findKind({ docker, clock: systemClock, settings, onDown }, signal));
  // On a ledger in a file, one scheduler works at a time.
  const isAlone = kind?.ledgerFile !== undefined;
  const lock = isAlone ? await onceUsable(() => becomeActive(settings, state, events, signal)) : undefined;
  if (kind === undefined || signal.aborted) return;
  const report = (at: string, messages: readonly string[]) =>
    noteProblems(
      { state, events },
      at,
      messages.map((message) => ({ message })),
    );
  const failed = new AbortController();
  const until = AbortSignal.any([signal, failed.signal]);
  const fail = (error: Error) => {
    events.emit({ event: "scheduler-stopping", reason: error.message });
    failed.abort(error);
  };
  const guard = (file: StateFile) => {
    if (lock !== undefined) void guardStateFiles(settings.stateDir, systemClock, until, [file]).catch(fail);
  };
  guard("lock.db");
  try {
    const open = () => openEngine(kind, { docker, clock: systemClock, settings, report });
    const opened = await untilUsable(open, waiting, until);
    if (opened !== undefined) {
      guard("ledger.db");
      state.ledgerFile = ledgerFileId(kind, settings.stateDir);
      await schedule(opened, { settings, kind, state, events }, until).finally(() => opened.close());
    }
    failed.signal.throwIfAborted();
  } finally {
    lock?.release();
  }
}

/** Logs what keeps the ledger from being opened, once per cause, and once that it is open. */
function ledgerTrouble(state: AppState, events: RunEvents): (cause: LedgerUnusable | undefined) => void {
  return (cause) => {
    state.ledgerDownBecause = cause?.message;
    events.emit(cause === undefined ? { event: "pass-recovered" } : { event: "pass-failed", cause });
  };
}

function formatAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Only one process of a state directory may start containers; another one waits here. */
async function becomeActive(
  { stateDir }: Settings,
  state: AppState,
  events: RunEvents,
  signal: AbortSignal,
): Promise<InstanceLock | undefined> {
  const lock = await waitForLock(stateDir, systemClock, signal, (holder) => {
    state.standbyBecause = `${holderText(holder)} has the lock of ${stateDir}`;
    events.emit({ event: "standby", reason: state.standbyBecause });
  });
  if (lock === undefined) return undefined;
  if (state.standbyBecause !== undefined) events.emit({ event: "active" });
  state.standbyBecause = undefined;
  return lock;
}

function holderText(holder: LockHolder | undefined): string {
  if (holder === undefined) return "another scheduler";
  const where = holder.host === hostname() ? "" : ` on ${holder.host}`;
  return `the scheduler with process id ${holder.pid}${where}, active since ${holder.since},`;
}

async function schedule(opened: OpenEngine, wiring: Wiring & { kind: EngineKind }, signal: AbortSignal): Promise<void> {
  const { settings, kind, state, events } = wiring;
  const clock = systemClock;
  const { instance, startsAtOnce = kind.defaults.startsAtOnce } = settings;
  const timetables = createTimetables();
  const { engine, ledger } = opened;
  const loop = new Loop({ instance, engine, ledger, clock, events, timetables, startsAtOnce }, signal);
  state.loop = loop;
  await loop.load();
  const sources = await chosenSources(settings, kind, timetables, opened);
  state.sources = sources.map(({ name }) => name);
  const declare = declareInTurn(loop, state, events);
  const releaseMemory = memoryRelease(clock, signal);
  const onChange = (next: Snapshot) => void declare(next).then(releaseMemory);
  const snapshot = await followSources({ sources, clock, onChange }, signal);
  // What was not read because the scheduler stops is no problem of a source.
  if (!signal.aborted) await declare(snapshot);
  void releaseMemory();
  await loop.run();
}

async function chosenSources(
  settings: Settings,
  kind: EngineKind,
  { check }: Timetables,
  opened: OpenEngine,
): Promise<JobSource[]> {
  const { timezone, instance, given, sources = kind.defaults.sources } = settings;
  const time = { defaultTimezone: timezone, checkSchedule: check, doubtSchedule: doubtOf };
  const engine = kind.abilities.objectKind;
  // A folder that is only the default need not be there.
  const disk = new PatientDisk(systemClock);
  const { schedules } = settings;
  const paths = given.has("schedules") || !sources.includes("files") ? schedules : await presentPaths(schedules, disk);
  const variables = { variables: process.env, envFiles: settings.envFiles };
  const files = () => scheduleFiles({ ...time, ...variables, engine, paths, disk, clock: systemClock });
  return sources.map((name) => {
    if (name === "files") return files();
    const labels = name === kind.labelSource ? opened.labels({ ...time, instance }) : undefined;
    if (labels !== undefined) return labels;
    const { objects } = kind.words;
    throw new Error(
      `--sources ${name}: jobs run as ${objects} here (--engine ${kind.name}), so only ${objects} can be copied`,
    );
  });
}

/** One snapshot after the other, in the order in which they came. */
function declareInTurn(loop: Loop, state: AppState, events: RunEvents): (snapshot: Snapshot) => Promise<void> {
  let turn: Promise<void> = Promise.resolve();
  return (snapshot) => {
    turn = turn
      .then(async () => {
        const before = state.definitions ?? noDefinitions;
        const after = nextDefinitions(before, snapshot);
        state.definitions = after;
        for (const event of definitionEvents(before, after)) events.emit(event);
        await loop.declare(snapshot);
      })
      .catch((cause) => events.emit({ event: "pass-failed", cause }));
    return turn;
  };
}
