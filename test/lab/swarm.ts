import { join } from "node:path";
import { claim } from "./claim.ts";
import { engineFiles } from "./engine-files.ts";
import { ensureImages } from "./images.ts";
import { shortId, writeRecord } from "./lab-folder.ts";
import { launch } from "./machine/launch.ts";
import { withLock } from "./machine/lock.ts";
import { gatewayOf, networkOf, setUpNetwork } from "./machine/network.ts";
import { needCommands } from "./machine/packages.ts";
import { until } from "./machine/until.ts";
import { openHost, type SwarmHost } from "./swarm-host.ts";
import { joinHosts } from "./swarm-join.ts";
import { leaderOf } from "./swarm-nodes.ts";
import { planHosts, type SwarmRecord, type SwarmSize } from "./swarm-record.ts";
import { makeWhole } from "./swarm-whole.ts";
import { takeDown } from "./take-down.ts";
import { prepareVariant } from "./variants/start-variant.ts";

export type { SwarmHost } from "./swarm-host.ts";
export type { SwarmRecord } from "./swarm-record.ts";

export type SwarmOptions = SwarmSize & {
  /** At most 24 small letters, digits and hyphens; a random one by default. */
  name?: string;
  /** More options of each host's dockerd. Registries at the gateway's address need none. */
  dockerdOptions?: readonly string[];
  /** The engine of each host, as in `EngineOptions`. */
  variant?: string | undefined;
  /** Images that each host gets, see `ensureImages`. */
  images?: readonly string[];
};

export type LabSwarm = ReturnType<typeof openSwarm>;

const longestElectionMs = 60_000;

/**
 * Starts a Docker Swarm of several hosts on this machine, in some seconds. It belongs to this process: if this dies
 * without `takeDown`, the next start of anything in the lab takes it down.
 * Rejects with one sentence where the machine lacks something, and with a dockerd's last lines when it does not come up.
 */
export async function startSwarm(options: SwarmOptions): Promise<LabSwarm> {
  await needCommands(["dockerd", "containerd", "runc", "docker", "ip", "iptables", "unshare", "nsenter"]);
  await prepareVariant(options.variant);
  const record = await withLock("up", () => prepare(options));
  const swarm = openSwarm(record);
  try {
    await Promise.all(swarm.hosts.map((host) => host.start()));
    await Promise.all([joinHosts(swarm.hosts), ...swarm.hosts.map((host) => ensureImages(host, options.images ?? []))]);
    await swarm.whole();
  } catch (error) {
    await swarm.takeDown();
    throw error;
  }
  return swarm;
}

/** The functions of a Swarm that was started, be it by another process. */
export function openSwarm(record: SwarmRecord) {
  const hosts = record.hosts.map((host) => openHost(record, host));
  const managers = hosts.filter(({ isManager }) => isManager);
  const down = () => withLock("up", () => takeDown(record));
  return {
    name: record.name,
    record,
    /** All of them, managers first. */
    hosts,
    managers,
    workers: hosts.filter(({ isManager }) => !isManager),
    /** The machine's address in the network of the hosts. What listens there is reached by hosts and containers. */
    gateway: gatewayOf(networkOf(record.network)),
    /** The manager that leads, as soon as more than half of them agree. Rejects after a minute. */
    leader: (): Promise<SwarmHost> => findLeader(managers),
    /** Brings back what was killed, cut off, frozen or drained; resolves when every host is ready, active and reachable. */
    whole: (): Promise<void> => makeWhole(hosts),
    /** The end: kills all that runs for it and removes all that it had. */
    takeDown: down,
    [Symbol.asyncDispose]: down,
  };
}

async function findLeader(managers: readonly SwarmHost[]): Promise<SwarmHost> {
  const ids = await Promise.all(managers.map((manager) => manager.nodeId()));
  let leader: SwarmHost | undefined;
  const isFound = async () => {
    const id = await leaderOf(managers);
    leader = id === undefined ? undefined : managers[ids.indexOf(id)];
    return leader !== undefined;
  };
  await until(isFound, AbortSignal.timeout(longestElectionMs), 100).catch(() => {});
  if (leader) return leader;
  throw new Error("the managers have had no leader for a minute: more than half of them have to be up and connected.");
}

/** The record is written before there is anything to take down. */
async function prepare(options: SwarmOptions): Promise<SwarmRecord> {
  const claimed = await claim(options.name ?? `s-${shortId()}`, "swarm");
  const hosts = planHosts(claimed.network, options);
  const { dockerdOptions = [], variant } = options;
  const record: SwarmRecord = { ...claimed, hosts, dockerdOptions, ...(variant && { variant }) };
  await writeRecord(record);
  try {
    await setUpNetwork(networkOf(record.network));
    refuseNames(record);
  } catch (error) {
    await takeDown(record);
    throw error;
  }
  return record;
}

/** Where a name server listens on all of the machine's addresses, that one answers instead: also at once. */
function refuseNames(record: SwarmRecord): void {
  const { folder, mark } = engineFiles(record);
  const program = join(import.meta.dirname, "machine", "no-names.ts");
  const args = [program, gatewayOf(networkOf(record.network))];
  launch({ command: process.execPath, args, folder, mark, log: join(folder, "names.log") });
}
