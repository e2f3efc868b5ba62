import { readFile } from "node:fs/promises";

/** Linux counts a process's time in hundredths of a second, whatever the machine. */
const MS_PER_TICK = 10;

/** What a process has used of a processor since it began, in all its threads, user and system: to 10 ms. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The program's name, in brackets, may hold anything; `utime` and `stime` are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Resident memory, in megabytes of 1024 * 1024 bytes. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
