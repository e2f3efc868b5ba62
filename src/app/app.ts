import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { systemClock } from "../clock.ts";
import type { ChannelNames } from "../definition/telling.ts";
import { connectDocker } from "../engines/docker/connect.ts";
import { type EngineError, EngineTrouble, EngineUnavailable } from "../engines/engine.ts";
import type { EngineKind } from "../engines/kind.ts";
import { keptKind, namedKind } from "../engines/kinds.ts";
import { findKind, ledgerFileId, type OpenEngine, openEngine } from "../engines/open.ts";
import type { AuthFile } from "../http/access/follow-auth-file.ts";
import { Gate } from "../http/access/gate.ts";
import { serveCommands } from "../http/command-server.ts";
import { createRoutes } from "../http/routes.ts";
import { listen } from "../http/server.ts";
import { inPieces } from "../http/sharing/in-pieces.ts";
import { Readers } from "../http/sharing/readers.ts";
import { Events } from "../http/streams/events.ts";
import type { World } from "../http/world.ts";
import type { Job } from "../job/job.ts";
import type { Problem } from "../job/problem.ts";
import type { RunTrace } from "../job/trace.ts";
import { chosenSources, givenPools, scheduleFilesOf, timeSettings, unknownChannels } from "../job-sources.ts";
import { noteBoot } from "../ledger/changes/boot.ts";
import { bootsOf, type JobRecord } from "../ledger/record.ts";
import type { LedgerUnusable } from "../ledger/sqlite/database.ts";
import { type InstanceLock, type LockHolder, waitForLock } from "../ledger/sqlite/instance-lock.ts";
import { guardStateFiles, type StateFile, untilUsable } from "../ledger/sqlite/state-dir.ts";
import type { ChannelsFile } from "../notify/channels-file.ts";
import { openLog } from "../observe/log/log.ts";
import { createMetrics } from "../observe/metrics/metrics.ts";
import { createRunEvents, type RunEvent, type RunEvents } from "../observe/run-events.ts";
import { definitionEvents, nextDefinitions, noDefinitions, nodeJobs } from "../runs/definitions.ts";
import { Loop } from "../runs/loop.ts";
import { createTimetables, isReboot, type Timetables } from "../schedule/timetable.ts";
import { commandSocket, otherHostOf, type Settings } from "../settings/settings.ts";
import { followSources } from "../sources/catalog.ts";
import { PatientDisk } from "../sources/disk.ts";
import { NodeFollower } from "../sources/follow-nodes.ts";
import type { Snapshot } from "../sources/snapshot.ts";
import type { JobSource } from "../sources/source.ts";
import { lookAt, readTextFile } from "../sources/text-files.ts";
import { version } from "../version.ts";
import { type DockerNames, dockerJobProblems } from "../view/scheduler/docker-jobs.ts";
import { readinessOf } from "../view/scheduler/readiness.ts";
import { writeSchedulerView } from "../view/scheduler/scheduler-text.ts";
import { AlsoLabels } from "./also-labels.ts";
import { readBootId } from "./boot.ts";
import { checkAside } from "./check-aside.ts";
import { AlsoDockerJobs } from "./docker-jobs.ts";
import { readAside } from "./read-aside.ts";
import { memoryRelease } from "./release-memory.ts";
import { AppState } from "./state.ts";
import { AppTelling, beat } from "./telling.ts";
import type { AppTraces } from "./traces.ts";
import { AppWorld } from "./world.ts";

/**
 * The scheduler, from its start until `signal` is aborted: parts are made from the settings, wired to each other, and
 * stopped. Running jobs go on when it stops; the next scheduler takes them up.
 *
 * Trouble that may pass is waited for, and `/readyz` says why: an engine that does not answer, files of the state
 * directory that cannot be used, another scheduler that has the work.
 *
 * @throws when a setting is wrong: the address is in use, the file of `--http-auth` cannot be read, the host is none, the engine is not of the kind that is asked
 * for; and when the files of the state directory are removed or replaced while it works on them.
 */
export async function serve(settings: Settings, signal: AbortSignal): Promise<void> {
  const clock = systemClock;
  const events = createRunEvents();
  const state = new AppState({ clock, instance: settings.instance });
  const traces = await openTraces(settings, { events, state });
  const log = await openLog(settings, traces && ((job, run) => traces.traceOf(job, run).traceId));
  events.on(log.onEvent);
  events.on(state.onEvent);
  const changes = new Events({
    clock,
    epoch: randomBytes(4).toString("hex"),
    records: () => world.records(),
    quiet: (gone) => world.quiet(gone),
  });
  events.on((event) => tellChanges(event, changes));
  const build = { version, nodeVersion: process.version };
  const metrics = createMetrics(
    () => state.facts(),
    build,
    traces && ((job, run) => sampledId(traces.traceOf(job, run))),
  );
  events.on(metrics.onEvent);
  const timetables = createTimetables({
    boots: () => bootsOf(state.loop?.book.instance),
    otherHost: otherHostOf(settings),
  });
  const channels = await openChannels(settings);
  const world = new AppWorld({
    state,
    clock,
    timetables,
    timezone: settings.timezone,
    changes,
    check: textChecker(settings, () => channels?.channels.byName),
    tryChannel: channelTrier(settings, { state, file: () => channels }),
    ...ledgerAside(settings),
  });
  const authFile = await openAuthFile(settings);
  const gate = new Gate({
    clock,
    rules: () => authFile?.rules,
    publicHost: settings.publicUrl?.host,
    onFailedSignIn: (failed) => events.emit({ event: "sign-in-failed", ...failed }),
    onStrangeProxy: (peer) => events.emit({ event: "proxy-ignored", peer }),
  });
  const stopping = new AbortController();
  const onError = (cause: unknown, path: string) => events.emit({ event: "answer-failed", path, cause });
  const routes = createRoutes({
    clock,
    gate,
    pages: settings.pages,
    publicOrigin: settings.publicUrl?.origin,
    onAsked: ({ by: { via, name: by }, ...deed }) => events.emit({ event: "asked", ...deed, ...(by && { by }), via }),
    world: () => world.world(),
    stopping: stopping.signal,
    scrape: metrics.scrape,
    readers: new Readers(clock),
    health: () => state.health(clock.now()),
    readiness: () => readinessOf(state.readiness()),
    onError,
  });
  const http = await listen(settings.listen, routes, { clock, signal: stopping.signal });
  let commands: { readonly closed: Promise<void> } | undefined;
  try {
    const socket = commandSocket({ ...settings.listen, port: http.address.port });
    const scheduler = () => inPieces(writeSchedulerView(state.view()));
    commands = await serveCommands(socket, { clock, signal: stopping.signal, scheduler, onError });
    events.emit({
      event: "scheduler-started",
      instance: settings.instance,
      version,
      address: formatAddress(http.address),
    });
    signal.addEventListener("abort", () => events.emit({ event: "scheduler-stopping", reason: String(signal.reason) }));
    const noteAuth = (problems: readonly Problem[]) =>
      noteProblems({ state, events }, "--http-auth", [...problems, ...(authFile?.warnings ?? [])]);
    noteAuth([]);
    void authFile?.follow(noteAuth, stopping.signal);
    void beat({ settings, clock, events, state }, AbortSignal.any([signal, stopping.signal]));
    await run({ settings, state, events, changes, timetables, channels, traces }, signal);
  } finally {
    stopping.abort();
    await Promise.all([http.closed, commands?.closed]);
    events.emit({ event: "scheduler-stopped" });
    await log.flush();
  }
}

interface Wiring {
  readonly settings: Settings;
  readonly state: AppState;
  readonly events: RunEvents;
  readonly timetables: Timetables;
  readonly changes: Events;
  readonly channels: ChannelsFile | undefined;
  readonly traces: AppTraces | undefined;
}

/** What sends traces; undefined where no receiver of them is named. */
async function openTraces(
  { traces, instance }: Settings,
  parts: Pick<Wiring, "events" | "state">,
): Promise<AppTraces | undefined> {
  if (traces === undefined) return undefined;
  const { AppTraces } = await import("./traces.ts");
  return new AppTraces({ instance, traces, clock: systemClock, ...parts });
}

function sampledId({ traceId, isSampled }: RunTrace): string | undefined {
  return isSampled ? traceId : undefined;
}

/** What pages and API show of the scheduler itself has changed; what they show of jobs is in records. */
function tellChanges({ event }: RunEvent, changes: Events): void {
  switch (event) {
    case "problem":
    case "problem-solved":
    case "definitions-kept":
    case "definitions-unsure":
    case "pass-failed":
    case "pass-recovered":
    case "record-unreadable":
      changes.problemsChanged();
      break;
    case "engine-up":
    case "engine-down":
    case "standby":
    case "active":
    case "jobs-changed":
    case "paused":
    case "resumed":
      changes.schedulerChanged();
      break;
    default:
  }
}

/** Checks schedule files for those who have no shell here. */
function textChecker(settings: Settings, channels: () => ChannelNames | undefined) {
  const { timezone, instance, engine, stateDir } = settings;
  const otherHost = otherHostOf(settings);
  return checkAside(systemClock, () => {
    const kind = namedKind(engine) ?? keptKind(stateDir);
    const names = [...(channels()?.keys() ?? [])];
    return { timezone, instance, otherHost, channels: names, ...(kind && { engine: kind.abilities.objectKind }) };
  });
}

/** Sends a notice to try a channel, for those who have no shell here. */
function channelTrier(
  { instance, publicUrl }: Settings,
  { state, file }: { readonly state: AppState; readonly file: () => ChannelsFile | undefined },
): World["tryChannel"] {
  return async (name, { kind, signal }) => {
    const { byName, pageUrl } = file()?.channels ?? {};
    const channel = byName?.get(name);
    if (channel === undefined) return undefined;
    const { tryChannel } = await import("../notify/try-channel.ts");
    const parts = { instance, publicUrl: pageUrl ?? publicUrl?.url, clock: systemClock, env: process.env };
    const sent = await tryChannel(channel, kind, { ...parts, signal });
    if (sent.result === "delivered") state.channelTook?.(name);
    return { channel, sent };
  };
}

/** The file of the ledger, which can be read whether or not a scheduler works on it. */
function ledgerAside(settings: Settings) {
  const { engine, stateDir } = settings;
  const findKind = () => namedKind(engine) ?? keptKind(stateDir);
  return {
    findFile: () => {
      const kind = findKind();
      return kind && ledgerFileId(kind, stateDir);
    },
    openAside: () => {
      const kind = findKind();
      if (kind === undefined) throw new Error(`${stateDir} has no ledger`);
      const docker = connectDocker(settings.dockerHost);
      return openEngine(kind, { docker, clock: systemClock, settings, report: () => {} });
    },
  };
}

/** The file of `--http-auth`. @throws when it cannot be read, or is wrong. */
async function openAuthFile({ httpAuth: path }: Settings): Promise<AuthFile | undefined> {
  if (path === undefined) return undefined;
  const { AuthFile } = await import("../http/access/follow-auth-file.ts");
  const look = () => lookAtFile(path);
  return AuthFile.open({ path, look, clock: systemClock });
}

/** The file of `--channels`. @throws when it cannot be read, or is wrong. */
async function openChannels({ channels: path }: Settings): Promise<ChannelsFile | undefined> {
  if (path === undefined) return undefined;
  const { ChannelsFile } = await import("../notify/channels-file.ts");
  return ChannelsFile.open({ path, lookAt: lookAtFile, clock: systemClock });
}

async function lookAtFile(path: string) {
  const disk = new PatientDisk(systemClock);
  const file = await lookAt(path, disk);
  const { version, isDetached = false } = file;
  return { version, isDetached, read: () => readTextFile(file, disk) };
}

/** Makes these what is wrong with something that the settings name, and tells what is new of it and what is gone. */
function noteProblems({ state, events }: Pick<Wiring, "state" | "events">, of: string, found: readonly Problem[]) {
  const { came, went } = state.noteSettingProblems(of, found);
  for (const problem of came) events.emit({ event: "problem", ...problem });
  for (const problem of went) events.emit({ event: "problem-solved", ...problem });
}

async function run(wiring: Wiring, signal: AbortSignal): Promise<void> {
  const { settings, state, events, timetables } = wiring;
  for (const warning of settings.warnings) noteProblems({ state, events }, warning.at, [warning]);
  let isToldDown = false;
  const docker = connectDocker(settings.dockerHost);
  const onDown = (error: EngineError) => {
    const { message: cause } = error;
    if (error instanceof EngineTrouble && cause !== state.engineDownBecause)
      events.emit({ event: "pass-failed", cause });
    if (error instanceof EngineUnavailable && !isToldDown) events.emit({ event: "engine-down", cause });
    isToldDown ||= error instanceof EngineUnavailable;
    state.engineDownBecause = cause;
    state.engineDownSince ??= systemClock.now();
  };
  const readAhead = new AbortController();
  void declareAhead(wiring, AbortSignal.any([signal, readAhead.signal]));
  const waiting = { clock: systemClock, onTrouble: ledgerTrouble(state, events) };
  const onceUsable = <T>(work: () => T | Promise<T>) => untilUsable(work, waiting, signal);
  const kind = await onceUsable(() => findKind({ docker, clock: systemClock, settings, onDown }, signal));
  // On a ledger in a file, one scheduler works at a time.
  const isAlone = kind?.ledgerFile !== undefined;
  const lock = isAlone ? await onceUsable(() => becomeActive(settings, state, events, signal)) : undefined;
  if (kind === undefined || signal.aborted) return;
  const report = (at: string, problems: readonly Problem[]) => noteProblems({ state, events }, at, problems);
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
    const also = AlsoLabels.open({
      ...{ settings, kind, docker, clock: systemClock, state, events, onDown },
      checkSchedule: timetables.check,
      note: (problems) => noteProblems({ state, events }, "--also-labels", problems),
    });
    const foreign = await also?.untilAlone(until);
    const open = () => openEngine(kind, { docker, clock: systemClock, settings, report, foreign });
    const opened = until.aborted ? undefined : await untilUsable(open, waiting, until);
    if (opened !== undefined) {
      guard("ledger.db");
      state.ledgerFile = ledgerFileId(kind, settings.stateDir);
      const onDeclared = () => readAhead.abort();
      await schedule(opened, { ...wiring, kind, also, onDeclared }, until).finally(() => opened.close());
    }
    failed.signal.throwIfAborted();
  } finally {
    lock?.release();
    readAhead.abort();
  }
}

/** What schedule files are read with. */
const ownOf = (settings: Settings) => ({
  clock: systemClock,
  env: process.env,
  openReader: readAside(systemClock, { instance: settings.instance, otherHost: otherHostOf(settings) }),
});

/** A start without trouble takes less. */
const AHEAD_AFTER_MS = 2000;

/**
 * While the ledger is not known without the engine, and that does not answer: reads the schedule files, so that the page
 * has what they declare and what is wrong with them. Where the ledger is a file, records say more.
 */
async function declareAhead({ settings, state, changes, timetables }: Wiring, signal: AbortSignal): Promise<void> {
  const kind = namedKind(settings.engine) ?? keptKind(settings.stateDir);
  const { sources = ["files"] } = settings;
  if (kind?.ledgerFile !== undefined || !sources.includes("files")) return;
  await systemClock.wait(AHEAD_AFTER_MS, signal);
  if (signal.aborted) return;
  const declare = (snapshot: Snapshot) => {
    if (signal.aborted) return;
    state.declaredAhead = nextDefinitions(state.declaredAhead ?? noDefinitions, snapshot);
    changes.schedulerChanged();
  };
  const files = await scheduleFilesOf(settings, kind, { ...timeSettings(settings, timetables), ...ownOf(settings) });
  const pools = givenPools(settings);
  declare(await followSources({ sources: [files], clock: systemClock, pools, onChange: declare }, signal));
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

interface ScheduleWiring extends Wiring {
  readonly kind: EngineKind;
  /** Absent where labels of other schedulers do not count. */
  readonly also: AlsoLabels | undefined;
  /** Called when the sources have been read. */
  readonly onDeclared: () => void;
}

async function schedule(opened: OpenEngine, wiring: ScheduleWiring, signal: AbortSignal): Promise<void> {
  const { settings, kind, also, state, events, changes, timetables, channels, traces, onDeclared } = wiring;
  const clock = systemClock;
  const { instance, startsAtOnce = kind.defaults.startsAtOnce, aheadMs } = settings;
  const { engine, ledger } = opened;
  const telling = await AppTelling.open({
    settings,
    channels,
    clock,
    events,
    state,
    engine,
    isAlone: kind.ledgerFile !== undefined,
    records: () => loop.book.records,
    change: (job, change) => loop.book.change(job, change),
  });
  const none: ChannelNames = new Map();
  const names = () => channels?.channels.byName ?? none;
  const wakes = new Set<() => void>();
  const wakeSources = () => {
    for (const wake of wakes) wake();
  };
  const noteChannels = (problems: readonly Problem[]) => {
    telling.useChannels();
    noteProblems({ state, events }, "--channels", problems);
    noteProblems({ state, events }, "--notify", unknownChannels(settings, names()));
    wakeSources();
  };
  noteChannels([]);
  void channels?.follow(noteChannels, signal);
  const onRecord = (before: JobRecord | undefined, after: JobRecord | undefined) => {
    changes.recordChanged(before, after);
    telling.recordSeen(before, after);
  };
  const spans = traces?.open(engine.objectKind);
  const onWon = (before: JobRecord | undefined, after: JobRecord) => {
    telling.recordWon(before, after);
    spans?.recordWon(before, after);
  };
  const onStir = changes.jobStirred.bind(changes);
  const hearing = { events, onRecord, onWon, onStir };
  const world = { instance, engine, ledger, clock, timetables, startsAtOnce, aheadMs, tracing: traces?.tracing };
  const loop = new Loop({ ...world, ...hearing }, signal);
  state.loop = loop;
  state.opened = opened;
  await loop.load();
  const chosen = await chosenSources(settings, kind, { timetables, opened, channels: names, ...ownOf(settings) });
  // What is said of names of channels is another thing when the channels are others.
  const sources = chosen.map((source): JobSource => {
    const { name, load } = source;
    return {
      name,
      load: load.bind(source),
      watch: (wake, signal) => {
        wakes.add(wake);
        source.watch(wake, signal);
      },
    };
  });
  void also?.follow(wakeSources, signal);
  state.sources = sources.map(({ name }) => name);
  const noteInDocker = (jobs: readonly Job[], names: DockerNames) => {
    state.dockerNames = names;
    noteProblems({ state, events }, "docker jobs", dockerJobProblems(jobs, names));
  };
  const inDocker = new AlsoDockerJobs({ dockerJobs: opened.dockerJobs, clock, note: noteInDocker }, signal);
  const declare = declareInTurn({ loop, state, events, inDocker, settings });
  const releaseMemory = memoryRelease(clock, signal);
  const onExpanded = (next: Snapshot | Promise<Snapshot>) => void declare(next).then(releaseMemory);
  const nodes = new NodeFollower(
    {
      listNodes: (signal) => engine.nodes(signal),
      watchNodes: (wake, signal) => engine.watchNodes(wake, signal),
      known: () => nodeJobs(loop.book.records),
      clock,
      onChange: onExpanded,
    },
    signal,
  );
  const onChange = (next: Snapshot) => onExpanded(nodes.take(next));
  const snapshot = await followSources({ sources, clock, pools: givenPools(settings), onChange }, signal);
  onDeclared();
  // What was not read because the scheduler stops is no problem of a source.
  if (!signal.aborted) await declare(nodes.take(snapshot));
  void releaseMemory();
  const recording = loop.run();
  await Promise.all([recording, telling.run(signal), traces?.run(recording)]);
}

/**
 * Notes which boot this is, where a job is declared for it. It is not known of an engine on another machine. While the ledger
 * cannot be written, the boot stays unnoted, and counts at the next start.
 */
async function seeBoot(jobs: Iterable<Job>, { book }: Loop, settings: Settings): Promise<void> {
  const isForBoot = ({ schedules }: Pick<Job, "schedules">) => schedules.some(({ pattern }) => isReboot(pattern));
  const isWanted = Iterator.from(jobs).some(isForBoot);
  const id = isWanted && otherHostOf(settings) === undefined ? readBootId() : undefined;
  if (id === undefined) return;
  const { lastWrittenAt } = book;
  const cursors = [...book.records.values()].flatMap(({ definition, cursor }) => (isForBoot(definition) ? cursor : []));
  await book.changeInstance((instance) => noteBoot(instance, id, { now: systemClock.now(), cursors, lastWrittenAt }));
}

/** One snapshot after the other, in the order in which they came. */
function declareInTurn({
  loop,
  state,
  events,
  inDocker,
  settings,
}: Pick<Wiring, "state" | "events" | "settings"> & { readonly loop: Loop; readonly inDocker: AlsoDockerJobs }): (
  snapshot: Snapshot | Promise<Snapshot>,
) => Promise<void> {
  let turn: Promise<void> = Promise.resolve();
  return (next) => {
    turn = turn
      .then(async () => {
        const snapshot = await next;
        const before = state.definitions ?? noDefinitions;
        const after = nextDefinitions(before, snapshot);
        state.definitions = after;
        for (const event of definitionEvents(before, after)) events.emit(event);
        inDocker.declare(after.jobs.values());
        await seeBoot(after.jobs.values(), loop, settings).catch((cause) =>
          events.emit({ event: "pass-failed", cause }),
        );
        await loop.declare(snapshot);
      })
      .catch((cause) => events.emit({ event: "pass-failed", cause }));
    return turn;
  };
}
