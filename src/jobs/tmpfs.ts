import { oneOrMore, scalar } from "./fields.ts";
import type { TmpfsMount } from "./job.ts";

const OPTION = /^[a-z_]+(?:=[^,\s]+)?$/;

/** `PATH`, or `PATH:OPTIONS` with the options of the mount command. */
const mount = scalar({
  expected: "PATH[:OPTIONS] such as /run or /run:size=64m,mode=1777",
  read: (written): TmpfsMount | undefined => {
    const [target = "", options = "", ...more] = written.split(":");
    const read = options === "" ? [] : options.split(",");
    const isMount = target.startsWith("/") && more.length === 0 && read.every((option) => isOption(option));
    return isMount ? { target, options: read } : undefined;
  },
});

function isOption(option: string): boolean {
  const [name, value] = option.split("=", 2);
  if (name === "size") return /^\d+[kmg%]?$/i.test(value ?? "");
  if (name === "mode") return /^[0-7]{3,5}$/.test(value ?? "");
  return OPTION.test(option);
}

/** `tmpfs`: one folder in memory, or a list of them. */
export const tmpfs = oneOrMore(mount, "a path such as /run, or a list of them");
