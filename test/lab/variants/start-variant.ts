import { rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EngineFiles } from "../engine-files.ts";
import { startProcesses, startServer } from "../engine-process.ts";
import { setApart, withinApart } from "../machine/namespaces.ts";
import { runCommand } from "../machine/run-command.ts";
import { enterRoot } from "./enter-root.ts";
import { releaseRoot } from "./release-root.ts";
import { variantNamed } from "./variants.ts";

/** Installs a variant's programs into the cache, where they are not there yet. Throws for a name that there is not. */
export async function prepareVariant(name: string | undefined): Promise<void> {
  const variant = variantNamed(name);
  if (variant !== undefined) await releaseRoot(variant.release);
}

/**
 * Starts what is not running of an engine of another release, with that release's root file system, and waits until it
 * answers. Podman gets a network of its own, without a way out, since it would write rules into the machine's; and processes
 * of its own, since what it starts is known by nothing else.
 */
export async function startVariant(name: string, files: EngineFiles, dockerdOptions: readonly string[]): Promise<void> {
  const variant = variantNamed(name);
  if (variant === undefined) throw new Error(`there is no engine "${name}"`);
  const apart = variant.program === "podman" ? "all" : "mounts";
  await setApart(files, apart);
  const within = withinApart(files, apart);
  await enterRoot(await releaseRoot(variant.release), files.folder, within);
  if (variant.program === "podman") await runPodman(files, within);
  else if (variant.program === "rootless dockerd") await runRootless(files, within);
  else await startProcesses(files, [...dockerdOptions, ...(variant.options ?? [])], within);
}

/** Its logs and events in files, as there is no journal; limits that a machine without CAP_SYS_RESOURCE can set. */
const CONTAINERS_CONF = `
[containers]
log_driver = "k8s-file"
default_ulimits = ["nofile=4096:4096", "nproc=16384:16384"]
[engine]
events_logger = "file"
cgroup_manager = "cgroupfs"
runtime = "runc"
[network]
network_backend = "netavark"
`;

async function runPodman(files: EngineFiles, within: readonly string[]): Promise<void> {
  const conf = join(files.folder, "containers.conf");
  await writeFile(conf, CONTAINERS_CONF);
  const places = ["--root", files.data, "--runroot", files.exec, "--tmpdir", join(files.folder, "podman-tmp")];
  const service = ["--storage-driver", "overlay", "system", "service", "--time", "0", `unix://${files.socket}`];
  const limits = ["prlimit", "--nofile=4096:4096", "--nproc=16384:16384", "env", `CONTAINERS_CONF=${conf}`];
  await startServer(files, "podman", [...within, ...limits, "podman", ...places, ...service]);
}

/** Debian's own script, as a user who exists in that root alone. It knows neither the machine's cgroups nor its iptables. */
async function runRootless(files: EngineFiles, within: readonly string[]): Promise<void> {
  const [home, run] = [join(files.folder, "rootless-home"), join(files.folder, "rootless-run")];
  const [command = "", ...args] = within;
  await runCommand(command, [...args, "sh", "-ec", MAKE_USER, "make-user", home, run]);
  await rm(files.socket, { force: true });
  await symlink(join("rootless-run", "docker.sock"), files.socket);
  const env = ["env", "HOME=/home/rootless", "XDG_RUNTIME_DIR=/run/user/4242", "PATH=/usr/bin:/usr/sbin:/bin:/sbin"];
  const asUser = ["setpriv", "--reuid", "4242", "--regid", "4242", "--clear-groups"];
  const script = ["/usr/share/docker.io/contrib/dockerd-rootless.sh", "--iptables=false", "--ip6tables=false"];
  await startServer(files, "rootlesskit", [...within, ...env, ...asUser, ...script]);
}

/** The user may not enter the lab's folder, so those of its own are mounted elsewhere; and only root may open the machine's tun. */
const MAKE_USER = `
if [ -e /run/tun ]; then exit 0; fi
echo "rootless:x:4242:4242::/home/rootless:/bin/sh" >>/etc/passwd
echo "rootless:x:4242:" >>/etc/group
echo "rootless:500000:65536" >/etc/subuid
echo "rootless:500000:65536" >/etc/subgid
mkdir -p "$1" "$2" /home/rootless /run/user/4242
chown 4242:4242 "$1" "$2"
mount --bind "$1" /home/rootless
mount --bind "$2" /run/user/4242
mknod -m 666 /run/tun c 10 200
mount --bind /run/tun /dev/net/tun
`;
