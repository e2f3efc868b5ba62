import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finish, runCommand } from "../machine/run-command.ts";

/**
 * Makes another root file system that of a mount namespace, of which `within` is the beginning of a command line. What is
 * written into it goes into a layer in `folder`. It keeps the machine's /proc, /sys, /dev, names and
 * folder for temporary files, so sockets and bind mounts there have the same paths inside and outside; its /run is empty.
 *
 * Nothing where that is done already. A chroot would not do: runc needs the root of its namespace.
 */
export async function enterRoot(root: string, folder: string, within: readonly string[]): Promise<void> {
  const [command = "", ...args] = within;
  if ((await finish(command, [...args, "test", "-e", ENTERED])).code === 0) return;
  const [upper, work, merged] = ["root-upper", "root-work", "root"].map((name) => join(folder, name)) as Layers;
  for (const path of [upper, work, merged]) await mkdir(path, { recursive: true });
  await runCommand(command, [...args, "sh", "-ec", SCRIPT, "enter", root, upper, work, merged, tmpdir()]);
}

type Layers = [string, string, string];

/** A file that the machine's own root does not have. */
const ENTERED = "/.shipbell-lab-root";

const SCRIPT = `
mount -t overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" overlay "$4"
mkdir -p "$4$5" "$4/old"
for each in /proc /sys /dev; do mount --rbind "$each" "$4$each"; done
mount -t tmpfs -o mode=755 tmpfs "$4/run"
mount --bind "$5" "$4$5"
cat /etc/resolv.conf >"$4/etc/resolv.conf" || true
cat /etc/hosts >"$4/etc/hosts"
cd "$4"
pivot_root . old
umount -l /old
touch ${ENTERED}
`;
