import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** Where a test run writes its counts instead of printing them, for a run of several suites. */
export const TALLY_VARIABLE = "TEST_TALLY";

/** How many tests there were. */
export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number };

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

export function formatTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function countTests(modules: readonly TestModule[]): Tally {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state !== "pending") tally[state]++;
    }
    // A file that could not even be loaded has no tests to fail.
    if (module.state() === "failed" && module.children.size === 0) tally.failed++;
  }
  return tally;
}
