import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { AppState } from "./app-state.ts";
import { systemClock } from "./clock.ts";
import { connectDocker } from "./docker/connect.ts";
import { ContainerEngine } from "./docker/container-engine.ts";
import { DockerEvents } from "./docker/docker-events.ts";
import { LabelledContainers } from "./docker/labelled-containers.ts";
import { RegistryCredentials } from "./docker/registry-auth.ts";
import { createPages } from "./http/pages.ts";
import { listen } from "./http/server.ts";
import { type InstanceLock, type LockHolder, waitForLock } from "./ledger/instance-lock.ts";
import { openSqliteLedger } from "./ledger/sqlite-ledger.ts";
import { memoryRelease } from "./release-memory.ts";
import { openLog } from "./report/log.ts";
import { createMetrics } from "./report/metrics.ts";
import { definitionEvents } from "./runs/definition-events.ts";
import { Loop } from "./runs/loop.ts";
import { createRunEvents, type RunEvents } from "./runs/run-events.ts";
import { createTimetables, type Timetables } from "./schedule/timetable.ts";
import type { Settings } from "./settings.ts";
import { followSources } from "./sources/catalog.ts";
import { containerLabels } from "./sources/container-labels.ts";
import type { Snapshot } from "./sources/merge-readings.ts";
import { scheduleFiles } from "./sources/schedule-files.ts";
import type { JobSource } from "./sources/source.ts";
import { version } from "./version.ts";

/**
 * The scheduler, from its start until `signal` is aborted: parts are made from the settings, wired to each other, and
 * stopped. Running jobs go on when it stops; the next scheduler takes them up.
 *
 * @throws when it cannot start at all: the address is in use, the state directory cannot be written, the host is wrong.
 */
export async function serve(settings: Settings, signal: AbortSignal): Promise<void> {
  refuseSwarm(settings);
  const clock = systemClock;
  const events = createRunEvents();
  const log = await openLog(settings);
  events.on(log.onEvent);
  const state = new AppState();
  const metrics = createMetrics(state, { version, nodeVersion: process.version });
  events.on(metrics.onEvent);
  const pages = createPages({
    scrape: metrics.scrape,
    health: () => state.health(clock.now()),
    readiness: () => state.readiness(),
    onError: (cause) => events.emit({ event: "pass-failed", cause }),
  });
  const stopping = new AbortController();
  const http = await listen(settings.listen, pages, { clock, signal: stopping.signal });
  try {
    events.emit({
      event: "scheduler-started",
      instance: settings.instance,
      version,
      address: formatAddress(http.address),
    });
    signal.addEventListener("abort", () => events.emit({ event: "scheduler-stopping", reason: String(signal.reason) }));
    const lock = await becomeActive(settings, state, events, signal);
    if (lock !== undefined) await schedule(settings, state, events, signal);
    lock?.release();
  } finally {
    stopping.abort();
    await http.closed;
    events.emit({ event: "scheduler-stopped" });
    await log.flush();
  }
}

function formatAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function refuseSwarm({ engine, sources }: Settings): void {
  const asked = engine === "swarm" ? "--engine swarm" : sources.includes("services") ? "--sources services" : undefined;
  if (asked !== undefined) {
    throw new Error(`${asked}: this version runs jobs as containers of one Docker Engine, not yet as Swarm services`);
  }
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

async function schedule(settings: Settings, state: AppState, events: RunEvents, signal: AbortSignal): Promise<void> {
  const { instance, stateDir, startsAtOnce } = settings;
  const clock = systemClock;
  const docker = connectDocker(settings.dockerHost);
  const dockerEvents = new DockerEvents(docker, clock);
  const credentials = registryCredentials(settings, events);
  const engine = new ContainerEngine({ docker, events: dockerEvents, instance, ...(credentials && { credentials }) });
  const ledger = openSqliteLedger(stateDir, clock);
  const timetables = createTimetables();
  const loop = new Loop({ instance, engine, ledger, clock, events, timetables, startsAtOnce }, signal);
  state.loop = loop;
  await loop.load();
  const sources = chosenSources(settings, timetables, new LabelledContainers(docker, dockerEvents));
  const declare = declareInTurn(loop, state, events);
  const releaseMemory = memoryRelease(clock, signal);
  const onChange = (next: Snapshot) => void declare(next).then(releaseMemory);
  const snapshot = await followSources({ sources, clock, onChange }, signal);
  await declare(snapshot);
  void releaseMemory();
  await loop.run();
  ledger.close();
}

/** A file that is only the default need not be there; it is used once it is. */
function registryCredentials({ registryConfig, given }: Settings, events: RunEvents): RegistryCredentials | undefined {
  if (registryConfig === undefined) return undefined;
  const warn = (message: string) => events.emit({ event: "problem", source: "scheduler", at: registryConfig, message });
  if (given.has("registryConfig") && !existsSync(registryConfig)) warn("there is no such file");
  return new RegistryCredentials(registryConfig, warn);
}

function chosenSources(settings: Settings, { check }: Timetables, containers: LabelledContainers): JobSource[] {
  const time = { defaultTimezone: settings.timezone, checkSchedule: check };
  const { sources, given } = settings;
  // A folder that is only the default need not be there.
  const schedules = settings.schedules.filter((path) => given.has("schedules") || existsSync(path));
  const all: Record<string, () => JobSource> = {
    files: () => scheduleFiles({ ...time, paths: schedules, variables: process.env, clock: systemClock }),
    containers: () =>
      containerLabels({
        ...time,
        listLabelled: (signal) => containers.list(signal),
        watchObjects: (wake, signal) => containers.watch(wake, signal),
      }),
  };
  return sources.flatMap((name) => all[name]?.() ?? []);
}

/** One snapshot after the other, in the order in which they came. */
function declareInTurn(loop: Loop, state: AppState, events: RunEvents): (snapshot: Snapshot) => Promise<void> {
  let turn: Promise<void> = Promise.resolve();
  return (snapshot) => {
    turn = turn
      .then(async () => {
        const before = state.definitions ?? { jobs: new Map(), problems: [] };
        state.definitions = snapshot;
        for (const event of definitionEvents(before, snapshot)) events.emit(event);
        await loop.declare(snapshot);
      })
      .catch((cause) => events.emit({ event: "pass-failed", cause }));
    return turn;
  };
}
