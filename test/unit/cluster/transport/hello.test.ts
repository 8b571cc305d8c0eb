// Method: every way in which two nodes can differ, one at a time; expected is who may talk.
import { describe, expect, test } from "vitest";

import {
  createHello,
  findMismatch,
  type LinkPurpose,
  type NodeIdentity,
} from "../../../../cluster/transport/hello.ts";

const member: NodeIdentity = {
  clusterName: "test",
  clusterFingerprint: 7n,
  nodeId: 1,
  generation: 1,
  advertisedAddress: "a:1",
};
const other: NodeIdentity = { ...member, nodeId: 2 };
const joining: NodeIdentity = { ...member, nodeId: 0, clusterFingerprint: 0n };
const tool: NodeIdentity = { ...joining, clusterName: "" };

describe("two nodes", () => {
  test.each<[string, NodeIdentity, NodeIdentity, LinkPurpose, string | undefined]>([
    ["members talk Raft", member, other, "raft", undefined],
    ["members send snapshots", member, other, "snapshot", undefined],
    ["a joining node makes calls", member, joining, "calls", undefined],
    ["a joining node takes calls", joining, member, "calls", undefined],
    ["a joining node takes no part in Raft", member, joining, "raft", "NODE_UNREACHABLE"],
    ["a joining node is sent no snapshots", joining, member, "snapshot", "NODE_UNREACHABLE"],
    ["a tool makes calls", member, tool, "calls", undefined],
    ["a tool takes no part in Raft", member, tool, "raft", "NODE_UNREACHABLE"],
    [
      "another name is refused",
      member,
      { ...joining, clusterName: "b" },
      "calls",
      "CLUSTER_MISMATCH",
    ],
    [
      "another cluster is refused",
      member,
      { ...other, clusterFingerprint: 8n },
      "calls",
      "CLUSTER_MISMATCH",
    ],
  ])("%s", (_name, own, greeting, purpose, code) => {
    expect(findMismatch(own, createHello(greeting, 0), purpose)?.code).toBe(code);
  });

  test("refuse a greeting for another node", () => {
    expect(findMismatch(member, createHello(other, 3), "raft")?.code).toBe("NODE_MISMATCH");
    expect(findMismatch(member, createHello(other, 1), "raft")).toBeUndefined();
  });

  test.each([
    [2, 1, undefined],
    [2, 2, "PROTOCOL_MISMATCH"],
    [0, 0, "PROTOCOL_MISMATCH"],
  ])("of versions up to %i from %i", (protocolVersion, protocolVersionMin, code) => {
    const hello = { ...createHello(other, 1), protocolVersion, protocolVersionMin };

    expect(findMismatch(member, hello, "raft")?.code).toBe(code);
  });
});
