import { mkdir, rm } from "node:fs/promises";
import { type EngineFiles, hostFiles, placeArguments, writeEngineFiles } from "./engine-files.ts";
import { startProcesses } from "./engine-process.ts";
import type { HostRecord } from "./lab-folder.ts";
import { hasNamespaces, makeNamespaces, removeNamespaces, within } from "./machine/namespaces.ts";
import { gatewayOf, networkOf } from "./machine/network.ts";
import { removeControlGroups } from "./machine/remnants.ts";
import { finish, runCommand } from "./machine/run-command.ts";
import type { SwarmRecord } from "./swarm-record.ts";
import { enterRoot } from "./variants/enter-root.ts";
import { releaseRoot } from "./variants/release-root.ts";
import { variantNamed } from "./variants/variants.ts";

/** Starts what is not running of one host: its namespaces, its containerd, its dockerd. Waits until the engine answers. */
export async function startHost(swarm: SwarmRecord, host: HostRecord): Promise<void> {
  const files = hostFiles(swarm, host.name);
  if (!hasNamespaces(files)) await powerOn(swarm, host, files);
  await startProcesses(files, dockerdOptions(swarm, files), within(files));
}

/** A power cut: all of its processes at once, and what a machine keeps in memory. Data on disk stays. */
export async function cutPower(swarm: SwarmRecord, host: HostRecord): Promise<void> {
  const files = hostFiles(swarm, host.name);
  await removeNamespaces(files);
  for (const path of [files.exec, files.containerdState, files.socket, files.containerdSocket])
    await rm(path, { recursive: true, force: true });
  await removeControlGroups(files.controlGroup);
  await unplug(swarm, host);
}

/** Cuts a host off the network, or brings it back. Nothing where it is off: it gets a new link when it starts. */
export async function setLink(swarm: SwarmRecord, host: HostRecord, state: "up" | "down"): Promise<void> {
  if (hasNamespaces(hostFiles(swarm, host.name))) await runCommand("ip", ["link", "set", linkOf(swarm, host), state]);
}

async function powerOn(swarm: SwarmRecord, host: HostRecord, files: EngineFiles): Promise<void> {
  const { bridge } = networkOf(swarm.network);
  await mkdir(files.folder, { recursive: true });
  await writeEngineFiles(files);
  await unplug(swarm, host);
  try {
    await makeNamespaces(files, host.name, { link: linkOf(swarm, host), bridge, address: host.address });
    const variant = variantNamed(swarm.variant);
    if (variant !== undefined) await enterRoot(await releaseRoot(variant.release), files.folder, within(files));
  } catch (error) {
    await removeNamespaces(files); // half a host would be taken for a whole one
    throw error;
  }
}

/** Its end in the host goes only a while after the host's last process. */
const unplug = (swarm: SwarmRecord, host: HostRecord) => finish("ip", ["link", "delete", linkOf(swarm, host)]);

const linkOf = ({ network }: SwarmRecord, { name }: HostRecord) => `shipbell${network}-${name}`;

/**
 * The socket at the usual place makes a mounted /var/run/docker.sock the host's own. Images of a registry on this
 * machine need no TLS. The name server at the gateway, for containers, knows no name (see no-names.ts); a host itself
 * has no route to any.
 */
function dockerdOptions(swarm: SwarmRecord, files: EngineFiles): string[] {
  const network = networkOf(swarm.network);
  return [
    ...placeArguments(files),
    ...["--host", "unix:///run/docker.sock", "--insecure-registry", network.gateway.replace(/\.1\//, ".0/")],
    ...["--dns", gatewayOf(network)],
    ...(variantNamed(swarm.variant)?.options ?? []),
    ...(swarm.dockerdOptions ?? []),
  ];
}
