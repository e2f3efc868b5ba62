import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../lab-folder.ts";
import { withLock } from "../machine/lock.ts";
import { needCommands } from "../machine/packages.ts";
import { endProcesses, markVariable, processesOf } from "../machine/processes.ts";
import { unmountUnder } from "../machine/remnants.ts";
import { runCommand } from "../machine/run-command.ts";

/** What is installed of each release, next to what every root has. Another list is another root: see `VERSION`. */
const PACKAGES = {
  bookworm: ["podman", "runc", "netavark", "aardvark-dns", "catatonit", "nftables"],
  trixie: ["docker.io"],
  sid: [
    ...["docker.io", "rootlesskit", "slirp4netns", "uidmap"],
    ...["podman", "netavark", "aardvark-dns", "catatonit", "passt", "nftables"],
  ],
} as const;
const IN_EACH = ["iptables", "iproute2", "ca-certificates", "procps"];
const VERSION = 1;

export type Release = keyof typeof PACKAGES;

/**
 * The root file system of a Debian release that has its engines, by debootstrap, once for the lab's cache. It takes a minute,
 * and stays as it is: an engine writes into a layer of its own (`enterRoot`). Rejects with what debootstrap says.
 */
export async function releaseRoot(release: Release): Promise<string> {
  const root = join(cacheFolder(), `root_${release}_${VERSION}`);
  if (!existsSync(root)) await withLock(`root-${release}`, () => make(release, root));
  return root;
}

async function make(release: Release, root: string): Promise<void> {
  if (existsSync(root)) return; // by the one that had the lock before us
  await needCommands(["debootstrap"]);
  const draft = join(cacheFolder(), `draft-root-${release}`);
  await removeDraft(draft);
  await mkdir(cacheFolder(), { recursive: true });
  process.stderr.write(`lab: installing Debian ${release} into a folder …\n`);
  const include = [...IN_EACH, ...PACKAGES[release]].join(",");
  const env = { ...process.env, [markVariable]: draft };
  await runCommand("debootstrap", ["--variant=minbase", `--include=${include}`, release, draft], { env });
  await runCommand("chroot", [draft, "apt-get", "clean"], { env });
  await rename(draft, root);
}

/** Of one who died over it: what still runs in there is ended first. */
async function removeDraft(draft: string): Promise<void> {
  await endProcesses(() => processesOf(draft));
  await unmountUnder(draft);
  await rm(draft, { recursive: true, force: true });
}
