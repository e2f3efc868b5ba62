import { readdirSync, readFileSync } from "node:fs";
import { type Family, single } from "./exposition.ts";

/**
 * The families that dashboards expect of every process, read when they are asked for. prom-client's own set comes only as
 * a whole, with an event-loop monitor that wakes the process a hundred times a second: too much for an idle scheduler.
 */
export function processFamilies(): readonly Family[] {
  const startedAt = performance.timeOrigin / 1000;
  const memory = process.memoryUsage();
  return [
    single(counter("process_cpu_seconds_total", "User and system CPU time spent, in seconds."), cpuSeconds),
    single(gauge("process_start_time_seconds", "Start of the process, in seconds since 1970."), () => startedAt),
    single(gauge("process_resident_memory_bytes", "Resident memory."), () => memory.rss),
    single(gauge("process_open_fds", "Open file descriptors."), countOpenFiles),
    single(gauge("process_max_fds", "Limit of open file descriptors."), readMaxFiles),
    single(gauge("nodejs_heap_size_total_bytes", "Heap that V8 has reserved."), () => memory.heapTotal),
    single(gauge("nodejs_heap_size_used_bytes", "Heap in use."), () => memory.heapUsed),
    single(gauge("nodejs_external_memory_bytes", "Memory of objects outside the heap."), () => memory.external),
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

/** Undefined without /proc. One less, because the folder's own descriptor is open while it is read. */
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
