import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tryLock } from "../../ledger/sqlite/instance-lock.ts";
import { openSqliteLedger } from "../../ledger/sqlite/sqlite-ledger.ts";
import { containerLabels } from "../../sources/labelled-objects.ts";
import { caveatOf } from "../docker/maker.ts";
import { pullImage } from "../docker/registry/images.ts";
import { unlessDown } from "../docker/status.ts";
import type { EngineHost, EngineParts, KindParts } from "../kind.ts";
import { type Remains, remainingDeclared, remainingObjects } from "../remains.ts";
import { LabelledContainers } from "./labelled-containers.ts";

/** How long an engine that answers may take to name its version. */
const GREET_WITHIN_MS = 10_000;

export const containerParts: KindParts = {
  host: containerHost,
  openLedger: ({ stateDir, clock, write }) => {
    const ledger = openSqliteLedger(stateDir, clock, write);
    return { ledger, close: () => ledger.close() };
  },
  keepSchedulersAway: ({ stateDir, clock }) => {
    const lock = tryLock(stateDir, clock.now());
    return lock && (() => lock.release());
  },
  labels: ({ docker, events, clock }, settings) => {
    const containers = new LabelledContainers(docker, events, { ...settings.rules, foreign: settings.foreign });
    return containerLabels({
      ...settings,
      clock,
      listLabelled: (signal) => containers.list(signal),
      watchObjects: (wake, signal) => containers.watch(wake, signal),
    });
  },
  /** Under the lock of the state directory: while a scheduler has it, nothing is removed. */
  findRemains: async (parts, engine) => {
    const { docker, stateDir, clock } = parts;
    const isUsed = hasLedger(stateDir);
    // Taking the lock makes its file: not where there was nothing.
    const lock = isUsed ? tryLock(stateDir, clock.now()) : undefined;
    if (isUsed && lock === undefined) return { inUse: `a scheduler has the lock of ${stateDir}; stop it first` };
    const release = () => lock?.release();
    try {
      const remains: Remains[] = [
        { words: ["container", "containers"], items: await remainingObjects(engine) },
        remainingLedger(stateDir),
        { words: ["network", "networks"], items: await remainingDeclared(parts, "networks") },
      ];
      return { where: `${docker.host} and ${stateDir}`, remains, release };
    } catch (error) {
      release();
      throw error;
    }
  },
};

export function containerHost({ docker, credentials }: EngineParts): EngineHost {
  return {
    greet: async () => {
      await docker.ping();
      const version = await docker.version(GREET_WITHIN_MS).catch(unlessDown);
      return {
        version: version ?? "unknown",
        apiVersion: await docker.apiVersion(),
        ...caveatOf(await docker.maker()),
      };
    },
    pull: (image, signal, platform) =>
      pullImage(docker, image, { registryAuth: credentials?.headerFor(image), signal, platform }),
    nodes: async (signal) => {
      const { id, name, serverVersion: engineVersion } = await docker.info({ signal });
      return [{ id, name, state: "ready", availability: "active", isLeader: false, engineVersion }];
    },
    watchNodes: () => {},
  };
}

/** In the order in which they go: the lock last, since it keeps schedulers away as long as it is held. */
const LEDGER_FILES = ["ledger.db-shm", "ledger.db-wal", "ledger.db", "holder.json", "lock.db-journal", "lock.db"];

/** Whether a scheduler has used this state directory, even if it has only just begun to. */
function hasLedger(stateDir: string): boolean {
  return LEDGER_FILES.some((file) => existsSync(join(stateDir, file)));
}

/** The ledger goes after the runs that it tells of. */
function remainingLedger(stateDir: string): Remains {
  const remove = async () => {
    for (const file of LEDGER_FILES) rmSync(join(stateDir, file), { force: true });
  };
  return { words: ["ledger", "ledgers"], items: hasLedger(stateDir) ? [{ name: stateDir, remove }] : [] };
}
