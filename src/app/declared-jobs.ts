import type { Job } from "../job/job.ts";
import type { Definitions } from "../runs/definitions.ts";
import type { Loop } from "../runs/loop.ts";
import type { DockerNames } from "../view/scheduler/docker-jobs.ts";
import type { DeclaredJob } from "../view/scheduler/scheduler-view.ts";

/**
 * The declared jobs as the scheduler's view has them. Each is made when something about it has changed, and is the same value
 * until then; where nothing has changed about any, so is the map.
 */
export class DeclaredJobs {
  #known: ReadonlyMap<string, Known> = new Map();
  #jobs: ReadonlyMap<string, DeclaredJob> = new Map();

  /** Without a loop, only what is declared is known. */
  of(
    { jobs, kept }: Pick<Definitions, "jobs" | "kept">,
    loop: Loop | undefined,
    dockerNames: DockerNames,
  ): ReadonlyMap<string, DeclaredJob> {
    const busy = new Set(loop?.busyJobs);
    const known = new Map<string, Known>();
    let isOther = jobs.size !== this.#known.size;
    for (const [name, job] of jobs) {
      const before = this.#known.get(name);
      const now = {
        ...{ job, isKept: kept.has(name), nextRunAt: loop?.nextRunAt(name), isBusy: busy.has(name) },
        preparedFor: loop?.ahead.preparedFor(name),
        dockerJobs: dockerNames.get(name),
      };
      const isSame = before !== undefined && isStill(before, now);
      known.set(name, isSame ? before : { ...now, declared: declare(now, loop) });
      if (!isSame) isOther = true;
    }
    if (!isOther) return this.#jobs;
    this.#known = known;
    this.#jobs = new Map([...known].map(([name, { declared }]) => [name, declared]));
    return this.#jobs;
  }
}

interface Facts {
  readonly job: Job;
  readonly isKept: boolean;
  readonly nextRunAt: Date | undefined;
  readonly preparedFor: Date | undefined;
  /** It is being started, or in trouble: what is said about it changes all the time. */
  readonly isBusy: boolean;
  readonly dockerJobs: readonly string[] | undefined;
}

interface Known extends Facts {
  readonly declared: DeclaredJob;
}

function isStill(before: Facts, now: Facts): boolean {
  if (before.isBusy || now.isBusy) return false;
  const isSameTime =
    before.nextRunAt?.getTime() === now.nextRunAt?.getTime() &&
    before.preparedFor?.getTime() === now.preparedFor?.getTime();
  const isSameInDocker = before.dockerJobs?.join() === now.dockerJobs?.join();
  return isSameTime && isSameInDocker && before.job === now.job && before.isKept === now.isKept;
}

function declare(
  { job, isKept, nextRunAt, preparedFor, isBusy, dockerJobs }: Facts,
  loop: Loop | undefined,
): DeclaredJob {
  const { name, hash, origin, schedules, exclusions, after, suspended, inputs, node } = job;
  const start = isBusy ? (loop?.launches.waitOf(name) ?? poolWaitOf(name, loop)) : undefined;
  const troubles = isBusy ? (loop?.troublesOf(name) ?? []) : [];
  return {
    hash,
    origin,
    schedules,
    ...(exclusions && { exclusions }),
    ...(after && { after }),
    suspended,
    ...(inputs && { inputs }),
    ...(node && { node }),
    ...limitsOf(job),
    isKept,
    ...(dockerJobs && { dockerJobs }),
    ...(nextRunAt && { nextRunAt }),
    ...(preparedFor && { preparedFor }),
    ...(start && { start }),
    ...(troubles.length > 0 && { troubles }),
  };
}

function poolWaitOf(name: string, loop: Loop | undefined): DeclaredJob["start"] {
  const wait = loop?.pools.waitOf(name);
  return wait && { ...wait, for: "pool" };
}

/** What runs of the job are measured against, as far as its definition says it. */
function limitsOf({
  policies,
  telling,
}: Job): Pick<DeclaredJob, "timeoutMs" | "expectedDurationMs" | "maxSuccessAgeMs"> {
  const { timeoutMs } = policies.run;
  const { expectedDurationMs, maxSuccessAgeMs } = telling ?? {};
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(expectedDurationMs !== undefined && { expectedDurationMs }),
    ...(maxSuccessAgeMs !== undefined && { maxSuccessAgeMs }),
  };
}
