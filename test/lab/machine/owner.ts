import { readFileSync } from "node:fs";

/** A process that no other can be taken for, though process numbers come back. */
export type Owner = { pid: number; startedAtTicks: number };

export function thisProcess(): Owner {
  const startedAtTicks = startOf(process.pid);
  if (startedAtTicks === undefined) throw new Error("the lab needs Linux with /proc, by which it tells engines apart.");
  return { pid: process.pid, startedAtTicks };
}

export function isAlive(owner: Owner): boolean {
  return startOf(owner.pid) === owner.startedAtTicks;
}

/** In clock ticks since the machine started; undefined when there is no such process, or only its exit code is left. */
function startOf(pid: number): number | undefined {
  const fields = statFields(pid);
  return fields === undefined || fields[0] === "Z" ? undefined : Number(fields[19]);
}

/** The fields of /proc/PID/stat from the third (state) on: the second, the program's name, may contain anything. */
function statFields(pid: number): string[] | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    return line.slice(line.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
