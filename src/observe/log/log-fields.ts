import { EngineError } from "../../engines/engine.ts";
import type { ObjectKind } from "../../job/job.ts";
import type { Absence, ImageUsed, Outcome, Pause, PauseSeen, Usage, Verdict } from "../../ledger/record.ts";
import { causeText } from "../cause.ts";
import type { RunEvent } from "../run-events.ts";

type Level = "debug" | "info" | "warn" | "error";

/** `info`: all is as it should be. `warn`: a job needs a look. `error`: the scheduler or the engine needs a look. */
export function levelOf(event: RunEvent): Level {
  switch (event.event) {
    case "run-finished":
      return event.outcome.kind === "succeeded" || event.outcome.kind === "cancelled" ? "info" : "warn";
    case "pull-finished":
      return event.rejected === undefined ? "info" : "warn";
    case "problem":
    case "definitions-kept":
    case "definitions-unsure":
    case "occurrence-missed":
    case "output-dropped":
    case "attempt-stopping":
    case "orphan-stopped":
    case "orphan-ended":
    case "run-refused":
    case "other-definition":
    case "sign-in-failed":
    case "proxy-ignored":
    case "notice-failed":
    case "ping-failed":
      return "warn";
    case "engine-up":
      return event.caveat === undefined ? "info" : "warn";
    case "engine-down":
    case "pass-failed":
    case "answer-failed":
    case "record-unreadable":
    case "notice-dropped":
    case "heartbeat-failed":
    case "traces-failed":
      return "error";
    case "ping-delivered":
      return "debug";
    case "attempt-finished":
      return event.retryAt === undefined ? "debug" : "warn";
    default:
      return "info";
  }
}

const namesAtMost = 20;

/** Fields whose name in the log differs from the event's. `message` is the engine's own words; `msg` is our sentence. */
const logNames: Readonly<Record<string, string>> = {
  message: "detail",
};

/** Returns the event as flat fields, `event` first. An object is called what Docker calls it. */
export function logFields(event: RunEvent): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const { objectKind = "container", ...own } = event as RunEvent & { readonly objectKind?: ObjectKind };
  const names: Readonly<Record<string, string>> = { ...logNames, objectName: objectKind, objectId: `${objectKind}Id` };
  for (const [name, value] of Object.entries(own)) fields[names[name] ?? name] = shorten(value);
  if ("outcome" in event) Object.assign(fields, outcomeFields(event.outcome), imageFields(event.image));
  if ("usage" in event && event.usage) Object.assign(fields, usageFields(event.usage));
  if ("rejected" in event) Object.assign(fields, { rejected: event.rejected.reason, detail: event.rejected.message });
  if ("absence" in event && event.absence) Object.assign(fields, absenceFields(event.absence));
  if (event.event === "paused") Object.assign(fields, { reason: undefined, ...pauseFields(event) });
  if ("pause" in event && event.pause) Object.assign(fields, heldFields(event.pause));
  if ("active" in event && event.active) Object.assign(fields, activeFields(event.active));
  if ("cause" in event) Object.assign(fields, causeFields(event.cause));
  return fields;
}

/** Keeps the line of a first start with ten thousand jobs short enough for any log store. */
function shorten(value: unknown): unknown {
  if (!Array.isArray(value) || value.length <= namesAtMost) return value;
  return [...value.slice(0, namesAtMost), `and ${value.length - namesAtMost} more`];
}

function absenceFields({ because, from, to }: Absence): Record<string, unknown> {
  return { absence: because, absenceFrom: from, absenceTo: to };
}

function activeFields({ run, count }: NonNullable<Verdict["active"]>): Record<string, unknown> {
  return { active: count, activeRun: run };
}

/** `reason` is one of our words in every other event; here it is the operator's text. */
function pauseFields({ reason, by }: Pause): Record<string, unknown> {
  return { ...(reason !== undefined && { pauseReason: reason }), ...(by && { by: by.name, via: by.via }) };
}

function heldFields({ why, all }: PauseSeen): Record<string, unknown> {
  return { pause: all === true ? "all" : "job", ...(why !== undefined && { pauseReason: why }) };
}

function outcomeFields({ kind, ...fields }: Outcome): Record<string, unknown> {
  if (!("message" in fields)) return { outcome: kind, ...fields };
  const { message, ...rest } = fields;
  return { outcome: kind, ...rest, detail: message };
}

function imageFields(image: ImageUsed | undefined): Record<string, unknown> {
  if (image === undefined) return {};
  const { name, digest, id } = image;
  return { image: name, ...(digest && { imageDigest: digest }), ...(id && { imageId: id }) };
}

function usageFields({ cpuMs, peakMemoryBytes }: Usage): Record<string, unknown> {
  return { usage: undefined, cpuMs, peakMemoryBytes };
}

/** Without a stack where the engine is to blame: it would only be noise. */
function causeFields(cause: unknown): Record<string, unknown> {
  const isFault = cause instanceof Error && !(cause instanceof EngineError);
  return { cause: causeText(cause), ...(isFault ? { stack: cause.stack } : {}) };
}
