import { readdirSync, readFileSync } from "node:fs";
import { type Family, single } from "./exposition.ts";

/**
 * What dashboards know of every process, read when asked for. prom-client's own set comes only as a whole, with an
 * event-loop monitor that wakes the process a hundred times a second: too much for a scheduler that idles.
 */
export function processFamilies(): readonly Family[] {
  const startedAt = performance.timeOrigin / 1000;
  const memory = process.memoryUsage();
  return [
    single(counter("process_cpu_seconds_total", "User and system CPU time spent, in seconds."), cpuSeconds),
    single(gauge("process_start_time_seconds", "Start of the process, in seconds since 1970."), () => startedAt),
    single(gauge("process_resident_memory_bytes", "Resident memory."), () => memory.rss),
    single(gauge("process_open_fds", "Open file descriptors."), countOpenFiles),
    single(gauge("process_max_fds", "Most file descriptors that may be open."), readMaxFiles),
    single(gauge("nodejs_heap_size_total_bytes", "Heap that V8 has taken."), () => memory.heapTotal),
    single(gauge("nodejs_heap_size_used_bytes", "Heap that is used."), () => memory.heapUsed),
    single(gauge("nodejs_external_memory_bytes", "Memory of objects outside of the heap."), () => memory.external),
  ];
}

function counter(name: string, help: string): Omit<Family, "samples"> {
  return { name, help, type: "counter" };
}

function gauge(name: string, help: string): Omit<Family, "samples"> {
  return { name, help, type: "gauge" };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Undefined where there is no /proc. The folder's own descriptor is open while it is read. */
function countOpenFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}

function readMaxFiles(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}
