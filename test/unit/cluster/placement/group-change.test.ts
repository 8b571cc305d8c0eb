import { describe, expect, test } from "vitest";
import type { ConfChangeOperation } from "#raft";
import { type GroupView, nextGroupStep } from "../../../../cluster/placement/group-change.ts";

/** A group of which every member has everything, led by the first voter. */
class GroupModel {
  voters: number[];
  learners: number[] = [];
  leader: number;
  readonly behind = new Set<number>();
  readonly down = new Set<number>();
  readonly history: string[] = [];

  constructor(...voters: number[]) {
    this.voters = voters;
    this.leader = voters[0] as number;
  }

  view(): GroupView {
    return {
      ownReplica: this.leader,
      voters: this.voters,
      learners: this.learners,
      isJoint: false,
      isTransferring: false,
      commit: 5_000,
      progress: [...this.voters, ...this.learners].map((replicaId) => ({
        replicaId,
        match: this.behind.has(replicaId) ? 100 : 5_000,
        isActive: !this.down.has(replicaId),
      })),
    };
  }

  /** Takes steps until there are none, or the group waits; tells which. */
  run(target: readonly number[], learners: readonly number[] = []): "none" | "wait" {
    for (;;) {
      const step = nextGroupStep(target, this.view(), learners);
      if (step.kind === "none" || step.kind === "wait") return step.kind;
      if (step.kind === "transfer") {
        expect(this.voters).toContain(step.replicaId);
        this.leader = step.replicaId;
        this.history.push(`lead ${step.replicaId}`);
      } else this.#apply(step.change.operations);
    }
  }

  #apply(operations: readonly ConfChangeOperation[]): void {
    this.history.push(operations.map(({ kind, nodeId }) => `${kind} ${nodeId}`).join(", "));
    for (const { kind, nodeId } of operations) {
      this.voters = this.voters.filter((id) => id !== nodeId);
      this.learners = this.learners.filter((id) => id !== nodeId);
      if (kind === "add-voter") this.voters.push(nodeId);
      if (kind === "add-learner") this.learners.push(nodeId);
    }
    expect(this.voters).toContain(this.leader);
  }
}

describe("a group", () => {
  test("grows through learners, which become voters together", () => {
    const group = new GroupModel(1);
    expect(group.run([1, 2, 3])).toBe("none");
    expect(group.history).toEqual(["add-learner 2", "add-learner 3", "add-voter 2, add-voter 3"]);
  });

  test("replaces a dead member when the new one has caught up", () => {
    const group = new GroupModel(1, 2, 3);
    group.down.add(3);
    group.behind.add(4);
    expect(group.run([1, 2, 4])).toBe("wait");
    expect(group.voters).toEqual([1, 2, 3]);
    group.behind.clear();
    expect(group.run([1, 2, 4])).toBe("none");
    expect(group.history).toEqual(["add-learner 4", "add-voter 4, remove 3"]);
  });

  test("takes nobody out while fewer than a majority of the others have caught up", () => {
    const group = new GroupModel(1, 2, 3);
    group.down.add(2);
    group.down.add(4);
    expect(group.run([1, 2, 4])).toBe("wait");
    expect(group.voters).toEqual([1, 2, 3]);
    expect(group.run([1, 2])).toBe("wait");
  });

  test("whose leader is to go hands over before that", () => {
    const group = new GroupModel(1, 2, 3);
    expect(group.run([2, 3, 4])).toBe("none");
    expect(group.history).toEqual(["add-learner 4", "add-voter 4", "lead 2", "remove 1"]);
    const alone = new GroupModel(1);
    expect(alone.run([2])).toBe("none");
    expect(alone.history).toEqual(["add-learner 2", "add-voter 2", "lead 2", "remove 1"]);
  });

  test("hands over to nobody who is down", () => {
    const group = new GroupModel(1, 2, 3);
    group.down.add(2);
    expect(group.run([2, 3])).toBe("wait");
    expect(group.history).toEqual([]);
    group.down.delete(2);
    group.down.add(3);
    expect(group.run([2, 3])).toBe("wait");
    group.down.clear();
    expect(group.run([2, 3])).toBe("none");
    expect(group.leader).toBe(2);
    const larger = new GroupModel(1, 2, 3, 4);
    larger.down.add(2);
    expect(larger.run([2, 3, 4])).toBe("none");
    expect(larger.leader).toBe(3);
  });

  test("keeps learners that it is to have, and drops the others", () => {
    const group = new GroupModel(1, 2, 3);
    expect(group.run([1, 2, 3], [4])).toBe("none");
    expect(group.learners).toEqual([4]);
    expect(group.run([1, 2, 4], [3])).toBe("none");
    expect([group.voters.toSorted(), group.learners]).toEqual([[1, 2, 4], [3]]);
    expect(group.run([1, 2, 4])).toBe("none");
    expect(group.learners).toEqual([]);
  });

  test("does nothing while a change or a hand-over is under way", () => {
    const { view } = { view: new GroupModel(1).view() };
    expect(nextGroupStep([1, 2], { ...view, isJoint: true })).toEqual({ kind: "wait" });
    expect(nextGroupStep([1, 2], { ...view, isTransferring: true })).toEqual({ kind: "wait" });
  });
});
