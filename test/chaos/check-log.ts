import type { Verdict } from "../../src/ledger/record.ts";
import type { ChaosLine } from "./chaos-scheduler.ts";
import type { Evidence } from "./evidence.ts";
import { type FaultRecord, overlaps } from "./fault-record.ts";
import type { Finding } from "./finding.ts";
import type { SeenRecord } from "./record-observer.ts";

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

/** Each verdict and each end is told once: by the scheduler that wrote it down, unless something kept it from telling. */
export function checkLog(evidence: Evidence): readonly Finding[] {
  const told = toldOnRecords(evidence);
  const lines = Map.groupBy(evidence.log.filter(isTelling), keyOfLine);
  const known = new Set(told.map(({ key }) => key));
  const { atKills, atFaults, unexplained } = missingLines(evidence);
  const twice = [...lines].filter(([, ofKey]) => ofKey.length > 1);
  const invented = [...lines].filter(([key]) => !known.has(key));
  const most = evidence.kills.length + evidence.faults.filter(isSilencing).length;
  const missing = atKills.length + atFaults.length;
  return [
    ...(missing > most ? [{ what: `${missing} lines are missing in the log, at ${most} faults` }] : []),
    ...unexplained.map(({ key, job, run, from }) => ({
      job,
      ...(run && { run }),
      at: from,
      what: `is not in the log: ${key}`,
    })),
    ...twice.map(([key, [line]]) => ({ ...aboutLine(line), what: `is in the log twice: ${key}` })),
    ...invented.map(([key, [line]]) => ({ ...aboutLine(line), what: `is in the log, and in no record: ${key}` })),
    ...evidence.log
      .filter(isFault)
      .map((line) => ({ ...aboutLine(line), what: `${line.event}: ${line.stack ?? line.msg}` })),
  ];
}

/**
 * What is written down and not in the log: since a scheduler was killed between the two; or since it stalled there, or
 * its engine did, so that it never learned that it was its own change that was carried out.
 */
export function missingLines(evidence: Evidence) {
  const lines = new Set(evidence.log.filter(isTelling).map(keyOfLine));
  const silent = toldOnRecords(evidence).filter(({ key }) => !lines.has(key));
  const silencing = evidence.faults.filter(isSilencing);
  const isAtKill = ({ from, to }: Told) => evidence.kills.some((kill) => kill >= after(from, -1000) && kill <= to);
  const isAtFault = ({ from, to }: Told) => silencing.some((fault) => overlaps(fault, from, to, SLOW_MS));
  return {
    atKills: silent.filter(isAtKill),
    atFaults: silent.filter((one) => !isAtKill(one) && isAtFault(one)),
    unexplained: silent.filter((one) => !isAtKill(one) && !isAtFault(one)),
  };
}

/** After which a scheduler may not know of a change that it made. */
function isSilencing({ name }: FaultRecord): boolean {
  return name === "scheduler-stalled" || /^(manager|engine|answers)-/.test(name);
}

function toldOnRecords({ records }: Evidence): readonly Told[] {
  return [...records].flatMap(([job, seen]) => [...toldVerdicts(job, seen), ...toldEnds(job, seen)]);
}

function toldVerdicts(job: string, { verdicts }: SeenRecord): readonly Told[] {
  return [...verdicts.values()].map((verdict) => ({
    key: `${job} ${verdict.kind} ${verdict.reason ?? ""} ${verdict.scheduledAt.toISOString()} ${verdict.count ?? 1}`,
    job,
    from: verdict.decidedAt,
    to: after(verdict.decidedAt, verdict.kind === "started" ? 2 * SLOW_MS : SLOW_MS),
  }));
}

function toldEnds(job: string, { runs, endSeen }: SeenRecord): readonly Told[] {
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

/** What shipbell itself holds for wrong: a pass that failed by a fault of its own, a record or a job that it cannot read. */
function isFault({ event, stack }: ChaosLine): boolean {
  return (
    (event === "pass-failed" && stack !== undefined) ||
    event === "record-unreadable" ||
    event === "log-dropped" ||
    event === "problem"
  );
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
