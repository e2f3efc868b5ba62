import { readdirSync, readFileSync } from "node:fs";
import { until } from "./until.ts";

export type LabProcess = { pid: number; parent: number; name: string };

/** The variable by which everything that was started for one purpose is known again: engines, shims and proxies inherit it. */
export const markVariable = "SHIPBELL_LAB";

const longestDeathMs = 60_000;

/**
 * The living processes that were started under this mark: those that carry it, those in its control group
 * (what runs inside containers has another environment), and all their children.
 */
export function processesOf(mark: string, controlGroup?: string): LabProcess[] {
  const all = allProcesses();
  const found = new Set(all.filter(({ pid }) => isMarked(pid, mark) || isInGroup(pid, controlGroup)));
  const pids = new Set([...found].map(({ pid }) => pid));
  for (let before = -1; before !== pids.size; ) {
    before = pids.size;
    for (const { pid, parent } of all) if (pids.has(parent)) pids.add(pid);
  }
  return all.filter(({ pid }) => pids.has(pid));
}

/** SIGKILL for each, again until none of those that `find` gives is left. Rejects after a minute. */
export async function endProcesses(find: () => LabProcess[]): Promise<void> {
  const endThem = () => {
    const left = find();
    for (const { pid } of left) signalProcess(pid, "SIGKILL");
    return left.length === 0;
  };
  await until(endThem, AbortSignal.timeout(longestDeathMs));
}

/** Sends a signal; that the process is gone already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function allProcesses(): LabProcess[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(readProcess).filter((found) => found !== undefined);
}

/** Undefined for what is gone, and for what only waits for its exit code to be read. */
function readProcess(pid: string): LabProcess | undefined {
  const line = readProc(pid, "stat");
  const [state, parent] = line.slice(line.lastIndexOf(")") + 2).split(" ");
  if (!line || state === "Z") return undefined;
  return { pid: Number(pid), parent: Number(parent), name: line.slice(line.indexOf("(") + 1, line.lastIndexOf(")")) };
}

const isMarked = (pid: number, mark: string) =>
  readProc(pid, "environ").split("\0").includes(`${markVariable}=${mark}`);

const isInGroup = (pid: number, group?: string) =>
  group !== undefined &&
  readProc(pid, "cgroup")
    .split("\n")
    .some((line) => line.includes(`:${group}/`));

function readProc(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
