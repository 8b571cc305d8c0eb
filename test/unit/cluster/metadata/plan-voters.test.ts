import { describe, expect, test } from "vitest";

import {
  type MetadataNode,
  planMetadataMembers,
} from "../../../../cluster/metadata/plan-voters.ts";

function nodes(count: number, changes: Record<number, Partial<MetadataNode>> = {}): MetadataNode[] {
  return Array.from({ length: count }, (_, i) => ({
    nodeId: i + 1,
    mayVote: true,
    isAlive: true,
    isGone: false,
    ...changes[i + 1],
  }));
}

describe("the metadata group", () => {
  test.each([
    [1, [1]],
    [2, [1]],
    [3, [1, 2, 3]],
    [4, [1, 2, 3]],
    [5, [1, 2, 3, 4, 5]],
    [9, [1, 2, 3, 4, 5]],
  ])("of %i nodes has an odd number of voters, everybody else learns", (count, voters) => {
    const plan = planMetadataMembers(nodes(count), [1]);
    expect(plan.voters).toEqual(voters);
    expect(plan.voters.length + plan.learners.length).toBe(count);
  });

  test("keeps its voters when nodes come, and when one is down for a while", () => {
    const present = [2, 3, 4];
    expect(planMetadataMembers(nodes(4), present).voters).toEqual(present);
    const down = nodes(4, { 3: { isAlive: false } });
    expect(planMetadataMembers(down, present).voters).toEqual(present);
  });

  test("replaces a voter that is gone, if a living node can stand in", () => {
    const gone = nodes(4, { 2: { isAlive: false, isGone: true } });
    expect(planMetadataMembers(gone, [1, 2, 3])).toEqual({ voters: [1, 3, 4], learners: [2] });
    const nobody = nodes(3, { 2: { isAlive: false, isGone: true } });
    expect(planMetadataMembers(nobody, [1, 2, 3]).voters).toEqual([1, 2, 3]);
  });

  test("asks only nodes that may vote", () => {
    const plan = planMetadataMembers(nodes(5, { 1: { mayVote: false } }), [1, 2, 3]);
    expect(plan).toEqual({ voters: [2, 3, 4], learners: [1, 5] });
  });
});
