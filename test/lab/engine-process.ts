import { rm } from "node:fs/promises";
import { askEngine } from "./engine-api.ts";
import { dockerdArguments, type EngineFiles } from "./engine-files.ts";
import { launch, untilAnswering } from "./machine/launch.ts";
import type { LabNetwork } from "./machine/network.ts";
import { type LabProcess, processesOf, signalProcess } from "./machine/processes.ts";
import { until } from "./machine/until.ts";

const longestStopMs = 60_000;

/** Starts what is not running of containerd and dockerd, and waits until the engine answers. Rejects with its log's end. */
export async function startProcesses(files: EngineFiles, network: LabNetwork, more: readonly string[]): Promise<void> {
  const { folder, mark, log } = files;
  if (!running(files, "containerd").length)
    launch({ command: "containerd", args: ["--config", files.containerdConfig], folder, mark, log });
  if (running(files, "dockerd").length) return;
  await rm(files.pid, { force: true }); // of a killed one: another process may have its number by now
  const dockerd = launch({
    command: "dockerd",
    args: [...dockerdArguments(files, network), ...more],
    folder,
    mark,
    log,
  });
  await untilAnswering(dockerd, log, () => isAnswering(files));
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

function running(files: EngineFiles, name: string): LabProcess[] {
  return processesOf(files.mark, files.controlGroup).filter((found) => found.name === name);
}
