import * as z from "zod";
import { seesJob } from "../access/visible.ts";
import { Fault } from "../fault.ts";
import { TOPICS, type Topic } from "../streams/events.ts";
import { API, type ApiRoute } from "./api-route.ts";
import { headerOf, readQuery } from "./read-request.ts";

const query = z.object({
  topics: z
    .string()
    .max(100)
    .optional()
    .meta({ description: `Some of ${TOPICS.join(", ")}, with commas; all, when absent.` }),
  after: z.string().max(100).optional().meta({
    description: "The same as Last-Event-ID, for a first connection, on which a browser sends no such header.",
  }),
});

const headers = z.object({
  "Last-Event-ID": z.string().optional().meta({ description: "The last ID that was received: goes on behind it." }),
});

export const changeRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: `${API}/events`,
    role: "status",
    doc: {
      summary: "What changes, as server-sent events",
      description:
        "Events `job` (`{job, version}`), `run` (`{run, job, active, outcome}`), `problems`, `scheduler`, `reset` (read everything " +
        "again) and `bye` (connect again). A reader gets the last state of everything, and not every step.",
      query,
      headers,
      answers: { 200: { description: "The stream", contentTypes: ["text/event-stream"] } },
      faults: ["bad-request"],
    },
    answer: (request, { events }) => {
      const { topics, after } = readQuery(query, request.query);
      const lastEventId = headerOf(request.headers, "last-event-id") ?? after;
      const sees = (job: string) => seesJob(request.caller, job);
      const options = { lastEventId, sees, ...(topics !== undefined && { topics: readTopics(topics) }) };
      return {
        status: 200,
        contentType: "text/event-stream",
        stream: "events",
        body: events.stream(options, request.gone),
      };
    },
  },
];

function readTopics(text: string): ReadonlySet<Topic> {
  const words = text.split(",").map((word) => word.trim());
  const known = words.filter((word): word is Topic => (TOPICS as readonly string[]).includes(word));
  if (known.length === words.length) return new Set(known);
  throw new Fault("bad-request", `?topics: must be some of ${TOPICS.join(", ")}, with commas.`);
}
