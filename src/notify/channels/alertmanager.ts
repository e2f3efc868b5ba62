import * as z from "zod";
import { madeOf, mustBe } from "../../definition/files/operator-file.ts";
import { defineKind } from "../define-kind.ts";
import { authorization, credentials, httpBase, wrongCredentials } from "../options.ts";
import { lastLinesWithin, within } from "../within.ts";
import { only, postJson } from "./chat.ts";

const NAMES = {
  failed: "ShipbellJobFailed",
  recovered: "ShipbellJobFailed",
  missed: "ShipbellOccurrencesMissed",
  skipped: "ShipbellOccurrencesSkipped",
  "long-running": "ShipbellRunLong",
  "not-run": "ShipbellJobNotRun",
} as const;

/**
 * Prometheus sends an alert again each minute, and one that it stops sending is over. A notice is sent once: so an open
 * alert ends in a year, and its recovery ends it at once.
 */
const OPEN_MS = 365 * 86_400_000;

const labels = z.record(
  z.string().refine((name) => /^[A-Za-z_]\w{0,99}$/.test(name) && !["alertname", "job_name"].includes(name), {
    error: () => "is no name of a label that can be set",
  }),
  madeOf("the value of a label", (text) => (text !== "" && text.length <= 200 ? text : undefined)),
  { error: ({ code, input }) => (code === "invalid_type" ? mustBe("a map of labels", input) : undefined) },
);

/** The API v2 of Alertmanager. The labels tell alerts apart, so nothing that changes during an incident is among them. */
export const alertmanager = defineKind({
  name: "alertmanager",
  groups: false,
  keys: { url: httpBase("http://alertmanager:9093"), ...credentials, labels: labels.optional() },
  secrets: ["url", "token", "password"],
  check: wrongCredentials,
  goesTo: ({ url }) => url,
  message(events, { url, labels = {}, ...options }) {
    const { data, at } = only(events);
    const { kind, state, job, run, instance, title, text, open_since, output, url: page } = data;
    const since = open_since === undefined || new Date(open_since) > at ? at : new Date(open_since);
    const alert = {
      labels: {
        ...labels,
        alertname: NAMES[kind],
        job_name: job,
        shipbell_instance: instance,
        ...(kind === "long-running" && run && { run }),
        // It must not be taken for an alert of a real job of that name.
        ...(data.test && { test: "true" }),
      },
      annotations: {
        summary: within(title, 500),
        description: text,
        ...(output && { output: lastLinesWithin(output, 4000) }),
      },
      startsAt: since.toISOString(),
      // What is told once ends by Alertmanager's own resolve_timeout.
      ...(state !== "once" && { endsAt: (state === "closed" ? at : new Date(at.getTime() + OPEN_MS)).toISOString() }),
      ...(page && { generatorURL: page }),
    };
    return postJson(`${url}/api/v2/alerts`, [alert], authorization(options));
  },
});
