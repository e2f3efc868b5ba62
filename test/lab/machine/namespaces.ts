import { launch } from "./launch.ts";
import { endProcesses, type LabProcess, processesOf, signalProcess } from "./processes.ts";
import { runCommand } from "./run-command.ts";
import { until } from "./until.ts";

/** What is known of the processes of one host. */
export type HostProcesses = { folder: string; mark: string; controlGroup: string; log: string };

/** A network card, plugged into a bridge of the machine. */
export type Card = { link: string; bridge: string; address: string };

const longestMs = 60_000;

/**
 * Its first process does nothing but wait for the children of others that ended. Who kills it kills, as the kernel
 * does with the first process of a namespace of processes, everything in there at once.
 */
const firstProcess = "sleep infinity & wait";
const ownNamespaces = ["--mount", "--net", "--pid", "--uts"] as const;

/** By which proxies a dockerd reaches the internet: a host has no way there, and would ask them for our registries too. */
const proxyVariables = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/**
 * Makes a host of its own out of namespaces: network, mounts with an empty /run, processes, and a name. The rest of the
 * file system is the machine's. It lives until `removeNamespaces`, or until its first process is killed.
 */
export async function makeNamespaces(host: HostProcesses, name: string, card: Card): Promise<void> {
  const args = ["--fork", "--kill-child", "--mount-proc", "--propagation", "private", ...ownNamespaces];
  launch({ command: "unshare", args: [...args, "sh", "-c", firstProcess], ...host });
  await until(() => findFirst(host) !== undefined, AbortSignal.timeout(longestMs));
  await plugIn(host, card);
  const lines = [
    `hostname ${name}`,
    "mount -t tmpfs -o mode=755 tmpfs /run",
    "ip link set lo up",
    `ip address add ${card.address}/24 dev eth0`,
    "ip link set eth0 up",
  ];
  const [command, ...enter] = within(host);
  await runCommand(command, [...enter, "sh", "-ec", lines.join("\n")]);
}

/** What an engine has of its own: its mounts, or also a network without a way out, and its processes. */
export type Apart = "mounts" | "all";

const apartFlags = { mounts: ["--mount"], all: ["--mount", "--net", "--pid"] } as const;

/** Makes such namespaces; nothing where they are there already. They live as long as those of `makeNamespaces`. */
export async function setApart(host: HostProcesses, apart: Apart): Promise<void> {
  if (findFirst(host) !== undefined) return;
  const more = apart === "all" ? ["--mount-proc"] : [];
  const args = ["--fork", "--kill-child", ...more, "--propagation", "private", ...apartFlags[apart]];
  launch({ command: "unshare", args: [...args, "sh", "-c", firstProcess], ...host });
  await until(() => findFirst(host) !== undefined, AbortSignal.timeout(longestMs));
  const [command, ...enter] = withinApart(host, apart);
  if (apart === "all") await runCommand(command, [...enter, "ip", "link", "set", "lo", "up"]);
}

/** The beginning of a command line that runs a program there. Throws when they are not there. */
export function withinApart(host: HostProcesses, apart: Apart): [string, ...string[]] {
  const first = findFirst(host);
  if (!first) throw new Error(`the namespaces of ${host.folder} are gone: start it first.`);
  return ["nsenter", "--target", String(first.pid), ...apartFlags[apart]];
}

/** Whether the host is there, with or without an engine. */
export const hasNamespaces = (host: HostProcesses): boolean => findFirst(host) !== undefined;

/** The beginning of a command line that runs a program on the host. Throws when there is none. */
export function within(host: HostProcesses): [string, ...string[]] {
  const first = findFirst(host);
  if (!first) throw new Error(`the host of ${host.folder} is off: start it first.`);
  const proxies = proxyVariables.map((name) => `--unset=${name}`);
  return ["env", ...proxies, "nsenter", "--target", String(first.pid), ...ownNamespaces];
}

/** SIGKILL to all that runs there, at once. Data on disk stays. */
export async function removeNamespaces(host: HostProcesses): Promise<void> {
  const first = findFirst(host);
  if (first) signalProcess(first.pid, "SIGKILL");
  await endProcesses(() => processesOf(host.mark, host.controlGroup));
}

async function plugIn(host: HostProcesses, { link, bridge }: Card): Promise<void> {
  const pid = String(findFirst(host)?.pid);
  await runCommand("ip", ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", pid]);
  await runCommand("ip", ["link", "set", link, "master", bridge, "up"]);
}

/** Until it is a shell, its namespaces are not all made. */
function findFirst({ mark, controlGroup }: HostProcesses): LabProcess | undefined {
  const all = processesOf(mark, controlGroup);
  const makers = new Set(all.filter(({ name }) => name === "unshare").map(({ pid }) => pid));
  return all.find(({ name, parent }) => name === "sh" && makers.has(parent));
}
