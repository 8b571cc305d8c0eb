// Compares the quorum arithmetic with definitions that try every subset, over random inputs.

import { describe, expect, test } from "vitest";
import {
  jointCommittedIndex,
  jointVoteResult,
  majorityCommittedIndex,
  majorityVoteResult,
} from "../../../../cluster/raft/quorum.ts";
import { seededNumbers } from "./raft-group.ts";

const CASES = 2_000;

describe("quorum", () => {
  test("the committed index is the highest that a majority has", () => {
    const next = seededNumbers(1);
    for (let round = 0; round < CASES; round += 1) {
      const voters = randomVoters(next, 1 + next(9));
      const acked = new Map(voters.filter(() => next(4) > 0).map((id) => [id, next(6)]));
      const counts = (index: number) =>
        voters.filter((id) => (acked.get(id) ?? 0) >= index).length * 2 > voters.length;
      const expected = [5, 4, 3, 2, 1, 0].find(counts);

      const result = majorityCommittedIndex(voters, (id) => acked.get(id));

      expect(result, JSON.stringify([voters, [...acked]])).toBe(expected);
    }
  });

  test("a vote is decided when no missing vote can change it", () => {
    const next = seededNumbers(2);
    for (let round = 0; round < CASES; round += 1) {
      const voters = randomVoters(next, 1 + next(7));
      const votes = new Map(voters.filter(() => next(3) > 0).map((id) => [id, next(2) === 1]));
      const wins = (missing: boolean) =>
        voters.filter((id) => votes.get(id) ?? missing).length * 2 > voters.length;
      const expected = wins(true) === wins(false) ? (wins(true) ? "won" : "lost") : "pending";

      expect(majorityVoteResult(voters, votes)).toBe(expected);
    }
  });

  test("a joint decision needs both halves, and either half can refuse", () => {
    const next = seededNumbers(3);
    for (let round = 0; round < CASES; round += 1) {
      const incoming = randomVoters(next, next(5));
      const outgoing = randomVoters(next, next(5));
      const ids = [...new Set([...incoming, ...outgoing])];
      const votes = new Map(ids.filter(() => next(3) > 0).map((id) => [id, next(2) === 1]));
      const acked = (id: number) => (votes.has(id) ? id : undefined);
      const halves = [majorityVoteResult(incoming, votes), majorityVoteResult(outgoing, votes)];
      const isWon = halves.every((half) => half === "won");
      const expected = isWon ? "won" : halves.includes("lost") ? "lost" : "pending";

      expect(jointVoteResult({ incoming, outgoing }, votes)).toBe(expected);
      expect(jointCommittedIndex({ incoming, outgoing }, acked)).toBe(
        Math.min(majorityCommittedIndex(incoming, acked), majorityCommittedIndex(outgoing, acked)),
      );
    }
  });

  test("an empty half imposes no limit", () => {
    expect(majorityCommittedIndex([], () => 1)).toBe(Number.POSITIVE_INFINITY);
    expect(majorityVoteResult([], new Map())).toBe("won");
  });
});

function randomVoters(next: (bound: number) => number, count: number): number[] {
  const ids = new Set<number>();
  while (ids.size < count) ids.add(1 + next(12));
  return [...ids].sort((left, right) => left - right);
}
