import { describe, expect, test } from "vitest";

import {
  decodeNodes,
  encodeNodes,
  type NodesDocument,
  withoutNode,
} from "../../../../cluster/membership/nodes-document.ts";
import {
  type NodeRegistration,
  registerNode,
} from "../../../../cluster/membership/register-node.ts";

const EMPTY: NodesDocument = {
  nodes: [],
  burntIds: [],
  settings: { partitionCount: 24, nodeCopies: 2, zoneCopies: 1, expectedNodes: 3 },
};

function registration(nodeName: string, change: Partial<NodeRegistration> = {}): NodeRegistration {
  return {
    nodeName,
    directoryId: `directory of ${nodeName}`,
    address: `${nodeName}:5122`,
    roles: ["worker", "log-server"],
    location: "",
    ...change,
  };
}

/** Registers and expects success. */
function register(
  document: NodesDocument,
  asked: NodeRegistration,
  taken: readonly number[] = [],
): { document: NodesDocument; nodeId: number; isForcedIdBurnt: boolean } {
  const result = registerNode(document, asked, { isTaken: (nodeId) => taken.includes(nodeId) });
  if (result.kind === "refused") throw new Error(`${result.code}: ${result.reason}`);
  return result;
}

describe("a node that registers", () => {
  test("gets the next id, and the same one whenever it comes again", () => {
    let { document, nodeId } = register(EMPTY, registration("a"));
    expect(nodeId).toBe(1);
    ({ document, nodeId } = register(document, registration("b")));
    expect(nodeId).toBe(2);
    ({ document, nodeId } = register(document, registration("a", { address: "new:1" }), [1, 2]));
    expect(nodeId).toBe(1);
    expect(document.nodes.map(({ address }) => address)).toEqual(["new:1", "b:5122"]);
    expect(decodeNodes(encodeNodes(document))).toEqual(document);
  });

  test("never gets an id that somebody had before", () => {
    let { document } = register(EMPTY, registration("a"));
    ({ document } = register(document, registration("b")));
    document = withoutNode(document, 2);
    expect(register(document, registration("b")).nodeId).toBe(3);
    const forced = registration("c", { forceNodeId: 2 });
    expect(() => register(document, forced)).toThrow("NODE_ID_TAKEN");
    expect(register(document, registration("c", { forceNodeId: 9 })).nodeId).toBe(9);
  });

  test("is refused the name of a running node with another directory", () => {
    const { document } = register(EMPTY, registration("a"));
    const other = registration("a", { directoryId: "another" });
    expect(() => register(document, other, [1])).toThrow("NODE_NAME_TAKEN");
  });

  test("takes the name of a dead node, which is given up under its old id", () => {
    const { document } = register(EMPTY, registration("a", { forceNodeId: 1 }));
    const other = registration("a", { directoryId: "another", forceNodeId: 1 });
    const result = register(document, other);
    expect(result).toMatchObject({ nodeId: 2, isForcedIdBurnt: true });
    expect(result.document.nodes.map(({ storageState }) => storageState)).toEqual([
      "gone",
      "read-write",
    ]);
    expect(register(result.document, other, [2]).nodeId).toBe(2);
  });

  test("keeps its location when it comes without one", () => {
    const { document } = register(EMPTY, registration("a", { location: "eu.a" }));
    const again = register(document, registration("a"));
    expect(again.document.nodes[0]?.location).toBe("eu.a");
    const moved = register(document, registration("a", { location: "eu.b" }));
    expect(moved.document.nodes[0]?.location).toBe("eu.b");
  });
});
