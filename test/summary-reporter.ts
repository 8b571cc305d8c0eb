import process from "node:process";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

/**
 * Ends every run with one plain line, `N passed, N failed`, for people and for `.ci/run`.
 *
 * A file that does not load and an error outside of any test count as one failure each; a skipped
 * test counts as neither and is named if there is one.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      let testFailures = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "failed") testFailures += 1;
        if (state === "passed" || state === "skipped") count[state] += 1;
      }
      const moduleFailed = module.state() === "failed" && testFailures === 0;
      count.failed += moduleFailed ? 1 : testFailures;
    }
    const skipped = count.skipped === 0 ? "" : `, ${count.skipped} skipped`;
    // After the other reporters, whose last lines are written in this turn.
    process.once("exit", () => {
      process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
    });
  }
}
