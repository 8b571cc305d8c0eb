import Long from "long";
import { describe, expect, test } from "vitest";
import { restate } from "#proto/restate-protocol.js";
import {
  decodeAwaitingOn,
  decodeErrorMessage,
  decodeRunProposal,
  decodeSuspension,
  encodeCommandAck,
  encodeRunAck,
} from "#service-protocol";

const LEAF = { waitingCompletions: [1], waitingSignals: [1] };

function suspension(message: restate.SuspensionMessage.$Properties): Uint8Array {
  return new Uint8Array(restate.SuspensionMessage.encode(message).finish());
}

function nested(depth: number): restate.Future.$Properties {
  let future: restate.Future.$Properties = { waitingCompletions: [1] };
  for (let level = 1; level < depth; level++) future = { nestedFutures: [future] };
  return future;
}

describe("suspension", () => {
  test("versions 5 and 6 wait for any of their lists", () => {
    const body = suspension({ ...LEAF, waitingNamedSignals: ["go"] });

    expect(decodeSuspension(6, body, 10)).toEqual({
      kind: "future",
      future: {
        combinator: "unknown",
        completions: [1],
        signals: [1],
        namedSignals: ["go"],
        nested: [],
      },
    });
  });

  test("version 7 waits for a tree", () => {
    const body = suspension({
      awaitingOn: {
        combinatorType: restate.CombinatorType.FIRST_COMPLETED,
        waitingSignals: [1],
        nestedFutures: [
          {
            combinatorType: restate.CombinatorType.ALL_SUCCEEDED_OR_FIRST_FAILED,
            waitingCompletions: [1, 300],
          },
        ],
      },
    });

    expect(decodeSuspension(7, body, 10)).toEqual({
      kind: "future",
      future: {
        combinator: "first-completed",
        completions: [],
        signals: [1],
        namedSignals: [],
        nested: [
          {
            combinator: "all-succeeded-or-first-failed",
            completions: [1, 300],
            signals: [],
            namedSignals: [],
            nested: [],
          },
        ],
      },
    });
  });

  test("unpacked lists are read too", () => {
    expect(decodeSuspension(5, Uint8Array.of(0x08, 1, 0x08, 2, 0x10, 17), 10)).toMatchObject({
      future: { completions: [1, 2], signals: [17] },
    });
  });

  test("nothing to wait for is told apart by version", () => {
    const reason = "UnresolvedFuture cannot be empty";
    expect(decodeSuspension(6, new Uint8Array(0), 10)).toEqual({ kind: "empty", reason });
    expect(decodeSuspension(7, suspension({ awaitingOn: {} }), 10)).toEqual({
      kind: "empty",
      reason,
    });
    expect(decodeSuspension(7, suspension(LEAF), 10)).toEqual({
      kind: "empty",
      reason: "got empty SuspensionMessage",
    });
  });

  test("a tree at the depth limit is read, one level more is too deep", () => {
    const atLimit = suspension({ awaitingOn: nested(50) });
    const beyond = suspension({ awaitingOn: nested(51) });

    expect(decodeSuspension(7, atLimit, 50)).toMatchObject({ kind: "future" });
    expect(decodeSuspension(7, beyond, 50)).toEqual({ kind: "too-deep" });
    const awaiting = restate.AwaitingOnMessage.encode({ awaitingOn: nested(51) }).finish();
    expect(decodeAwaitingOn(new Uint8Array(awaiting), 50)).toBeUndefined();
    expect(decodeAwaitingOn(new Uint8Array(awaiting), 51)).toBeDefined();
  });
});

describe("error messages", () => {
  test("all fields are read", () => {
    const body = restate.ErrorMessage.encode({
      code: 571,
      message: "broken",
      stacktrace: "at x",
      relatedCommandIndex: 0,
      relatedCommandName: "n",
      relatedCommandType: 0x0411,
      nextRetryDelay: Long.fromNumber(0, true),
      behavior: restate.ErrorMessage.Behavior.PAUSE,
    }).finish();

    expect(decodeErrorMessage(new Uint8Array(body))).toEqual({
      code: 571,
      message: "broken",
      stacktrace: "at x",
      relatedCommandIndex: 0,
      relatedCommandName: "n",
      relatedCommandType: 0x0411,
      nextRetryDelayMs: 0,
      behavior: "pause",
    });
  });

  test("an empty message is a plain retry", () => {
    expect(decodeErrorMessage(new Uint8Array(0))).toMatchObject({
      code: 0,
      nextRetryDelayMs: undefined,
      behavior: "retry",
    });
  });

  test("codes beyond 65535 become 500, delays beyond the safe integers are cut", () => {
    const body = restate.ErrorMessage.encode({
      code: 70_000,
      nextRetryDelay: Long.MAX_UNSIGNED_VALUE,
      behavior: 7,
    } as unknown as restate.ErrorMessage.$Properties).finish();

    expect(decodeErrorMessage(new Uint8Array(body))).toMatchObject({
      code: 500,
      nextRetryDelayMs: Number.MAX_SAFE_INTEGER,
      behavior: "retry",
    });
  });
});

describe("proposals", () => {
  test("the value is raw bytes", () => {
    const body = restate.ProposeRunCompletionMessage.encode({
      resultCompletionId: 3,
      value: Uint8Array.of(1, 2),
    }).finish();

    expect(decodeRunProposal(new Uint8Array(body))).toEqual({
      completionId: 3,
      result: { kind: "success", value: Uint8Array.of(1, 2) },
    });
  });

  test("an empty value is a value, a missing one is refused", () => {
    const empty = Uint8Array.of(0x08, 3, 0x72, 0);

    expect(decodeRunProposal(empty)).toMatchObject({ result: { kind: "success" } });
    expect(() => decodeRunProposal(Uint8Array.of(0x08, 3))).toThrow(
      "malformed ProposeRunCompletionMessage, missing result field",
    );
  });
});

test("acknowledgements are complete frames", () => {
  expect(encodeCommandAck(0)).toEqual(Uint8Array.of(0, 4, 0, 0, 0, 0, 0, 0));
  expect(encodeCommandAck(300)).toEqual(Uint8Array.of(0, 4, 0, 0, 0, 0, 0, 3, 8, 0xac, 2));
  expect(encodeRunAck(1)).toEqual(Uint8Array.of(0, 7, 0, 0, 0, 0, 0, 2, 8, 1));
});
