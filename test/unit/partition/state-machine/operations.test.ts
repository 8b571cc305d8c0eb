// What operators and clients ask of one invocation, over all statuses. The tables cover every pair
// once; the tests below pin what is left behind.
import { describe, expect, test } from "vitest";
import { effectsOf, repliesOf, TestPartition } from "#fixtures/partition";
import {
  command,
  DEPLOYMENT,
  END,
  invoke,
  KEPT,
  local,
  NOT_KEPT,
  OTHER_DEPLOYMENT,
  objectTarget,
  output,
  PIN,
  requestId,
  suspend,
} from "#fixtures/partition-commands";
import { assertPartitionInvariants } from "#fixtures/partition-invariants";
import type { Command } from "#state-machine";

const STATUSES = [
  "free",
  "scheduled",
  "inboxed",
  "invoked",
  "suspended",
  "paused",
  "completed",
] as const;
type Status = (typeof STATUSES)[number];

const id = local("subject");
const WAITER = requestId(1);
const OPERATOR = requestId(2);
const operation = { invocationId: id, requestId: OPERATOR };
const keep = { pinChange: { kind: "keep" } } as const;

/** A partition whose subject has the status, with a client that waits for its result. */
async function withSubject(status: Status): Promise<TestPartition> {
  const partition = await TestPartition.open();
  if (status === "free") return partition;
  const target = objectTarget();
  if (status === "inboxed") await partition.apply(invoke(local("owner"), { target }));
  const executionTimeMs = status === "scheduled" ? partition.nowMs + 1_000 : undefined;
  await partition.apply(invoke(id, { target, executionTimeMs }, WAITER));
  if (status === "suspended") await partition.attempt(id, PIN, suspend(7));
  if (status === "paused") await partition.attempt(id, PIN, { kind: "pause", cause: undefined });
  if (status === "completed") await partition.attempt(id, PIN, output(), END);
  expect(await partition.status(id)).toBe(status);
  return partition;
}

const tables: Record<string, { asked: Command; outcomes: Record<Status, readonly string[]> }> = {
  "cancel-invocation": {
    asked: { kind: "cancel-invocation", ...operation },
    outcomes: {
      free: ["free", "not-found"],
      scheduled: ["free", "result canceled", "done"],
      inboxed: ["free", "result canceled", "done"],
      invoked: ["invoked", "accepted"],
      suspended: ["invoked", "accepted"],
      paused: ["invoked", "accepted"],
      completed: ["completed", "already-completed"],
    },
  },
  "kill-invocation": {
    asked: { kind: "kill-invocation", ...operation },
    outcomes: {
      free: ["free", "not-found"],
      scheduled: ["free", "result killed", "done"],
      inboxed: ["free", "result killed", "done"],
      invoked: ["completed", "result killed", "done"],
      suspended: ["completed", "result killed", "done"],
      paused: ["completed", "result killed", "done"],
      completed: ["completed", "already-completed"],
    },
  },
  "pause-invocation": {
    asked: { kind: "pause-invocation", ...operation },
    outcomes: {
      free: ["free", "not-found"],
      scheduled: ["scheduled", "refused not-running"],
      inboxed: ["inboxed", "refused not-running"],
      invoked: ["paused", "accepted"],
      suspended: ["paused", "accepted"],
      paused: ["paused", "done"],
      completed: ["completed", "refused not-running"],
    },
  },
  "resume-invocation": {
    asked: { kind: "resume-invocation", ...operation, ...keep },
    outcomes: {
      free: ["free", "not-found"],
      scheduled: ["scheduled", "refused not-started"],
      inboxed: ["inboxed", "refused not-started"],
      invoked: ["invoked", "done"],
      suspended: ["invoked", "done"],
      paused: ["invoked", "done"],
      completed: ["completed", "already-completed"],
    },
  },
  "restart-invocation": {
    asked: {
      kind: "restart-invocation",
      ...operation,
      ...keep,
      newInvocationId: local("restarted"),
      from: 0,
      retention: KEPT,
    },
    outcomes: {
      free: ["free", "not-found"],
      scheduled: ["scheduled", "refused not-started"],
      inboxed: ["inboxed", "refused not-started"],
      invoked: ["invoked", "refused still-running"],
      suspended: ["suspended", "refused still-running"],
      paused: ["paused", "refused still-running"],
      completed: ["completed", "restarted"],
    },
  },
  "purge-invocation": {
    asked: { kind: "purge-invocation", ...operation },
    outcomes: {
      free: ["free", "not-found"],
      scheduled: ["scheduled", "not-completed-yet"],
      inboxed: ["inboxed", "not-completed-yet"],
      invoked: ["invoked", "not-completed-yet"],
      suspended: ["suspended", "not-completed-yet"],
      paused: ["paused", "not-completed-yet"],
      completed: ["free", "done"],
    },
  },
  "purge-journal": {
    asked: { kind: "purge-journal", ...operation },
    outcomes: {
      free: ["free", "not-found"],
      scheduled: ["scheduled", "not-completed-yet"],
      inboxed: ["inboxed", "not-completed-yet"],
      invoked: ["invoked", "not-completed-yet"],
      suspended: ["suspended", "not-completed-yet"],
      paused: ["paused", "not-completed-yet"],
      completed: ["completed", "done"],
    },
  },
  "attach-invocation": {
    asked: { kind: "attach-invocation", ...operation },
    outcomes: {
      free: ["free", "not-found"],
      scheduled: ["scheduled"],
      inboxed: ["inboxed"],
      invoked: ["invoked"],
      suspended: ["suspended"],
      paused: ["paused"],
      completed: ["completed", "result success"],
    },
  },
  "append-signal": {
    asked: { kind: "append-signal", ...operation, signal: "go", result: { kind: "void" } },
    outcomes: {
      free: ["free", "done"],
      scheduled: ["scheduled", "done"],
      inboxed: ["inboxed", "done"],
      invoked: ["invoked", "done"],
      suspended: ["suspended", "done"],
      paused: ["paused", "done"],
      completed: ["completed", "done"],
    },
  },
};

for (const [name, { asked, outcomes }] of Object.entries(tables)) {
  describe(name, () => {
    test.each(STATUSES)("from %s", async (from) => {
      const partition = await withSubject(from);

      const effects = await partition.apply(asked);

      const replies = repliesOf(effects).map((reply) => {
        if (reply.kind === "refused") return `refused ${reply.reason.kind}`;
        if (reply.kind !== "result") return reply.kind;
        const { result } = reply;
        return `result ${result.kind === "failure" ? result.failure.message : "success"}`;
      });
      expect([await partition.status(id), ...replies]).toEqual(outcomes[from]);
      await assertPartitionInvariants(partition);
    });
  });
}

describe("a cancelled invocation", () => {
  test.each(["invoked", "suspended", "paused"] as const)("%s gets signal 1", async (from) => {
    const partition = await withSubject(from);

    await partition.apply({ kind: "cancel-invocation", ...operation });

    expect(await partition.journal(id)).toEqual(["Input", "+Signal"]);
  });

  test("that was queued is never started, and the next in line is", async () => {
    const partition = await withSubject("inboxed");
    await partition.apply(invoke(local("third"), { target: objectTarget() }));

    await partition.apply({ kind: "cancel-invocation", ...operation });
    await partition.attempt(local("owner"), output(), END);

    expect(await partition.status(id)).toBe("free");
    expect(await partition.status(local("third"))).toBe("invoked");
  });

  test("that was scheduled leaves no timer", async () => {
    const partition = await withSubject("scheduled");

    await partition.apply({ kind: "cancel-invocation", ...operation });

    expect(await (await partition.tables()).timers(undefined, 10)).toEqual([]);
  });
});

describe("a killed invocation", () => {
  test("stops its attempt and lets the next of its key run", async () => {
    const partition = await withSubject("invoked");
    await partition.apply(invoke(local("next"), { target: objectTarget() }));

    const effects = await partition.apply({ kind: "kill-invocation", ...operation });

    expect(effectsOf(effects, "abort")).toEqual([{ kind: "abort", invocationId: id }]);
    expect(await partition.status(local("next"))).toBe("invoked");
  });

  test("that is not known still stops an attempt that may be left", async () => {
    const partition = await withSubject("free");

    const effects = await partition.apply({ kind: "kill-invocation", ...operation });

    expect(effectsOf(effects, "abort")).toHaveLength(1);
  });

  test("leaves nothing without retention", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id, { retention: NOT_KEPT }));

    await partition.apply({ kind: "kill-invocation", ...operation });

    expect(await partition.status(id)).toBe("free");
    await assertPartitionInvariants(partition);
  });
});

describe("a paused invocation", () => {
  test("takes notifications without waking, and wakes for a cancellation", async () => {
    const partition = await TestPartition.open();
    await partition.apply(invoke(id));
    const wakeUpTimeMs = partition.nowMs + 10;
    await partition.attempt(id, command({ kind: "sleep", wakeUpTimeMs, completionId: 1 }));
    await partition.apply({ kind: "pause-invocation", ...operation });
    partition.nowMs = wakeUpTimeMs;

    const incarnation = await partition.incarnation(id);
    const sleep = { kind: "sleep", timeMs: wakeUpTimeMs, completionId: 1, incarnation } as const;
    await partition.apply({ kind: "fire-timers", timers: [{ ...sleep, invocationId: id }] });
    const before = await partition.status(id);
    await partition.apply({ kind: "cancel-invocation", ...operation });

    expect(before).toBe("paused");
    expect(await partition.status(id)).toBe("invoked");
    expect(await partition.journal(id)).toEqual(["Input", "Sleep", "+Sleep", "+Signal"]);
  });

  test("keeps its key", async () => {
    const partition = await withSubject("paused");

    await partition.apply(invoke(local("next"), { target: objectTarget() }));

    expect(await partition.status(local("next"))).toBe("inboxed");
  });

  test("ignores what its last attempt still reports", async () => {
    const partition = await withSubject("invoked");
    const status = await partition.invocation(id);
    const token = status?.kind === "invoked" ? status.token : 0;
    await partition.apply({ kind: "pause-invocation", ...operation });

    const events = [output(), END];
    await partition.apply({ kind: "attempt-event", invocationId: id, token, events });

    expect(await partition.status(id)).toBe("paused");
    expect(await partition.journal(id)).toEqual(["Input"]);
  });
});

describe("a resumed invocation", () => {
  const move = {
    kind: "move",
    deploymentId: OTHER_DEPLOYMENT,
    minProtocolVersion: 5,
    maxProtocolVersion: 7,
    lenient: false,
  } as const;

  test("moves to another deployment and keeps its protocol version", async () => {
    const partition = await withSubject("paused");

    await partition.apply({ kind: "resume-invocation", ...operation, pinChange: move });

    const pin = { deploymentId: OTHER_DEPLOYMENT, protocolVersion: 6 };
    expect(await partition.invocation(id)).toMatchObject({ kind: "invoked", pin });
  });

  test("is refused a deployment that does not speak its protocol version", async () => {
    const partition = await withSubject("paused");
    const pinChange = { ...move, maxProtocolVersion: 5 };

    const effects = await partition.apply({ kind: "resume-invocation", ...operation, pinChange });

    expect(repliesOf(effects)).toMatchObject([
      { kind: "refused", reason: { kind: "protocol-version-unsupported", range: "[5, 5]" } },
    ]);
    const pin = { deploymentId: DEPLOYMENT, protocolVersion: 6 };
    expect(await partition.invocation(id)).toMatchObject({ kind: "paused", pin });
  });

  test("that runs is retried at once, but not moved", async () => {
    const partition = await withSubject("invoked");

    const resumed = await partition.apply({ kind: "resume-invocation", ...operation, ...keep });
    const moved = await partition.apply({
      kind: "resume-invocation",
      ...operation,
      pinChange: move,
    });

    expect(effectsOf(resumed, "retry-now")).toHaveLength(1);
    expect(repliesOf(moved)).toMatchObject([
      { kind: "refused", reason: { kind: "deployment-not-changeable" } },
    ]);
  });
});
