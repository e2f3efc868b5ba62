import { rm } from "node:fs/promises";
import { askEngine } from "./engine-api.ts";
import type { EngineFiles } from "./engine-files.ts";
import { launch, untilAnswering } from "./machine/launch.ts";
import { type LabProcess, processesOf, signalProcess } from "./machine/processes.ts";
import { until } from "./machine/until.ts";

const longestStopMs = 60_000;

/**
 * Starts what is not running of containerd and dockerd, and waits until the engine answers. Rejects with its log's end.
 * `within`: a program with its arguments that runs them elsewhere, such as nsenter.
 */
export async function startProcesses(
  files: EngineFiles,
  dockerdOptions: readonly string[],
  within: readonly string[] = [],
): Promise<void> {
  const start = (name: string, options: readonly string[]) => {
    const [command = name, ...args] = [...within, name, ...options];
    return launch({ command, args, folder: files.folder, mark: files.mark, log: files.log });
  };
  if (!running(files, "containerd").length) start("containerd", ["--config", files.containerdConfig]);
  if (running(files, "dockerd").length) return;
  await rm(files.pid, { force: true }); // of a killed one: another process may have its number by now
  const dockerd = start("dockerd", dockerdOptions);
  await untilAnswering(dockerd, files.log, () => isAnswering(files), "dockerd");
}

/** SIGTERM to dockerd, as a machine that shuts down does: it stops its containers. containerd stays. */
export async function stopDockerd(files: EngineFiles): Promise<void> {
  for (const { pid } of running(files, "dockerd")) signalProcess(pid, "SIGTERM");
  await until(() => running(files, "dockerd").length === 0, AbortSignal.timeout(longestStopMs));
}

/** SIGKILL to dockerd and containerd. Their containers go on running, with their shims. */
export async function killEngine(files: EngineFiles): Promise<void> {
  const both = () => [...running(files, "dockerd"), ...running(files, "containerd")];
  for (const { pid } of both()) signalProcess(pid, "SIGKILL");
  await until(() => both().length === 0, AbortSignal.timeout(longestStopMs));
}

export async function isAnswering({ socket }: EngineFiles): Promise<boolean> {
  const answer = await askEngine(socket, "GET", "/_ping", undefined, AbortSignal.timeout(2_000)).catch(() => undefined);
  return answer?.status === 200;
}

/** SIGSTOP or SIGCONT to dockerd and containerd, and to the nsenter that waits for each where it runs elsewhere. */
export function signalEngine(files: EngineFiles, signal: "SIGSTOP" | "SIGCONT"): void {
  const names = signal === "SIGSTOP" ? ["dockerd", "containerd"] : ["dockerd", "containerd", "nsenter"];
  for (const { pid } of names.flatMap((name) => running(files, name))) signalProcess(pid, signal);
}

/** Starts another server of Docker's API, unless it runs, and waits until it answers. Rejects with its log's end. */
export async function startServer(
  files: EngineFiles,
  name: string,
  [command = "", ...args]: readonly string[],
): Promise<void> {
  if (running(files, name).length) return;
  const server = launch({ command, args, folder: files.folder, mark: files.mark, log: files.log });
  await untilAnswering(server, files.log, () => isAnswering(files), name);
}

function running(files: EngineFiles, name: string): LabProcess[] {
  return processesOf(files.mark, files.controlGroup).filter((found) => found.name === name);
}
