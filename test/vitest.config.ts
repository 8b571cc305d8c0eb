import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./summary-reporter.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export default defineConfig({
  root,
  test: {
    root,
    reporters: ["default", new SummaryReporter()],
    passWithNoTests: true,
    pool: "forks",
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/{unit,scenario,replay,sim,simulation}/**/*.test.ts"],
          // Pure computation, but some of it long, and machines are shared.
          testTimeout: 60_000,
          // No I/O and no shared state, so files share a process: half of the run time.
          isolate: false,
        },
      },
      { extends: true, test: { name: "tidy", include: ["test/tidy/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Real processes, disks and ports: one file at a time.
          fileParallelism: false,
        },
      },
    ],
  },
});
