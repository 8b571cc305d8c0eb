// Method: random runs of five nodes with two groups under virtual time; see `RaftSimulation` for
// the faults and for what is checked. A failing seed replays exactly:
//   node test/simulation/run.ts --from <seed> --count 1
import { describe, expect, test } from "vitest";

import { RaftSimulation, type SimulationReport } from "./raft-simulation.ts";

const SEEDS = 60;

describe("random runs", () => {
  test(`of ${SEEDS} seeds keep every promise of the log`, async () => {
    const reports: SimulationReport[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        reports.push(await new RaftSimulation(seed).run());
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    // The runs are worth something.
    const mean = (of: (report: SimulationReport) => number): number =>
      reports.reduce((total, report) => total + of(report), 0) / SEEDS;
    expect(mean(({ records }) => records)).toBeGreaterThan(100);
    expect(mean(({ leaderships }) => leaderships)).toBeGreaterThan(6);
    expect(mean(({ snapshots }) => snapshots)).toBeGreaterThan(1);
    expect(mean(({ membershipChanges }) => membershipChanges)).toBeGreaterThan(5);
    expect(mean(({ readsAnswered }) => readsAnswered)).toBeGreaterThan(5);
  }, 300_000);

  test("a seed replays exactly", async () => {
    const first = await new RaftSimulation(3).run();
    const second = await new RaftSimulation(3).run();
    expect(second).toEqual(first);
  });
});
