import { checkAttempts } from "./check-attempts.ts";
import { checkLog } from "./check-log.ts";
import { checkNotices } from "./check-notices.ts";
import { checkOverlap } from "./check-overlap.ts";
import { checkTotals } from "./check-totals.ts";
import { checkVerdicts } from "./check-verdicts.ts";
import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";

const LARGEST_RECORD_BYTES = 64 * 1024;

/** Holds ledger, logs and witness against each other. Everything that does not agree is a finding. */
export function check(evidence: Evidence): readonly Finding[] {
  return [
    ...evidence.findings,
    ...checkVerdicts(evidence),
    ...checkAttempts(evidence),
    ...checkOverlap(evidence),
    ...checkTotals(evidence),
    ...checkLog(evidence),
    ...checkTold(evidence),
    ...checkSizes(evidence),
  ];
}

/** What the receiver has heard of each job is what stands in its record. */
function checkTold({ records, notices: { instance, told, taken } }: Evidence): readonly Finding[] {
  const strange = told.filter(({ job }) => !records.has(job)).map(({ id }) => ({ what: `was told ${id}, of no job` }));
  const findings = [...records].flatMap(([job, { ends, verdicts, record }]) => {
    const of = (all: typeof told) => all.filter((heard) => heard.job === job);
    const count = Object.values(record.totals.missed).reduce<number>((sum, count = 0) => sum + count, 0);
    const missed = { verdicts: verdicts.values(), count };
    return checkNotices({ job, instance, ends, told: of(told), taken: of(taken), missed });
  });
  return [...strange, ...findings];
}

function checkSizes({ records }: Evidence): readonly Finding[] {
  return [...records]
    .filter(([, { largestBytes }]) => largestBytes > LARGEST_RECORD_BYTES)
    .map(([job, { largestBytes }]) => ({ job, what: `its record had ${largestBytes} bytes` }));
}
