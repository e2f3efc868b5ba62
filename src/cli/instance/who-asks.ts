import type { By } from "../../ledger/record.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Longer names are no names of users. */
const LONGEST = 64;

/** Who uses the command: the user of this machine where the environment names one; with `sudo`, the user of that. */
export function whoAsks({ env }: Pick<Terminal, "env">): By {
  const name = env.SUDO_USER || env.USER || env.LOGNAME;
  return { via: "cli", ...(name && { name: name.slice(0, LONGEST) }) };
}
