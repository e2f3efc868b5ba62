import type { EngineVersion } from "../../engines/engine.ts";
import { formatProblem } from "../../job/problem.ts";
import type { Outcome, Pause } from "../../ledger/record.ts";
import { counted } from "../../view/words/counted.ts";
import { absenceInWords, activeInWords, pauseInWords } from "../../view/words/verdict.ts";
import { causeText } from "../cause.ts";
import type { EndFields, OccurrenceEvent, RunEvent } from "../run-events.ts";

/** Returns one short sentence. It names the job, so that it can stand without the event's fields. */
export function sentenceFor(event: RunEvent): string {
  switch (event.event) {
    case "run-started":
      return `${event.job}: ${event.rejected ? "could not be started" : "started"} (${event.trigger}, after ${formatDuration(event.delayMs)})`;
    case "attempt-finished":
      return `${event.job}: attempt ${event.attempt} ${endSentence(event)}${retrySentence(event.retryAt)}`;
    case "run-finished":
      return `${event.job}: ${event.attempt > 1 ? `attempt ${event.attempt} ` : ""}${endSentence(event)}`;
    case "attempt-stopping":
      return `${event.job}: being stopped, ${event.reason}`;
    case "run-taken-up":
      return `${event.job}: taken over while running`;
    case "orphan-stopped":
      return `${event.job}: still ran when its node was back, after it was given up as lost; stopped`;
    case "orphan-ended":
      return `${event.job}: had ended with exit code ${event.exitCode ?? "unknown"} when its node was back, after it was given up as lost`;
    case "run-refused":
      return `${event.job}: manual start refused, ${event.reason}${detail(event)}`;
    case "occurrence-skipped":
    case "occurrence-missed":
      return verdictSentence(event);
    case "job-output":
      return `${event.job} | ${event.line}`;
    case "output-dropped":
      return `${event.job}: ${droppedWords(event)}`;
    case "engine-up":
      return engineSentence(event);
    case "engine-down":
      return `Docker Engine does not answer: ${event.cause}`;
    case "waits-for-pool":
      return `${event.job}: waits for a slot of the pool ${event.pool}: ${event.limit === 1 ? "its slot is" : `all ${event.limit} are`} taken`;
    case "pull-started":
      return `${event.job}: pulling ${event.image}`;
    case "pull-finished":
      return event.rejected === undefined
        ? `${event.job}: pulled ${event.image} in ${formatDuration(event.durationMs)}`
        : `${event.job}: cannot pull ${event.image}: ${event.rejected.message}`;
    case "leftover-removed":
      return `${event.job}: removed leftover ${event.objectName}`;
    case "problem":
      return formatProblem(event);
    case "problem-solved":
      return `solved: ${formatProblem(event)}`;
    case "jobs-changed":
      return `${counted(event.jobs, "job")} (${event.added.length} added, ${event.changed.length} changed, ${event.removed.length} removed)`;
    case "definitions-kept":
      return `keeping the last good definition of ${few(event.jobs)}: it can no longer be read`;
    case "definitions-unsure":
      return `starting no runs of ${few(event.jobs)}: they may be declared in what cannot be read`;
    case "other-definition":
      return `${event.job}: another scheduler carries it out under a newer definition; standing by`;
    case "definition-agreed":
      return `${event.job}: all schedulers agree on its definition again`;
    case "record-unreadable":
      return `${event.job}: its record cannot be read: ${event.message}`;
    case "paused":
      return `${event.job ?? "all jobs"}: paused${by(event)} since ${event.since.toISOString()}${untilWords(event)}`;
    case "resumed":
      return `${event.job ?? "all jobs"}: ${event.because === "until" ? "the pause is over" : "resumed"}, after a pause since ${event.since.toISOString()}`;
    case "scheduler-started":
      return `shipbell ${event.version} started, instance ${event.instance}`;
    case "scheduler-stopping":
      return `stopping: ${event.reason}`;
    case "scheduler-stopped":
      return "stopped; running jobs go on";
    case "standby":
      return `standing by: ${event.reason}`;
    case "active":
      return "active";
    case "pass-failed":
      return `${event.job ?? "scheduling"} failed and will be repeated: ${causeText(event.cause)}`;
    case "asked":
      return `${event.job ?? (event.channel === undefined ? "all jobs" : `channel ${event.channel}`)}: ${event.what} asked by ${event.by ?? "an anonymous caller"} through the ${event.via === "api" ? "API" : event.via}${event.run === undefined ? "" : ` (${event.run})`}`;
    case "sign-in-failed":
      return `${counted(event.count, "failed sign-in")} from ${event.peer}${event.name === undefined ? "" : ` as ${event.name}`}`;
    case "proxy-ignored":
      return `${event.peer} sends the headers of a proxy and is not in proxy.from of --http-auth: ignored`;
    case "answer-failed":
      return `GET ${event.path} could not be answered: ${causeText(event.cause)}`;
    case "notice-delivered":
      return `${event.job}: ${event.channel} was told: ${event.kind}${event.tries > 1 ? `, with try ${event.tries}` : ""}`;
    case "notice-failed":
      return `${event.job}: ${event.channel} could not be told: ${event.kind}: ${event.cause}; again at ${event.nextAt.toISOString()}`;
    case "notice-dropped":
      return `${event.job}: ${event.channel} is not told: ${event.kind}: ${event.cause ?? "too much waits for it"}; given up after ${counted(event.tries, "try", "tries")}`;
    case "ping-delivered":
      return `${event.job}: its check has heard of the ${event.ping} of ${event.run}`;
    case "ping-failed":
      return `${event.job}: the ${event.ping} of ${event.run} could not be sent to its check: ${event.cause}${event.nextAt === undefined ? "; given up" : `; again at ${event.nextAt.toISOString()}`}`;
    case "heartbeat-failed":
      return `the heartbeat is not heard: ${event.cause}`;
    case "heartbeat-recovered":
      return "the heartbeat is heard again";
    case "traces-failed":
      return `traces are not taken: ${event.cause}`;
    case "traces-recovered":
      return "traces are taken again";
    case "pass-recovered":
      return `${event.job ?? "scheduling"} works again`;
  }
}

function endSentence({ outcome, durationMs }: EndFields): string {
  const after = durationMs === undefined ? "" : ` after ${formatDuration(durationMs)}`;
  return `${outcomeWords(outcome)}${after}${outcomeDetail(outcome)}`;
}

function retrySentence(retryAt: Date | undefined): string {
  return retryAt === undefined ? "" : `; the next one at ${retryAt.toISOString()}`;
}

function outcomeWords(outcome: Outcome): string {
  if (outcome.kind === "timed-out") return "timed out";
  if (outcome.kind !== "failed") return outcome.kind;
  if (outcome.message !== undefined) return "failed";
  return `failed with exit code ${outcome.exitCode}${outcome.oom === true ? " (out of memory)" : ""}`;
}

function outcomeDetail(outcome: Outcome): string {
  if (outcome.kind === "failed") return outcome.message === undefined ? "" : `, ${outcome.message}`;
  if (outcome.kind !== "rejected" && outcome.kind !== "lost") return "";
  return `, ${outcome.reason}${outcome.message ? `: ${outcome.message}` : ""}`;
}

function verdictSentence(event: OccurrenceEvent): string {
  const verb = event.event === "occurrence-skipped" ? "skipped" : "missed";
  const first = event.scheduledAt.toISOString();
  const stretch = event.through === undefined ? first : `${first} to ${event.through.toISOString()}`;
  return `${event.job}: ${verb} ${counted(event.count, "occurrence")}, ${event.reason}: ${stretch}${verdictDetail(event)}`;
}

function verdictDetail(event: OccurrenceEvent): string {
  const at = (instant: Date) => instant.toISOString();
  if (event.event === "occurrence-missed") {
    const absence = event.absence && absenceInWords(event.absence, at, event.through ?? event.scheduledAt);
    return absence === undefined ? "" : ` (${absence})`;
  }
  const why = event.pause ? pauseInWords(event.pause) : activeInWords(event);
  return why === undefined ? detail(event) : ` (${why})`;
}

function by({ by }: Pause): string {
  return by?.name === undefined ? "" : ` by ${by.name}`;
}

function untilWords({ until, reason }: Pause): string {
  const end = until === undefined ? "" : `, until ${until.toISOString()}`;
  return reason === undefined ? end : `${end}: ${reason}`;
}

function detail(event: { readonly message?: string } | object): string {
  return "message" in event && event.message !== undefined ? ` (${event.message})` : "";
}

const namesInSentence = 5;

function few(names: readonly string[]): string {
  const more = names.length - namesInSentence;
  return names.slice(0, namesInSentence).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function droppedWords({ reason, lines }: RunEvent & { readonly event: "output-dropped" }): string {
  if (reason === "unread") return "the end of its output could not be read";
  return lines === undefined
    ? "it prints too fast: only the latest lines of each second are logged"
    : `it prints too fast: ${counted(lines, "line")} not logged`;
}

/** Returns `0.4 s`, `12 s`, `5 min 12 s`, `1 h 3 min`, `2 d 5 h`: at most two units, rounded down. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${(Math.floor(seconds * 10) / 10).toFixed(1).replace(/\.0$/, "")} s`;
  const units = [
    { name: "d", size: 86_400 },
    { name: "h", size: 3600 },
    { name: "min", size: 60 },
    { name: "s", size: 1 },
  ];
  const first = units.findIndex(({ size }) => seconds >= size);
  let rest = Math.floor(seconds);
  const parts = units.slice(first, first + 2).map(({ name, size }) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return { name, count };
  });
  return parts
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${count} ${name}`)
    .join(" ");
}

function engineSentence({ maker = "Docker Engine", version, apiVersion, caveat }: EngineVersion): string {
  return `${maker} ${version} answers (API ${apiVersion})${caveat === undefined ? "" : `: ${caveat}`}`;
}
