/** Expected texts are those that the original printed for the same futures. */
import { describe, expect, test } from "vitest";
import type { Future } from "#model";
import { formatFuture } from "../../../src/introspection/future-json.ts";

function future(changes: Partial<Future>): Future {
  return {
    combinator: "unknown",
    completions: [],
    signals: [],
    namedSignals: [],
    nested: [],
    ...changes,
  };
}

describe("JSON of futures", () => {
  test.each<[Future, string]>([
    [future({ completions: [1] }), '{"Unknown":[{"Single":{"CompletionId":1}}]}'],
    [
      future({ combinator: "first-completed", completions: [1] }),
      '{"FirstCompleted":[{"Single":{"CompletionId":1}}]}',
    ],
    [
      future({ completions: [1], signals: [1] }),
      '{"Unknown":[{"Single":{"CompletionId":1}},{"Single":{"SignalIndex":1}}]}',
    ],
    [
      future({
        combinator: "first-completed",
        signals: [1],
        namedSignals: ["A"],
        nested: [future({ combinator: "all-completed", completions: [1] })],
      }),
      '{"FirstCompleted":[{"Single":{"SignalIndex":1}},{"Single":{"SignalName":"A"}},' +
        '{"AllCompleted":[{"Single":{"CompletionId":1}}]}]}',
    ],
  ])("%j", (tree, text) => {
    expect(formatFuture(tree)).toBe(text);
  });
});
