import type { Verdict } from "../../src/ledger/page.ts";
import type { ChaosLine } from "./chaos-scheduler.ts";
import type { Evidence } from "./evidence.ts";
import { overlaps } from "./fault-record.ts";
import type { Finding } from "./finding.ts";
import type { SeenPage } from "./page-observer.ts";

/** Something that was written down, and that one line of the log tells. */
interface Told {
  readonly key: string;
  readonly job: string;
  readonly run?: string;
  /** Between these a scheduler wrote it down, and told. */
  readonly from: Date;
  readonly to: Date;
}

/** A swap that gets no answer is given up after 20 s, and a start is told when it was activated. */
const SLOW_MS = 40_000;
/** To whom a manager is slow to answer. */
const OBSERVED_MS = 5000;

/**
 * Each verdict and each end is told once: by whoever wrote it down, unless that was killed before it could; or was told
 * to stop, and got no clear answer from a broken engine within the two seconds that it waits then.
 */
export function checkLog(evidence: Evidence): readonly Finding[] {
  const told = toldOnPages(evidence);
  const lines = Map.groupBy(evidence.log.filter(isTelling), keyOfLine);
  const known = new Set(told.map(({ key }) => key));
  const silent = told.filter(({ key }) => !lines.has(key));
  const unexplained = silent.filter((one) => !wasInFlight(one, evidence));
  const twice = [...lines].filter(([, ofKey]) => ofKey.length > 1);
  const invented = [...lines].filter(([key]) => !known.has(key));
  return [
    ...unexplained.map(({ key, job, run, from }) => ({
      job,
      ...(run && { run }),
      at: from,
      what: `is not in the log: ${key}`,
    })),
    ...twice.map(([key, [line]]) => ({ ...aboutLine(line), what: `is in the log twice: ${key}` })),
    ...invented.map(([key, [line]]) => ({ ...aboutLine(line), what: `is in the log, and on no page: ${key}` })),
    ...evidence.log
      .filter(isFault)
      .map((line) => ({ ...aboutLine(line), what: `${line.event}: ${line.stack ?? line.msg}` })),
  ];
}

/** What is not in the log, since whoever was to tell it was killed at that time. */
export function inFlightAtKills(evidence: Evidence): number {
  const lines = new Set(evidence.log.filter(isTelling).map(keyOfLine));
  return toldOnPages(evidence).filter((one) => !lines.has(one.key) && wasInFlight(one, evidence)).length;
}

function toldOnPages({ pages }: Evidence): readonly Told[] {
  return [...pages].flatMap(([job, seen]) => [...toldVerdicts(job, seen), ...toldEnds(job, seen)]);
}

function toldVerdicts(job: string, { verdicts }: SeenPage): readonly Told[] {
  return [...verdicts.values()].map((verdict) => ({
    key: `${job} ${verdict.kind} ${verdict.reason ?? ""} ${verdict.scheduledAt.toISOString()} ${verdict.count ?? 1}`,
    job,
    from: verdict.decidedAt,
    to: after(verdict.decidedAt, verdict.kind === "started" ? 2 * SLOW_MS : SLOW_MS),
  }));
}

function toldEnds(job: string, { runs, endSeen }: SeenPage): readonly Told[] {
  return [...runs.values()].flatMap(({ id, outcome }) => {
    const seen = endSeen.get(id);
    if (outcome === undefined || seen === undefined) return [];
    const [from, to] = [after(seen.after, -OBSERVED_MS), after(seen.by, OBSERVED_MS)];
    return [{ key: `${id} ${outcome.kind}`, job, run: id, from, to }];
  });
}

function isTelling({ event, attempt }: ChaosLine): boolean {
  return event === "run-finished" || event.startsWith("occurrence-") || (event === "run-started" && attempt === 1);
}

/** As in `Told`. */
function keyOfLine({ event, job, run, reason, scheduledAt, count, outcome }: ChaosLine): string {
  if (event === "run-finished") return `${run} ${outcome}`;
  const kind: Verdict["kind"] =
    event === "run-started" ? "started" : event === "occurrence-missed" ? "missed" : "skipped";
  return `${job} ${kind} ${reason ?? ""} ${scheduledAt} ${count ?? 1}`;
}

/** What shipbell itself holds for wrong: a pass that failed by a fault of its own, a page or a job that it cannot read. */
function isFault({ event, stack }: ChaosLine): boolean {
  return (
    (event === "pass-failed" && stack !== undefined) ||
    event === "page-unreadable" ||
    event === "log-dropped" ||
    event === "problem"
  );
}

function wasInFlight({ from, to }: Told, { kills, stops, faults }: Evidence): boolean {
  const broken = faults.filter(({ name }) => /^(manager|engine|answers)-/.test(name));
  const unanswered = stops.filter((stop) => broken.some((fault) => overlaps(fault, after(stop, -SLOW_MS), stop, 0)));
  return [...kills, ...unanswered].some((end) => end >= after(from, -1000) && end <= to);
}

function aboutLine(line: ChaosLine | undefined): Pick<Finding, "job" | "run" | "at"> {
  if (line === undefined) return {};
  const { job, run, time } = line;
  return {
    at: new Date(String(time)),
    ...(job !== undefined && { job: String(job) }),
    ...(run !== undefined && { run: String(run) }),
  };
}

function after(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}
