import { checkAttempts } from "./check-attempts.ts";
import { checkLog } from "./check-log.ts";
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
    ...checkSizes(evidence),
  ];
}

function checkSizes({ records }: Evidence): readonly Finding[] {
  return [...records]
    .filter(([, { largestBytes }]) => largestBytes > LARGEST_RECORD_BYTES)
    .map(([job, { largestBytes }]) => ({ job, what: `its record had ${largestBytes} bytes` }));
}
