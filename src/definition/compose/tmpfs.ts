import type { TmpfsMount } from "../../job/job.ts";
import { oneOrMore, scalar } from "../values/fields.ts";
import { normalizePath } from "../values/normalize-path.ts";

/** As Docker Engine has them: it refuses any other. */
const VALUES: readonly string[] = "size mode uid gid nr_inodes nr_blocks mpol".split(" ");
const FLAGS: readonly string[] = (
  "defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime noatime diratime " +
  "nodiratime relatime norelatime strictatime nostrictatime bind rbind unbindable runbindable private rprivate shared " +
  "rshared slave rslave"
).split(" ");

/** `PATH`, or `PATH:OPTIONS` with the options of the mount command. */
const mount = scalar({
  expected: "PATH[:OPTIONS] such as /run or /run:size=64m,mode=1777",
  read: (written): TmpfsMount | undefined => {
    const [target = "", options = "", ...more] = written.split(":");
    const read = options === "" ? [] : options.split(",");
    const isMount =
      target.startsWith("/") &&
      normalizePath(target) !== "/" &&
      more.length === 0 &&
      read.every((option) => isOption(option));
    return isMount ? { target, options: read } : undefined;
  },
});

function isOption(option: string): boolean {
  const [name = "", value] = option.split("=", 2);
  if (name === "size") return /^\d+[kmg%]?$/i.test(value ?? "");
  if (name === "mode") return /^[0-7]{3,5}$/.test(value ?? "");
  return value === undefined ? FLAGS.includes(name) : VALUES.includes(name) && /^[^,\s]+$/.test(value);
}

/** `tmpfs`: one folder in memory, or a list of them. */
export const tmpfs = oneOrMore(mount, "a path such as /run, or a list of them");
