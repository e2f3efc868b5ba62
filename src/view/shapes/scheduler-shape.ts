import * as z from "zod";
import { keptJobs, type SchedulerView } from "../scheduler/scheduler-view.ts";
import { problemShape, shapeProblem, withoutMessage } from "./problem-shape.ts";
import { instant, list } from "./shape.ts";

export const conditionKeys = {
  version: z.string(),
  role: z.enum(["active", "starting", "standby"]),
  because: z.exactOptional(z.string()).meta({ description: "Why it stands by. Role read." }),
  engineDownBecause: z.exactOptional(z.string()).meta({ description: "Why nothing can be started now." }),
  engineDownSince: z.exactOptional(instant).meta({ description: "When the engine was first seen to be down." }),
  ledgerDownBecause: z.exactOptional(z.string()).meta({ description: "Why nothing can be decided now." }),
};

const attempts = list(z.object({ job: z.string(), run: z.string(), attempt: z.number().int() }));

const poolShape = z
  .object({
    name: z.string(),
    limit: z.number().int().meta({ description: "How many slots it has." }),
    holders: attempts.meta({ description: "The attempts that take a slot." }),
    waiting: attempts.meta({ description: "Those that wait for one, in the order in which they get it." }),
  })
  .meta({ id: "Pool" });

/** A scheduler, and everything that is wrong now as it sees it. */
export const schedulerShape = z
  .object({
    ...conditionKeys,
    jobs: z.number().int().meta({ description: "How many it carries out." }),
    kept: list(z.string()).meta({ description: "Jobs that go on as they were last read." }),
    unsure: list(z.string()).meta({ description: "Jobs that may no longer be declared: not started." }),
    pools: z.exactOptional(list(poolShape)).meta({ description: "Absent where there is none." }),
    problems: list(problemShape),
  })
  .meta({ id: "Scheduler" });
export type SchedulerShape = z.infer<typeof schedulerShape>;

export function shapeScheduler(view: SchedulerView): SchedulerShape {
  const { jobs, unsure, pools, problems } = view;
  return {
    ...shapeCondition(view),
    jobs: jobs.size,
    kept: keptJobs(view),
    unsure: [...unsure],
    ...(pools && { pools }),
    problems: problems.map(shapeProblem),
  };
}

export function shapeCondition(view: Omit<SchedulerView, "jobs" | "unsure" | "problems">) {
  const { version, role, engineDownBecause, engineDownSince, ledgerDownBecause } = view;
  return {
    version,
    role: role.kind,
    ...(role.kind === "standby" && { because: role.because }),
    ...(engineDownBecause !== undefined && { engineDownBecause }),
    ...(engineDownSince && { engineDownSince }),
    ...(ledgerDownBecause !== undefined && { ledgerDownBecause }),
  };
}

/** For those who may not read definitions. Why engine or ledger are down, `/readyz` tells everyone. */
export function schedulerForStatus({ because: _because, problems, ...rest }: SchedulerShape): SchedulerShape {
  return { ...rest, problems: problems.map(withoutMessage) };
}
