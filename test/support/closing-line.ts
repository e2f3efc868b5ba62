import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Where a test run writes its counts instead of printing them, for a run of several suites. */
export const TALLY_VARIABLE = "TEST_TALLY";

/** How many tests there were. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Each that failed, a line each: a long output's end says it all. */
  readonly failures: readonly string[];
  /** Each that failed once and then passed, a line each. */
  readonly flaky: readonly string[];
}

/** Ends the output of a test run with one plain line: `N passed, N failed`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tally = countTests(modules);
    const file = process.env[TALLY_VARIABLE];
    if (file !== undefined) writeFileSync(file, JSON.stringify(tally));
    // After the reporter before this one has written its summary.
    else process.on("exit", () => process.stdout.write(`\n${formatTally(tally)}\n`));
  }
}

/** The first line of the first failure's message is enough to know which it was. */
function describeFailure(test: TestCase): string {
  const [error] = test.result().errors ?? [];
  return `${test.module.relativeModuleId}: ${test.fullName}: ${error?.message.split("\n")[0] ?? "no error"}`;
}

export function formatTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function countTests(modules: readonly TestModule[]): Tally {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  const flaky: string[] = [];
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state !== "pending") tally[state]++;
      if (state === "failed") failures.push(describeFailure(test));
      if (test.diagnostic()?.flaky === true) flaky.push(describeFailure(test));
    }
    // A file that could not even be loaded has no tests to fail.
    if (module.state() === "failed" && module.children.size === 0) {
      tally.failed++;
      failures.push(`${module.relativeModuleId}: ${module.errors()[0]?.message.split("\n")[0] ?? "not loaded"}`);
    }
  }
  return { ...tally, failures, flaky };
}
