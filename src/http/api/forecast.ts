import * as z from "zod";
import { bucketsShape, occurrencesShape, shapeBuckets, shapeOccurrences } from "../../view/shapes/occurrence-shape.ts";
import { LONGEST_FORECAST_MS } from "../../view/times/upcoming.ts";
import { seesJob } from "../access/visible.ts";
import { Fault } from "../fault.ts";
import { API, type ApiRoute } from "./api-route.ts";
import { json } from "./json-answer.ts";
import { duration, moment, readQuery } from "./read-request.ts";
import { seenJob, seenRecords } from "./seen.ts";

const HOURS_24 = 86_400_000;
const SHORTEST_BUCKET_MS = 60_000;

const query = z.object({
  from: moment.optional().meta({ description: "Now, when absent." }),
  to: moment.optional().meta({ description: "24 hours after `from`, when absent; at most 31 days after it." }),
  job: z.string().max(63).optional().meta({ description: "Only this job." }),
  bucket: duration
    .refine((ms) => ms >= SHORTEST_BUCKET_MS, "must be at least 1m")
    .optional()
    .meta({ description: "Counts the starts in parts of this length: `15m`. At least `1m`." }),
});

export const forecastRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: `${API}/occurrences`,
    role: "status",
    doc: {
      summary: "When jobs are due, or how many starts there are in each part of a time",
      query,
      answers: { 200: { description: "Times, or counts", shape: z.union([occurrencesShape, bucketsShape]) } },
      faults: ["bad-request", "too-many", "no-such-job", "unreadable-record", "ledger-unavailable"],
    },
    answer: async (request, world) => {
      const { from = world.clock.now(), job, bucket, ...read } = readQuery(query, request.query);
      const to = read.to ?? new Date(from.getTime() + HOURS_24);
      if (to <= from) throw new Fault("bad-request", "?to: must be after `from`.");
      if (to.getTime() - from.getTime() > LONGEST_FORECAST_MS)
        throw new Fault("too-many", "At most 31 days are looked at: ask for less.");
      seenRecords(request.caller, world);
      if (job !== undefined) seenJob({ ...request, params: { job } }, world);
      const only = (due: { readonly job: string }) => seesJob(request.caller, due.job) && (job ?? due.job) === due.job;
      const upcoming = await world.upcoming({ from, to, only });
      if (upcoming.kind === "too-many")
        throw new Fault("too-many", `${upcoming.message.charAt(0).toUpperCase()}${upcoming.message.slice(1)}.`);
      return json(bucket === undefined ? shapeOccurrences(upcoming) : shapeBuckets(upcoming, bucket));
    },
  },
];
