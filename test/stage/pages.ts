import { isActive, type JobRecord, type Run } from "../../src/ledger/record.ts";
import { COMPANY_NOW } from "./company.ts";
import type { Stage } from "./stage.ts";

/** An address of the pages, relative to their root. */
export interface StagePage {
  readonly name: string;
  readonly path: string;
}

/** Every page that there is on a stage, with a job that failed, one of its runs, a run of whose failure and recovery others were told, and one that is active. */
export function pagesOf({ world }: Pick<Stage, "world">): readonly StagePage[] {
  const records = [...(world.records() ?? new Map<string, JobRecord>()).values()];
  const runs = records.flatMap(({ job, runs }) => runs.map((run) => ({ job, run })));
  const failed = runs.findLast(({ run }) => run.outcome?.kind === "failed" && endedToday(run));
  const told = records.flatMap(({ told }) => Object.values(told?.last ?? {}).flatMap(({ failed }) => failed ?? []));
  const recovered = runs.findLast(({ run }) => told.some(({ endAt, ...each }) => endAt && each.run === run.id));
  const [channel] = world.scheduler().channels ?? [];
  const active = runs.find(({ run }) => isActive(run));
  return [
    { name: "jobs", path: "" },
    ...(failed
      ? [
          { name: "job", path: `jobs/${failed.job}` },
          { name: "run-form", path: `jobs/${failed.job}/run` },
          { name: "run-failed", path: `runs/${failed.run.id}` },
        ]
      : []),
    ...(active ? [{ name: "run-active", path: `runs/${active.run.id}` }] : []),
    ...(recovered
      ? [
          { name: "job-told", path: `jobs/${recovered.job}` },
          { name: "run-told", path: `runs/${recovered.run.id}` },
        ]
      : []),
    { name: "notices", path: "notices" },
    ...(channel ? [{ name: "channel-form", path: `channels/${channel.name}/test` }] : []),
    { name: "timeline", path: "timeline?hours=24" },
    { name: "upcoming", path: "upcoming" },
    { name: "nodes", path: "nodes" },
    { name: "problems", path: "problems" },
    { name: "not-found", path: "jobs/no-such-job" },
  ];
}

const DAY_MS = 86_400_000;

function endedToday({ finishedAt }: Run): boolean {
  return finishedAt !== undefined && COMPANY_NOW.getTime() - finishedAt.getTime() < DAY_MS;
}
