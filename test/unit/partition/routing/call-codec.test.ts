// What nodes send each other arrives as it was sent; answers say who may lead instead.
import { describe, expect, test } from "vitest";
import { decode, encode } from "#base/wire-codec";
import { ServerError } from "#errors";
import { bytes, DEPLOYMENT, local, request } from "#fixtures/partition-commands";
import type { AttemptStatus, PartitionReply, PartitionRequest } from "#partition";
import { partitionReplyCodec } from "#partition-store";
import {
  attemptsReplyCodec,
  decodeAnswer,
  encodeAnswer,
  encodeNotLeader,
  encodeRefusal,
  forwardedRequestCodec,
  rowsPageCodec,
} from "../../../../src/partition/routing/call-codec.ts";

const invocationId = local("invocation");
const REQUESTS: Readonly<Record<PartitionRequest["kind"], PartitionRequest>> = {
  "append-invocation": {
    kind: "append-invocation",
    request: request(invocationId, { idempotencyKey: "key", executionTimeMs: 7, limitKey: "a/b" }),
    mode: "send",
    fresh: true,
  },
  "attach-invocation": { kind: "attach-invocation", invocationId },
  "get-invocation-output": { kind: "get-invocation-output", invocationId },
  "append-signal": {
    kind: "append-signal",
    invocationId,
    signal: 17,
    result: { kind: "success", value: bytes("value") },
  },
  "cancel-invocation": { kind: "cancel-invocation", invocationId },
  "kill-invocation": { kind: "kill-invocation", invocationId },
  "pause-invocation": { kind: "pause-invocation", invocationId },
  "resume-invocation": {
    kind: "resume-invocation",
    invocationId,
    deployment: { kind: "id", id: DEPLOYMENT },
  },
  "restart-invocation": {
    kind: "restart-invocation",
    invocationId,
    from: 3,
    deployment: { kind: "latest" },
  },
  "purge-invocation": { kind: "purge-invocation", invocationId },
  "purge-journal": { kind: "purge-journal", invocationId },
  "patch-state": {
    kind: "patch-state",
    service: "Object",
    key: "k",
    scope: undefined,
    expectedVersion: "12",
    state: [["a", bytes("1")]],
  },
};
const failure = { code: 500, message: "no", metadata: [["k", "v"]] as const, stacktrace: "at x" };
const REPLIES: Readonly<Record<PartitionReply["kind"], PartitionReply>> = {
  result: {
    kind: "result",
    invocationId,
    target: request(invocationId).target,
    result: { kind: "failure", failure },
    expiresAtMs: 9,
  },
  submitted: {
    kind: "submitted",
    invocationId,
    executionTimeMs: undefined,
    status: "previously-accepted",
  },
  "not-found": { kind: "not-found" },
  "not-completed": { kind: "not-completed" },
  done: { kind: "done" },
  accepted: { kind: "accepted" },
  "already-completed": { kind: "already-completed" },
  "not-completed-yet": { kind: "not-completed-yet" },
  restarted: { kind: "restarted", newInvocationId: local("new") },
  refused: {
    kind: "refused",
    reason: {
      kind: "protocol-version-unsupported",
      version: 5,
      deploymentId: DEPLOYMENT,
      range: "[6, 7]",
    },
  },
};
const ATTEMPT: AttemptStatus = {
  phase: "backing-off",
  retryCount: 3,
  lastStartAtMs: 1,
  nextRetryAtMs: undefined,
  lastAttemptDeploymentId: DEPLOYMENT,
  lastAttemptServer: "sdk/1",
  lastFailure: {
    failure,
    documentedCode: "RT0001",
    relatedCommandIndex: 2,
    relatedCommandName: undefined,
    relatedCommandType: undefined,
  },
  lastAwaitingOn: undefined,
};

describe("between nodes", () => {
  test.each(Object.values(REQUESTS))("a request for $kind arrives as it was sent", (asked) => {
    for (const deduplicationId of [undefined, "id"]) {
      const forwarded = { partitionId: 3, deduplicationId, request: asked };
      const payload = encode(forwardedRequestCodec, forwarded);
      expect(decode(forwardedRequestCodec, payload)).toEqual(forwarded);
    }
  });

  test.each(Object.values(REPLIES))("the reply $kind arrives as it was sent", (reply) => {
    const answer = encodeAnswer(partitionReplyCodec, reply);
    expect(decodeAnswer(partitionReplyCodec, answer, 3)).toEqual({ value: reply });
  });

  test("rows and attempts arrive as they were sent", () => {
    const page = { rows: [{ key: bytes("k"), value: new Uint8Array(0) }], isLast: true, node: 2 };
    expect(decode(rowsPageCodec, encode(rowsPageCodec, page))).toEqual(page);
    const attempts = { attempts: [{ attempt: undefined }, { attempt: ATTEMPT }] };
    expect(decode(attemptsReplyCodec, encode(attemptsReplyCodec, attempts))).toEqual(attempts);
  });

  test("an answer tells who may lead", () => {
    for (const leaderNode of [undefined, 2]) {
      const answer = encodeNotLeader({ leaderNode });
      expect(decodeAnswer(partitionReplyCodec, answer, 3)).toEqual({ notLeader: { leaderNode } });
    }
  });

  test("a refusal is an error with its code at the caller", () => {
    const overloaded = new ServerError("PARTITION_OVERLOADED", "Full", {
      details: { partitionId: 9 },
    });
    expect(() => decodeAnswer(partitionReplyCodec, encodeRefusal(overloaded), 3)).toThrowError(
      expect.objectContaining({ code: "PARTITION_OVERLOADED", details: { partitionId: 3 } }),
    );
    const other = new ServerError("INVOCATION_NOT_FOUND", "Gone", { details: { invocationId } });
    expect(() => decodeAnswer(partitionReplyCodec, encodeRefusal(other), 3)).toThrowError(
      expect.objectContaining({ code: "INTERNAL" }),
    );
  });
});
