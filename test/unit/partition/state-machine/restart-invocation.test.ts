// A completed invocation again under a new id: invocation semantics, section 13.
import { describe, expect, test } from "vitest";
import { repliesOf, TestPartition } from "#fixtures/partition";
import {
  command,
  END,
  invoke,
  KEPT,
  local,
  objectTarget,
  output,
  PIN,
  run,
  runResult,
  target,
  workflowTarget,
} from "#fixtures/partition-commands";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import { invocationIdToBytes, randomSeedOf } from "#model";

const id = local("old");

describe("restart as new", () => {
  const fresh = local("fresh");
  const restart = {
    kind: "restart-invocation",
    invocationId: id,
    newInvocationId: fresh,
    requestId: { epoch: 1, sequence: 1 },
    pinChange: { kind: "keep" },
    retention: KEPT,
  } as const;

  /** Input, Run, RunC, Sleep, Run, RunC, SleepC, Output: the journal of RS-3. */
  async function completed(of = target(), version = 6): Promise<TestPartition> {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, { target: of, idempotencyKey: "key" }));
    const wakeUpTimeMs = partition.nowMs + 10;
    await partition.attempt(
      id,
      { ...PIN, protocolVersion: version } as typeof PIN,
      run(1),
      runResult(1),
      command({ kind: "sleep", wakeUpTimeMs, completionId: 2 }),
      run(3),
      runResult(3),
    );
    partition.nowMs = wakeUpTimeMs;
    const timer = {
      kind: "sleep",
      timeMs: wakeUpTimeMs,
      invocationId: id,
      completionId: 2,
      incarnation: await partition.incarnation(id),
    } as const;
    await partition.apply({ kind: "fire-timers", timers: [timer] });
    await partition.attempt(id, output(), END);
    return partition;
  }

  const upTo1 = ["Input", "Run", "+Run"];
  const upTo6 = ["Input", "Run", "+Run", "Sleep", "Run", "+Run", "+Sleep"];
  test.each([
    [0, ["Input"]],
    [1, upTo1],
    [2, upTo1],
    [3, [...upTo1, "Sleep", "+Sleep"]],
    [4, upTo6],
    [6, upTo6],
  ])("from %s copies the entries and the completions they lack (RS-3)", async (from, copied) => {
    const partition = await completed();

    await partition.apply({ ...restart, from });

    expect(await partition.journal(fresh)).toEqual(copied);
    expect(await partition.status(fresh)).toBe("invoked");
    await assertPartitionInvariants(partition);
  });

  test("forgets the idempotency key and says where it comes from (RS-1)", async () => {
    const partition = await completed();

    await partition.apply({ ...restart, from: 0 });

    expect((await partition.invocation(fresh))?.metadata).toMatchObject({
      idempotencyKey: undefined,
      restartedFrom: id,
      invokedBy: { kind: "restart-as-new", invocationId: id },
    });
    expect(await partition.status(id)).toBe("completed");
  });

  test("from a prefix goes on with the random numbers of the first run, however often", async () => {
    const partition = await completed();
    const twice = { ...restart, invocationId: fresh, newInvocationId: local("twice") };

    await partition.apply({ ...restart, from: 3 });
    await partition.attempt(fresh, PIN, output(), END);
    await partition.apply({ ...twice, from: 3 });
    await partition.apply({ ...restart, newInvocationId: local("other"), from: 0 });

    const { createdAtMs } = (await partition.invocation(id))?.metadata ?? { createdAtMs: 0 };
    const randomSeed = randomSeedOf(invocationIdToBytes(id), createdAtMs);
    for (const name of ["fresh", "twice"]) {
      expect((await partition.invocation(local(name)))?.metadata).toMatchObject({ randomSeed });
    }
    const other = await partition.invocation(local("other"));
    expect(other?.metadata.randomSeed).toBeUndefined();
  });

  test("keeps its prefix while it queues for its key (RS-5)", async () => {
    const partition = await completed(objectTarget());
    await partition.apply(invoke(local("owner"), { target: objectTarget() }));
    await partition.apply({ ...restart, from: 3 });
    const queued = await partition.status(fresh);

    await partition.attempt(local("owner"), output(), END);
    await partition.attempt(fresh, run(9));

    expect(queued).toBe("inboxed");
    expect(await partition.journal(fresh)).toEqual([...upTo1, "Sleep", "+Sleep", "Run"]);
    await assertPartitionInvariants(partition);
  });

  test.each(["cancel-invocation", "kill-invocation"] as const)(
    "%s takes it out of the queue of its key",
    async (kind) => {
      const partition = await completed(objectTarget());
      await partition.apply(invoke(local("owner"), { target: objectTarget() }));
      await partition.apply({ ...restart, from: 3 });

      await partition.apply({ kind, invocationId: fresh, requestId: undefined });

      expect(await partition.status(fresh)).toBe("free");
      expect(await partition.status(local("owner"))).toBe("invoked");
      await assertPartitionInvariants(partition);
    },
  );

  test.each([
    ["of a prefix beyond the journal", target(), 6, 100, "incomplete-prefix"],
    ["of a prefix of an older protocol", target(), 5, 1, "unsupported-restart"],
    ["of a workflow", workflowTarget(), 6, 0, "unsupported-restart"],
  ] as const)("%s is refused", async (_what, of, version, from, reason) => {
    const partition = await completed(of, version);

    const effects = await partition.apply({ ...restart, from });

    expect(repliesOf(effects)).toEqual([{ kind: "refused", reason: { kind: reason } }]);
    expect(await partition.status(fresh)).toBe("free");
  });

  test("without a journal is refused", async () => {
    const partition = await completed();
    await partition.apply({ kind: "purge-journal", invocationId: id, requestId: undefined });

    const effects = await partition.apply({ ...restart, from: 0 });

    const reason = { kind: "input-not-available" };
    expect(repliesOf(effects)).toEqual([{ kind: "refused", reason }]);
  });
});
