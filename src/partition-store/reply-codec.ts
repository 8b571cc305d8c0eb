/** Stored form of answers. Field and case numbers are never reused; see the README. */
import {
  type Codec,
  field,
  message,
  optional,
  string,
  uint,
  union,
  variant,
  word,
} from "#base/wire-codec";
import type { OperationRefusal, PartitionReply, RememberedReply } from "#state-machine";
import { invocationIdCodec, invocationResultCodec, targetCodec } from "./model-codec.ts";

const refusalCodec: Codec<OperationRefusal> = union<OperationRefusal>({
  "not-running": [1, variant("not-running", {})],
  "not-started": [2, variant("not-started", {})],
  "still-running": [3, variant("still-running", {})],
  "deployment-not-changeable": [4, variant("deployment-not-changeable", {})],
  "deployment-not-found": [5, variant("deployment-not-found", {})],
  "protocol-version-unsupported": [
    6,
    variant("protocol-version-unsupported", {
      version: field(1, uint),
      deploymentId: field(2, string),
      range: field(3, string),
    }),
  ],
  "input-not-available": [7, variant("input-not-available", {})],
  "unsupported-restart": [8, variant("unsupported-restart", {})],
  "incomplete-prefix": [9, variant("incomplete-prefix", {})],
  "index-out-of-range": [10, variant("index-out-of-range", {})],
});

export const partitionReplyCodec: Codec<PartitionReply> = union<PartitionReply>({
  result: [
    1,
    variant("result", {
      invocationId: field(1, invocationIdCodec),
      target: optional(2, targetCodec),
      result: field(3, invocationResultCodec),
      expiresAtMs: optional(4, uint),
    }),
  ],
  submitted: [
    2,
    variant("submitted", {
      invocationId: field(1, invocationIdCodec),
      executionTimeMs: optional(2, uint),
      status: field(3, word("accepted", "previously-accepted")),
    }),
  ],
  "not-found": [3, variant("not-found", {})],
  "not-completed": [4, variant("not-completed", {})],
  done: [5, variant("done", {})],
  accepted: [6, variant("accepted", {})],
  "already-completed": [7, variant("already-completed", {})],
  "not-completed-yet": [8, variant("not-completed-yet", {})],
  restarted: [9, variant("restarted", { newInvocationId: field(1, invocationIdCodec) })],
  refused: [10, variant("refused", { reason: field(1, refusalCodec) })],
});

export const rememberedReplyCodec: Codec<RememberedReply> = message<RememberedReply>({
  deduplicationId: field(1, string),
  timeMs: field(2, uint),
  reply: field(3, partitionReplyCodec),
});
