import { hostname } from "node:os";
import { listContainers } from "../../engines/docker/containers.ts";
import { findOtherSchedulers, OTHER_SCHEDULERS } from "../../engines/docker/other-schedulers.ts";
import { listAllServices } from "../../engines/docker/services.ts";
import { RUN_LABELS } from "../../engines/docker/specs/run-labels.ts";
import { findHolder } from "../../ledger/sqlite/instance-lock.ts";
import type { Greeted } from "../deployment.ts";
import type { SchedulerFacts } from "../looks/schedulers.ts";

/** Those that run jobs of their own file, of which shipbell knows nothing. */
const APART: readonly string[] = ["supercronic", "docker-crontab"];

/** Looks who else starts jobs here. */
export async function gatherSchedulers(
  { docker, settings, info, kind, scheduler }: Greeted,
  signal: AbortSignal,
): Promise<SchedulerFacts> {
  const holder = kind?.ledgerFile === undefined ? undefined : findHolder(settings.stateDir);
  const lockedBy = holder && `the scheduler with process id ${holder.pid ?? "unknown"}${onOther(holder.host)}`;
  const own = ownOf(scheduler);
  const local = { own, ...(lockedBy !== undefined && { lockedBy }) };
  if (info === undefined)
    return { ...local, others: [], instances: [], dockerJobs: [], unseen: ["the engine does not answer"] };
  const isManager = info.swarm.controlAvailable;
  const [{ schedulers, dockerJobs, unseen }, instances] = await Promise.all([
    findOtherSchedulers(docker, { isManager, signal }),
    findInstances({ docker, isManager, signal }),
  ]);
  return {
    ...local,
    others: schedulers.map(({ kind, place, name, image }) => ({
      title: OTHER_SCHEDULERS[kind].title,
      place: `${place} ${name}`,
      image,
      overlaps: !APART.includes(kind),
      hasItsLabels: (settings.alsoLabels ?? []).some((each) => each === kind || each.startsWith(`${kind}-`)),
    })),
    dockerJobs: dockerJobs.map(({ container }) => `container ${container}`),
    instances: instances.filter((name) => name !== settings.instance),
    unseen: unseen.map(({ what, cause }) => `${what} (${cause.message})`),
  };
}

function onOther(host: string | undefined): string {
  return host === undefined || host === hostname() ? "" : ` on ${host}`;
}

function ownOf(scheduler: Greeted["scheduler"]): SchedulerFacts["own"] {
  if (scheduler.kind === "silent") return scheduler;
  const { version, role } = scheduler.view;
  return { version, ...role };
}

/** The names of all instances that have runs here. What cannot be listed has none. */
async function findInstances({
  docker,
  isManager,
  signal,
}: Pick<Greeted, "docker"> & { readonly isManager: boolean; readonly signal: AbortSignal }): Promise<
  readonly string[]
> {
  const [containers, services] = await Promise.all([
    listContainers(docker, { label: RUN_LABELS.run, signal }).catch(() => []),
    isManager ? listAllServices(docker, { signal }).catch(() => []) : [],
  ]);
  const labels = [...containers.map(({ Labels }) => Labels), ...services.map(({ Spec }) => Spec.Labels)];
  return [...new Set(labels.flatMap((each) => (each?.[RUN_LABELS.run] && each[RUN_LABELS.instance]) || []))].toSorted();
}
