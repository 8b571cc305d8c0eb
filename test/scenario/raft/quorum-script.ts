import { expect } from "vitest";
import {
  jointCommittedIndex,
  jointVoteResult,
  majorityCommittedIndex,
  majorityVoteResult,
  type VoteResult,
} from "../../../cluster/raft/quorum.ts";
import { argumentOf, type Directive, valuesOf } from "./data-driven.ts";

const VOTE_NAMES: Readonly<Record<VoteResult, string>> = {
  won: "VoteWon",
  lost: "VoteLost",
  pending: "VotePending",
};

interface Input {
  readonly incoming: readonly number[];
  /** `undefined` unless the directive asks for a joint evaluation. */
  readonly outgoing: readonly number[] | undefined;
  /** All voters in order of first appearance. */
  readonly ids: readonly number[];
}

/**
 * Runs one directive about quorum arithmetic.
 *
 * Every result is also computed in other ways that must agree: by brute force, jointly with an
 * empty half, jointly with itself, with the halves swapped, and with an unneeded index lowered.
 */
export function runQuorumDirective(directive: Directive): string {
  const input = readInput(directive);
  if (directive.command === "vote") return runVote(directive, input);
  if (directive.command === "committed") return runCommitted(directive, input);
  return "unknown command";
}

function readInput(directive: Directive): Input {
  const incoming = unique((valuesOf(directive, "cfg") ?? []).map(Number));
  const joint = valuesOf(directive, "cfgj");
  const isZero = argumentOf(directive, "cfgj") === "zero";
  const outgoing = joint === undefined ? undefined : unique(isZero ? [] : joint.map(Number));
  return { incoming, outgoing, ids: unique([...incoming, ...(outgoing ?? [])]) };
}

function runCommitted(directive: Directive, { incoming, outgoing, ids }: Input): string {
  const values = valuesOf(directive, "idx") ?? [];
  if (values.length !== ids.length) return mismatch(ids.length, values.length);
  const acked = new Map<number, number>();
  ids.forEach((id, position) => {
    if (values[position] !== "_") acked.set(id, Number(values[position]));
  });
  const ackedOf = (id: number) => acked.get(id);
  const description = describeAcked(sorted(ids), acked);
  if (outgoing === undefined) {
    const result = majorityCommittedIndex(sorted(incoming), ackedOf);
    checkMajorityCommitted(sorted(incoming), acked, result);
    return `${description}${formatIndex(result)}\n`;
  }
  const voters = { incoming: sorted(incoming), outgoing: sorted(outgoing) };
  const result = jointCommittedIndex(voters, ackedOf);
  const swapped = { incoming: voters.outgoing, outgoing: voters.incoming };
  expect(jointCommittedIndex(swapped, ackedOf), "halves swapped").toBe(result);
  return `${description}${formatIndex(result)}\n`;
}

function checkMajorityCommitted(
  ids: readonly number[],
  acked: ReadonlyMap<number, number>,
  result: number,
): void {
  const ackedOf = (id: number) => acked.get(id);
  const empty: number[] = [];
  const asJoint = (outgoing: readonly number[]) =>
    jointCommittedIndex({ incoming: ids, outgoing }, ackedOf);
  expect(asJoint(empty), "joint with an empty half").toBe(result);
  expect(asJoint(ids), "joint with itself").toBe(result);
  expect(bruteForceCommitted(ids, acked), "brute force").toBe(result);
  for (const [id, index] of acked) {
    if (index <= result || index === 0) continue;
    // An index above the result may fall to the result, one below it to nothing.
    const lowered = new Map(acked).set(id, index - 1);
    const changed = majorityCommittedIndex(ids, (voter) => lowered.get(voter));
    if (index - 1 >= result) expect(changed, "an index above the result lowered").toBe(result);
  }
  for (const [id, index] of acked) {
    if (index >= result) continue;
    const lowered = new Map(acked).set(id, 0);
    const changed = majorityCommittedIndex(ids, (voter) => lowered.get(voter));
    expect(changed, "an index below the result lowered").toBe(result);
  }
}

function bruteForceCommitted(ids: readonly number[], acked: ReadonlyMap<number, number>): number {
  if (ids.length === 0) return Number.POSITIVE_INFINITY;
  let best = 0;
  for (const candidate of acked.values()) {
    const count = ids.filter((id) => (acked.get(id) ?? -1) >= candidate).length;
    if (count > ids.length / 2 && candidate > best) best = candidate;
  }
  return best;
}

function runVote(directive: Directive, { incoming, outgoing, ids }: Input): string {
  const values = valuesOf(directive, "votes") ?? [];
  if (values.length !== ids.length) return mismatch(ids.length, values.length);
  const votes = new Map<number, boolean>();
  ids.forEach((id, position) => {
    if (values[position] === "y") votes.set(id, true);
    if (values[position] === "n") votes.set(id, false);
  });
  if (outgoing === undefined) {
    const result = majorityVoteResult(incoming, votes);
    const asJoint = (half: readonly number[]) =>
      jointVoteResult({ incoming, outgoing: half }, votes);
    expect(asJoint([]), "joint with an empty half").toBe(result);
    expect(asJoint(incoming), "joint with itself").toBe(result);
    return `${VOTE_NAMES[result]}\n`;
  }
  const result = jointVoteResult({ incoming, outgoing }, votes);
  const swapped = jointVoteResult({ incoming: outgoing, outgoing: incoming }, votes);
  expect(swapped, "halves swapped").toBe(result);
  return `${VOTE_NAMES[result]}\n`;
}

/** The acknowledged indexes as a bar chart: the bar counts the voters that are behind. */
function describeAcked(ids: readonly number[], acked: ReadonlyMap<number, number>): string {
  if (ids.length === 0) return "<empty majority quorum>";
  const count = ids.length;
  let text = `${" ".repeat(count)}    idx\n`;
  for (const id of ids) {
    const index = acked.get(id) ?? 0;
    const behind = ids.filter((other) => (acked.get(other) ?? 0) < index).length;
    const bar = acked.has(id)
      ? `${"x".repeat(behind)}>${" ".repeat(count - behind)}`
      : `?${" ".repeat(count)}`;
    text += `${bar} ${String(index).padStart(5)}    (id=${id})\n`;
  }
  return text;
}

function mismatch(voters: number, values: number): string {
  return `error: mismatched input for voters: expected ${voters} values, got ${values}`;
}

function formatIndex(index: number): string {
  return index === Number.POSITIVE_INFINITY ? "∞" : String(index);
}

function unique(ids: readonly number[]): number[] {
  return [...new Set(ids)];
}

function sorted(ids: readonly number[]): number[] {
  return [...ids].sort((left, right) => left - right);
}
