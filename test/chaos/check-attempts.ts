import type { Attempt, Run } from "../../src/ledger/record.ts";
import { whyUntrue } from "./check-outcome.ts";
import type { Evidence } from "./evidence.ts";
import type { Execution } from "./executions.ts";
import type { FaultRecord } from "./fault-record.ts";
import type { Finding } from "./finding.ts";

/** Two clocks of one machine, and the hundredths of the witness' one. */
const CLOCK_MS = 100;

/** Each attempt was executed at most once, after it was bound, where it is said to have been; and its outcome is true. */
export function checkAttempts({ records, executions, faults }: Evidence): readonly Finding[] {
  const runs = [...records.values()].flatMap(({ runs }) => [...runs.values()]);
  const byAttempt = Map.groupBy(executions, ({ run, attempt }) => keyOf(run, attempt));
  const known = new Set(runs.flatMap(({ id, attempts }) => attempts.map(({ number }) => keyOf(id, number))));
  const unknown = executions.filter(({ run, attempt }) => !known.has(keyOf(run, attempt)));
  return [
    ...unknown.map(({ run, startedAt }) => ({ run, at: startedAt, what: "was executed, and no record knows of it" })),
    ...runs.flatMap((run) => [
      ...checkRun(run),
      ...run.attempts.flatMap((attempt) => {
        const ofAttempt = byEngine(byAttempt.get(keyOf(run.id, attempt.number)) ?? [], faults);
        const wrong = [...checkExecutions(attempt, ofAttempt), ...whyUntrue(run, attempt, ofAttempt[0], faults)];
        return wrong.map((what) => ({ run: run.id, at: attempt.finishedAt ?? attempt.boundAt, what }));
      }),
    ]),
  ];
}

/**
 * Without those that the engine itself began again. One that is killed after a process began, and before that was written down,
 * starts the container of a Swarm's task once more when it is back.
 */
function byEngine(executions: readonly Execution[], faults: readonly FaultRecord[]): readonly Execution[] {
  return executions.filter((execution, index) => {
    const next = executions[index + 1];
    return next === undefined || next.node !== execution.node || !isBegunAgain(execution, faults);
  });
}

/** For so long a busy engine has started a process and not written it down. */
const NOTE_MS = 2000;

function isBegunAgain({ node, startedAt }: Execution, faults: readonly FaultRecord[]): boolean {
  return faults.some(
    ({ name, on, beganAt }) =>
      name.endsWith("-killed") &&
      on.split(",")[0] === node &&
      Math.abs(beganAt.getTime() - startedAt.getTime()) < NOTE_MS,
  );
}

const keyOf = (run: string, attempt: number) => `${run}.${attempt}`;

function checkExecutions({ number, boundAt, node }: Attempt, executions: readonly Execution[]): readonly string[] {
  const [first] = executions;
  const early = executions.filter(({ startedAt }) => startedAt.getTime() < boundAt.getTime() - CLOCK_MS);
  const isElsewhere = node !== undefined && first !== undefined && first.node !== "" && first.node !== node;
  return [
    ...(executions.length > 1 ? [`attempt ${number} was executed ${executions.length} times`] : []),
    ...early.map(({ startedAt }) => `attempt ${number} ran at ${startedAt.toISOString()}, before it was bound`),
    ...(isElsewhere ? [`attempt ${number} ran on ${first.node}, and not on ${node}`] : []),
  ];
}

function checkRun({ id, attempts, outcome, policies, finishedAt }: Run): readonly Finding[] {
  const last = attempts.at(-1);
  const most = 1 + (policies.retries?.limit ?? 0);
  const ends = { run: id, ...(finishedAt && { at: finishedAt }) };
  // A run that waits for its next attempt is ended by what replaces it.
  const isOwn = outcome?.kind === last?.outcome?.kind || outcome?.kind === "replaced";
  return [
    ...(outcome === undefined ? [{ ...ends, what: "has no outcome" }] : []),
    ...(outcome !== undefined && !isOwn
      ? [{ ...ends, what: `is ${outcome.kind}, its last attempt ${last?.outcome?.kind}` }]
      : []),
    ...(attempts.length > most ? [{ ...ends, what: `has ${attempts.length} attempts, of at most ${most}` }] : []),
  ];
}
