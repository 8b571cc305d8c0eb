/** Stays with the invoker: tokens, aborts, slots, back-pressure. */
import { describe, expect, test } from "vitest";
import { COMMAND_TYPES } from "#model";
import { FakeNode, type FakeStream, message } from "./fake-node.ts";
import { END, output, run, sleep, suspension } from "./messages.ts";

describe("stays", () => {
  test("an aborted stay resets its stream and reports nothing more", () => {
    const node = new FakeNode();
    const id = node.invoke();
    node.stream.head();

    node.invoker.abort(id);

    expect(node.stream.isReset).toBe(true);
    expect(node.invoker.status(id)).toBeUndefined();
    node.stream.send(output(), END);
    expect(node.reports).toEqual([]);
    node.pass(1_000_000);
  });

  test("a later token replaces, the same or an earlier one does not", () => {
    const node = new FakeNode();
    const id = node.invoke();
    node.invoker.invoke(node, id, 1);
    expect(node.streams).toHaveLength(1);

    node.invoker.invoke(node, id, 2);

    expect(node.streams).toHaveLength(2);
    expect(node.streams[0]?.isReset).toBe(true);
    node.stream.head();
    node.stream.send(output(), END);
    expect(node.reports.map(({ token }) => token)).toEqual([2]);
  });

  test("all stays of a host end with its leadership", () => {
    const node = new FakeNode();
    const other = new FakeNode();
    const id = node.invoke();
    other.invoke();
    const otherId = other.invoke();
    node.inputs.set(otherId, other.inputs.get(otherId) as never);
    node.invoker.invoke(other, otherId, 1);

    node.invoker.abortAll(node);

    expect(node.invoker.status(id)).toBeUndefined();
    expect(node.invoker.status(otherId)).toMatchObject({ phase: "running" });
  });
});

describe("the node limit", () => {
  test("excess waits in order, and starts when a slot is free", () => {
    const node = new FakeNode({ limits: { concurrentAttemptsMax: 1 } });
    const [first, second, third] = [node.invoke(), node.invoke(), node.invoke()];
    expect(node.streams).toHaveLength(1);
    expect(node.invoker.status(second as never)).toMatchObject({ phase: "ready", retryCount: 0 });
    node.invoker.abort(second as never);

    node.stream.head();
    node.stream.send(output(), END);

    expect(node.reports[0]?.id).toBe(first);
    expect(node.streams).toHaveLength(2);
    expect(node.invoker.status(third as never)).toMatchObject({ phase: "running" });
  });

  test("a slot is free during back-off, suspension and after an abort", () => {
    const node = new FakeNode({ limits: { concurrentAttemptsMax: 1 } });
    const first = node.invoke();
    node.invoke();
    node.stream.fail("CONNECT_FAILED");
    expect(node.streams).toHaveLength(2);
    node.invoker.attemptFailureRecorded(first, 1);
    node.pass(100);
    expect(node.streams).toHaveLength(2);
    node.stream.head();
    node.stream.send(sleep(1), suspension({ awaitingOn: { waitingCompletions: [1] } }));
    expect(node.streams).toHaveLength(3);
    node.invoke();
    node.invoker.abort(first);

    expect(node.streams).toHaveLength(4);
  });

  test("a hundred thousand that all fail at once do not overflow the stack", () => {
    const node = new FakeNode({ limits: { concurrentAttemptsMax: 1 } });
    node.invoke();
    for (let i = 0; i < 1000; i++) node.invoke();
    node.schema.deployments.clear();
    node.stream.fail("CONNECT_FAILED");

    expect(node.reports).toHaveLength(1001);
  });
});

describe("slow partitions", () => {
  test("a stream is not read while too much is not applied", () => {
    const node = new FakeNode({ countsAppliedReports: true, limits: { unappliedBytesMax: 50 } });
    const id = node.invoke();
    node.stream.head();
    node.stream.send(run(1));
    expect(node.stream.isReading).toBe(true);
    node.stream.send(output("x".repeat(60)));
    expect(node.stream.isReading).toBe(false);
    node.invoker.reportApplied(id, 1);
    expect(node.stream.isReading).toBe(false);

    node.invoker.reportApplied(id, 1);

    expect(node.stream.isReading).toBe(true);
  });
});

describe("the common memory", () => {
  test("an incomplete message above the limit fails its attempt, and gives the memory back", () => {
    const node = new FakeNode({ limits: { memoryBytesMax: 100_000 } });
    const id = node.invoke();
    node.invoke();
    const [first, second] = node.streams as [FakeStream, FakeStream];
    const large = message(COMMAND_TYPES.output, new Uint8Array(200_000));
    first.head();
    second.head();
    first.send(large.subarray(0, 1000));
    expect(node.reports).toEqual([]);

    second.send(large.subarray(0, 1000));

    expect(node.reports).toMatchObject([
      { events: [{ kind: "fail-attempt", cause: { documentedCode: "RT0001" } }] },
    ]);
    expect(second.isReset).toBe(true);
    node.invoker.abort(id);
    node.invoke();
    node.stream.head();
    node.stream.send(large.subarray(0, 1000));
    expect(node.reports).toHaveLength(1);
  });
});
