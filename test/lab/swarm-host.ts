import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { engineAt } from "./engine-client.ts";
import { hostFiles } from "./engine-files.ts";
import { isAnswering, killEngine, signalEngine } from "./engine-process.ts";
import type { HostRecord } from "./lab-folder.ts";
import { type LabProcess, processesOf } from "./machine/processes.ts";
import { cutPower, setLink, startHost } from "./swarm-host-process.ts";
import { setAvailability } from "./swarm-nodes.ts";
import type { SwarmRecord } from "./swarm-record.ts";

/** One machine of a Swarm, with a network, a name, processes, a /run and an engine of its own. */
export type SwarmHost = ReturnType<typeof openHost>;

/** The functions of one host of a Swarm that was started, be it by another process. */
export function openHost(swarm: SwarmRecord, host: HostRecord) {
  const files = hostFiles(swarm, host.name);
  const managers = swarm.hosts
    .filter(({ isManager }) => isManager)
    .map(({ name }) => engineAt(`unix://${hostFiles(swarm, name).socket}`));
  const nodeId = () => readNodeId(files.data, host.name);
  const make = async (availability: "active" | "drain") => setAvailability(managers, await nodeId(), availability);
  return {
    ...engineAt(`unix://${files.socket}`),
    /** Its hostname, and what `docker node ls` calls it. */
    name: host.name,
    address: host.address,
    isManager: host.isManager,
    dataDir: files.data,
    logFile: files.log,
    /** The ID of its node, whatever state it is in. Rejects when it is not part of a Swarm. */
    nodeId,
    isUp: (): Promise<boolean> => isAnswering(files),
    /** Everything that runs on it, the processes inside containers included. */
    processes: (): LabProcess[] => processesOf(files.mark, files.controlGroup),
    /** A power cut: everything that runs on it ends at once. Data stays. */
    kill: (): Promise<void> => cutPower(swarm, host),
    /** SIGKILL to dockerd and containerd. Containers go on running until the next start. */
    killEngine: (): Promise<void> => killEngine(files),
    /** Starts what is not running, with its network link up when it was off; resolves when the engine answers. */
    start: (): Promise<void> => startHost(swarm, host),
    /** Takes it off the network. Only its socket can still be reached. */
    cut: (): Promise<void> => setLink(swarm, host, "down"),
    mend: (): Promise<void> => setLink(swarm, host, "up"),
    /** SIGSTOP to dockerd and containerd: connections stay open and get no answer. Containers continue to run. */
    freeze: (): void => signalEngine(files, "SIGSTOP"),
    thaw: (): void => signalEngine(files, "SIGCONT"),
    /** No new tasks, and its tasks go elsewhere. Through whatever manager answers. */
    drain: (): Promise<void> => make("drain"),
    activate: (): Promise<void> => make("active"),
  };
}

/** It is in the certificate that the node got when it joined. */
async function readNodeId(dataDir: string, name: string): Promise<string> {
  const path = join(dataDir, "swarm", "certificates", "swarm-node.crt");
  const text = await readFile(path).catch((cause) => {
    throw new Error(`${name} has not joined its Swarm, or has left it.`, { cause });
  });
  const id = /^CN=(.+)$/m.exec(new X509Certificate(text).subject)?.[1];
  if (id === undefined) throw new Error(`${path} names no node.`);
  return id;
}
