import { oneOf } from "../../definition/files/operator-file.ts";
import { defineKind } from "../define-kind.ts";
import { httpAddress, secret } from "../options.ts";
import { lastLinesWithin, within } from "../within.ts";
import { only, postJson } from "./chat.ts";

const ENQUEUE = "https://events.pagerduty.com/v2/enqueue";

/**
 * PagerDuty's Events API v2: a failure triggers an incident and the recovery resolves it, by the same `dedup_key`. A summary
 * has at most 1024 characters, a key 255, and an event 512 KB.
 */
export const pagerduty = defineKind({
  name: "pagerduty",
  groups: false,
  keys: {
    routing_key: secret("the integration key of a service"),
    severity: oneOf(["critical", "error", "warning", "info"]).optional(),
    url: httpAddress(ENQUEUE).optional(),
  },
  secrets: ["routing_key", "url"],
  goesTo: ({ url = ENQUEUE }) => url,
  message(events, { routing_key, severity = "error", url = ENQUEUE }) {
    const { data, at } = only(events);
    const {
      kind,
      state,
      dedup_key,
      title,
      text,
      instance,
      job,
      run,
      node,
      exit_code,
      outcome,
      output,
      url: page,
    } = data;
    const event_action = state === "closed" ? "resolve" : "trigger";
    const facts = { run, outcome, exit_code, node, unit: data.unit, failures_in_a_row: data.failures_in_a_row };
    return postJson(url, {
      routing_key,
      event_action,
      dedup_key: within(dedup_key, 255),
      payload: {
        summary: within(title, 1024),
        source: within(node ?? instance, 255),
        // Only a failure is as bad as that.
        severity: kind === "failed" ? severity : severity === "info" ? "info" : "warning",
        timestamp: at.toISOString(),
        component: job,
        group: instance,
        class: kind,
        custom_details: {
          text,
          ...facts,
          ...(output && { output: lastLinesWithin(output, 10_000) }),
        },
      },
      client: "shipbell",
      ...(page && { client_url: page, links: [{ href: page, text: run ?? job }] }),
    });
  },
});
