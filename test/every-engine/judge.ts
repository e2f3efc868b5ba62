import type { Tally } from "../support/closing-line.ts";
import type { Difference } from "./plan.ts";

/** What came of the tests on one engine. */
export interface Judged {
  readonly passed: number;
  /** How many tests failed for a difference that is known. */
  readonly known: number;
  /** The others that failed. */
  readonly failures: readonly string[];
  /** Differences for which no test fails any more. */
  readonly gone: readonly string[];
}

/** Tells what is known from what is new. A test that failed once and then passed has passed. */
export function judge(tallies: readonly Tally[], differences: readonly Difference[]): Judged {
  const failures = tallies.flatMap((tally) => tally.failures);
  const isOf = (failure: string) => (difference: Difference) => difference.tests.some((test) => failure.includes(test));
  const unknown = failures.filter((failure) => !differences.some(isOf(failure)));
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    known: failures.length - unknown.length,
    failures: unknown,
    gone: differences.filter((each) => !failures.some((failure) => isOf(failure)(each))).map(({ because }) => because),
  };
}
