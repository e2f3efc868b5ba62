import * as z from "zod";
import { JOB_STATES } from "../../view/jobs/job-row.ts";
import { pauseOfAll } from "../../view/jobs/pause-view.ts";
import { pauseForStatus, pauseShape } from "../../view/shapes/job-shape.ts";
import { nodesShape, shapeNodes } from "../../view/shapes/node-shape.ts";
import {
  conditionKeys,
  schedulerForStatus,
  schedulerShape,
  shapeCondition,
  shapeScheduler,
} from "../../view/shapes/scheduler-shape.ts";
import { seesJob } from "../access/visible.ts";
import { ROLES } from "../route.ts";
import { API, type ApiRoute } from "./api-route.ts";
import { json } from "./json-answer.ts";
import { has, seenRecords, seenScheduler } from "./seen.ts";

const count = z.number().int();

const overview = z
  .object({
    ...conditionKeys,
    instance: z.string(),
    host: z.string().meta({ description: "Of the scheduler that answers; another one may answer next." }),
    you: z
      .object({ role: z.enum(ROLES), name: z.exactOptional(z.string()) })
      .meta({ description: "Who asks, as far as the scheduler knows." }),
    jobs: count.meta({ description: "How many there are, for you." }),
    states: z.object(Object.fromEntries(JOB_STATES.map((state) => [state, count]))).meta({
      description: "How many jobs are in each state; a job may be in several.",
    }),
    paused: z.exactOptional(pauseShape).meta({ description: "The pause of all jobs." }),
    problems: count,
    warnings: count,
    links: z.record(z.string(), z.string()).meta({ description: "Relative to this address." }),
  })
  .meta({ id: "Overview" });

const LINKS = {
  jobs: "jobs",
  runs: "runs",
  occurrences: "occurrences",
  nodes: "nodes",
  problems: "problems",
  events: "events",
  document: "openapi.json",
};

export const schedulerRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: `${API}/`,
    role: "status",
    doc: {
      summary: "The scheduler that answers, and how many jobs are in which state",
      answers: { 200: { description: "The overview", shape: overview } },
      faults: ["ledger-unavailable"],
    },
    answer: async ({ caller }, world) => {
      const scheduler = seenScheduler(caller, world);
      const records = seenRecords(caller, world);
      const [instance, now] = [world.instance(), world.clock.now()];
      const { counts, total } = world.jobRows.table({
        records,
        instance,
        scheduler,
        states: await world.states(),
        now,
      });
      const warnings = scheduler.problems.filter(({ severity }) => severity === "warning").length;
      const paused = pauseOfAll(instance, now);
      const { because, ...condition } = shapeCondition(scheduler);
      return json({
        ...condition,
        ...(has("read", caller) && because !== undefined && { because }),
        instance: scheduler.instance,
        host: world.host,
        you: { role: caller.role, ...(caller.name !== undefined && { name: caller.name }) },
        jobs: total,
        states: counts,
        ...(paused && { paused: has("read", caller) ? paused : pauseForStatus(paused) }),
        problems: scheduler.problems.length - warnings,
        warnings,
        links: LINKS,
      });
    },
  },
  {
    method: "GET",
    path: `${API}/problems`,
    role: "status",
    doc: {
      summary: "What is wrong now, as this scheduler sees it",
      answers: { 200: { description: "The scheduler and its problems", shape: schedulerShape } },
    },
    answer: ({ caller }, world) => {
      const shape = shapeScheduler(seenScheduler(caller, world));
      return json(has("read", caller) ? shape : schedulerForStatus(shape));
    },
  },
  {
    method: "GET",
    path: `${API}/nodes`,
    role: "status",
    doc: {
      summary: "Where runs are and were",
      answers: { 200: { description: "The nodes", shape: nodesShape } },
      faults: ["ledger-unavailable"],
    },
    answer: async ({ caller }, world) => {
      seenRecords(caller, world);
      const { columns, unplaced, ...rest } = await world.nodesView();
      const sees = ({ job }: { readonly job: string }) => seesJob(caller, job);
      const seen = columns.map(({ active, past, ...column }) => ({
        ...column,
        active: active.filter(sees),
        past: past.filter(sees),
      }));
      const shape = shapeNodes({ ...rest, columns: seen, unplaced: unplaced.filter(sees) });
      if (has("read", caller)) return json(shape);
      const { notice: _notice, ...status } = shape;
      return json(status);
    },
  },
];
