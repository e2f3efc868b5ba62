import type { Reporter, TestModule } from "vitest/node";

/** Ends the output of a test run with one plain line: `N passed, N failed`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== "pending") counts[state]++;
      }
      // A file that could not even be loaded has no tests to fail.
      if (module.state() === "failed" && module.children.size === 0) counts.failed++;
    }
    // After the reporter before this one has written its summary.
    process.on("exit", () => {
      const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
      process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
    });
  }
}
