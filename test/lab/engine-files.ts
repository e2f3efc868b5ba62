import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { folderOf, type LabRecord } from "./lab-folder.ts";
import type { LabNetwork } from "./machine/network.ts";

export type EngineFiles = ReturnType<typeof filesIn>;

/** Where one engine keeps its things: all of it in its own folder, but for the control group. */
export function engineFiles({ id, name }: Pick<LabRecord, "id" | "name">) {
  return filesIn(folderOf(name), id, `/shipbell-lab-${name}-${id}`);
}

/** The same for one host of a Swarm, in the folder and the control group of the Swarm. */
export function hostFiles({ id, name }: Pick<LabRecord, "id" | "name">, host: string): EngineFiles {
  return filesIn(join(folderOf(name), host), id, `/shipbell-lab-${name}-${id}/${host}`);
}

/** Mark and control group are of one start: an engine of the same name in another mount namespace has others. */
function filesIn(folder: string, id: string, controlGroup: string) {
  return {
    folder,
    mark: `${folder}#${id}`,
    socket: shortEnough(join(folder, "docker.sock")),
    data: join(folder, "data"),
    exec: join(folder, "exec"),
    pid: join(folder, "pid"),
    log: join(folder, "engine.log"),
    dockerdConfig: join(folder, "dockerd.json"),
    containerdConfig: join(folder, "containerd.toml"),
    containerdRoot: join(folder, "containerd", "root"),
    containerdState: join(folder, "containerd", "state"),
    containerdSocket: join(folder, "containerd.sock"),
    engineNetworks: join(folder, "data", "network", "files", "local-kv.db"),
    controlGroup,
  };
}

/**
 * Writes what containerd and dockerd read. containerd is a process of our own, since a dockerd that finds the
 * machine's containerd running would use that one, and meet there the containers of the user's engine.
 */
export async function writeEngineFiles(files: EngineFiles): Promise<void> {
  await writeFile(files.containerdConfig, containerdConfig(files));
  await writeFile(files.dockerdConfig, "{}");
}

/** The options of dockerd. Those of the user's own daemon.json must not reach it, hence a file of its own. */
export function dockerdArguments(files: EngineFiles, network: LabNetwork): string[] {
  return [
    ...placeArguments(files),
    ...["--bridge", network.bridge, "--default-address-pool", `base=${network.range},size=24`],
    ...["--iptables=false", "--ip6tables=false", "--ip-masq=false"],
  ];
}

/** The options that make a dockerd live in its own folder. */
export function placeArguments(files: EngineFiles): string[] {
  return [
    ...["--config-file", files.dockerdConfig, "--containerd", files.containerdSocket],
    ...["--data-root", files.data, "--exec-root", files.exec, "--pidfile", files.pid],
    ...["--host", `unix://${files.socket}`],
    ...["--cgroup-parent", files.controlGroup, "--exec-opt", "native.cgroupdriver=cgroupfs"],
  ];
}

function containerdConfig(files: EngineFiles): string {
  const lines = [
    "version = 2",
    `root = "${files.containerdRoot}"`,
    `state = "${files.containerdState}"`,
    `disabled_plugins = ["io.containerd.grpc.v1.cri"]`,
    "[grpc]",
    `address = "${files.containerdSocket}"`,
  ];
  return `${lines.join("\n")}\n`;
}

function shortEnough(socket: string): string {
  if (Buffer.byteLength(socket) < 108) return socket;
  throw new Error(
    `${socket} is too long for a socket (107 bytes): set TMPDIR to a shorter folder, or give a shorter name.`,
  );
}
