import { claim } from "./claim.ts";
import { engineAt } from "./engine-client.ts";
import { dockerdArguments, engineFiles, writeEngineFiles } from "./engine-files.ts";
import { isAnswering, killEngine, startProcesses, stopDockerd } from "./engine-process.ts";
import { shortId, type UpRecord, writeRecord } from "./lab-folder.ts";
import { withLock } from "./machine/lock.ts";
import { networkOf, setUpNetwork } from "./machine/network.ts";
import { needCommands } from "./machine/packages.ts";
import { type LabProcess, processesOf } from "./machine/processes.ts";
import { takeDown } from "./take-down.ts";
import { prepareVariant, startVariant } from "./variants/start-variant.ts";

export type { UpRecord } from "./lab-folder.ts";

export type EngineOptions = {
  /** At most 24 small letters, digits and hyphens; a random one by default. */
  name?: string;
  /** More options of dockerd, such as `--live-restore` or `--insecure-registry=…`. */
  dockerdOptions?: readonly string[];
  /** The name of another engine than this machine's own, see `variants/variants.ts`. It is installed into the cache at its first start. */
  variant?: string | undefined;
};

/** A Docker Engine that belongs to one process and goes with it. */
export type LabEngine = Awaited<ReturnType<typeof startEngine>>;

/**
 * Starts a private engine next to any other engines there are, in one to two seconds, without any image. It belongs
 * to this process: if this dies without `takeDown`, the next start of any engine takes it down.
 * Rejects with one sentence where the machine lacks something, and with dockerd's last lines when it does not come up.
 */
export async function startEngine(options: EngineOptions = {}) {
  const name = options.name ?? `e-${shortId()}`;
  await needCommands(["dockerd", "containerd", "runc", "docker", "ip", "iptables"]);
  await prepareVariant(options.variant);
  const record = await withLock("up", () => prepare(name, options.variant));
  try {
    await openEngine(record, options).start();
  } catch (error) {
    await withLock("up", () => takeDown(record));
    throw error;
  }
  return openEngine(record, options);
}

/** The functions of an engine that was started, be it by another process. */
export function openEngine(record: UpRecord, options: EngineOptions = {}) {
  const files = engineFiles(record);
  const dockerdOptions = [...dockerdArguments(files, networkOf(record.network)), ...(options.dockerdOptions ?? [])];
  const start = () =>
    record.variant === undefined
      ? startProcesses(files, dockerdOptions)
      : startVariant(record.variant, files, dockerdOptions);
  const stop = () => stopDockerd(files);
  const down = () => withLock("up", () => takeDown(record));
  return {
    ...engineAt(`unix://${files.socket}`),
    name: record.name,
    record,
    dataDir: files.data,
    logFile: files.log,
    isUp: (): Promise<boolean> => isAnswering(files),
    /** Everything that runs for this engine, the processes inside containers included. */
    processes: (): LabProcess[] => processesOf(files.mark, files.controlGroup),
    /** Starts it again after `stop` or `kill`; nothing when it runs. */
    start,
    /** SIGTERM to dockerd: it stops its containers first (10 s for those that ignore SIGTERM). Data stays. */
    stop,
    restart: () => stop().then(start),
    /** SIGKILL to dockerd and containerd. Containers go on running until the next start. Data stays. */
    kill: (): Promise<void> => killEngine(files),
    /** The end: kills all that runs for it and removes all that it had. */
    takeDown: down,
    [Symbol.asyncDispose]: down,
  };
}

/** The record is written before there is anything to take down. */
async function prepare(name: string, variant: string | undefined): Promise<UpRecord> {
  const record = { ...(await claim(name, "engine")), ...(variant && { variant }) };
  await writeRecord(record);
  try {
    await writeEngineFiles(engineFiles(record));
    await setUpNetwork(networkOf(record.network));
  } catch (error) {
    await takeDown(record);
    throw error;
  }
  return record;
}
