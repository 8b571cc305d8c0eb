/** Statuses and bodies are those of the admin API reference, section 6. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { InvocationId } from "#model";
import type { PartitionReply, PartitionRequest } from "#partition";
import { type AdminHarness, startAdmin } from "./admin-harness.ts";

const ID = "inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz" as InvocationId;
const NEW_ID = "inv_182lrYEnoiP53OHhp9SfuwGtlySdCs7Qpo" as InvocationId;
const DEPLOYMENT = "dp_16TSSoH38joOpW4KIJW9MPL";
let admin: AdminHarness;

beforeAll(async () => {
  admin = await startAdmin();
});

afterAll(() => admin.close());

beforeEach(() => {
  admin.partitions.requests.length = 0;
  answerWith({ kind: "not-found" });
});

function answerWith(reply: PartitionReply): void {
  admin.partitions.answer = () => reply;
}

const VERBS = ["cancel", "kill", "purge", "purge-journal", "pause", "resume", "restart-as-new"];

describe("operations on one invocation", () => {
  test.each<[string, PartitionRequest]>([
    ["cancel", { kind: "cancel-invocation", invocationId: ID }],
    ["kill", { kind: "kill-invocation", invocationId: ID }],
    ["purge", { kind: "purge-invocation", invocationId: ID }],
    ["purge-journal", { kind: "purge-journal", invocationId: ID }],
    ["pause", { kind: "pause-invocation", invocationId: ID }],
    ["resume", { kind: "resume-invocation", invocationId: ID, deployment: { kind: "keep" } }],
    [
      "resume?deployment=Latest",
      { kind: "resume-invocation", invocationId: ID, deployment: { kind: "latest" } },
    ],
    [
      `resume?deployment=${DEPLOYMENT}`,
      {
        kind: "resume-invocation",
        invocationId: ID,
        deployment: { kind: "id", id: DEPLOYMENT as never },
      },
    ],
    [
      "restart-as-new",
      { kind: "restart-invocation", invocationId: ID, from: 0, deployment: { kind: "latest" } },
    ],
    [
      "restart-as-new?from=7&deployment=keep",
      { kind: "restart-invocation", invocationId: ID, from: 7, deployment: { kind: "keep" } },
    ],
  ])("%s asks the partition, and an unknown invocation is 404", async (path, request) => {
    const reply = await admin.call("PATCH", `/invocations/${ID}/${path}`);
    expect(admin.partitions.requests).toEqual([request]);
    expect([reply.status, reply.json]).toEqual([
      404,
      { message: `The requested invocation '${ID}' does not exist`, restate_code: null },
    ]);
  });

  const subject = `The invocation '${ID}'`;
  test.each<[string, PartitionReply, number, string]>([
    ["cancel", { kind: "done" }, 200, ""],
    ["cancel", { kind: "accepted" }, 202, ""],
    ["cancel", { kind: "already-completed" }, 409, `${subject} was already completed.`],
    ["kill", { kind: "done" }, 200, ""],
    ["kill", { kind: "already-completed" }, 409, `${subject} was already completed.`],
    ["purge", { kind: "not-completed-yet" }, 409, `${subject} is not yet completed.`],
    ["purge-journal", { kind: "not-completed-yet" }, 409, `${subject} is not yet completed.`],
    ["pause", { kind: "accepted" }, 202, ""],
    [
      "pause",
      { kind: "refused", reason: { kind: "not-running" } },
      409,
      `${subject} is not running, cannot be paused.`,
    ],
    ["pause", { kind: "already-completed" }, 409, `${subject} is not running, cannot be paused.`],
    ["resume", { kind: "done" }, 200, ""],
    ["resume", { kind: "already-completed" }, 409, `${subject} is completed, cannot be resumed.`],
    [
      "resume",
      { kind: "refused", reason: { kind: "not-started" } },
      425,
      `${subject} is either inboxed or scheduled, cannot be resumed.`,
    ],
    [
      "resume",
      { kind: "refused", reason: { kind: "deployment-not-changeable" } },
      409,
      `${subject} is still running or the deployment id is not pinned yet, deployment id ` +
        "cannot be changed.",
    ],
    [
      "resume",
      { kind: "refused", reason: { kind: "deployment-not-found" } },
      400,
      `The given deployment was not found when trying to resume the invocation '${ID}'.`,
    ],
    [
      "resume",
      {
        kind: "refused",
        reason: {
          kind: "protocol-version-unsupported",
          version: 6,
          deploymentId: DEPLOYMENT,
          range: "[5, 5]",
        },
      },
      400,
      `${subject} is running on protocol version '6', while the chosen deployment ` +
        `'${DEPLOYMENT}' supports the range [5, 5].`,
    ],
    [
      "restart-as-new",
      { kind: "refused", reason: { kind: "still-running" } },
      409,
      `${subject} is still running.`,
    ],
    [
      "restart-as-new",
      { kind: "refused", reason: { kind: "not-started" } },
      425,
      `${subject} cannot be restarted because it's not running yet.`,
    ],
    [
      "restart-as-new",
      { kind: "refused", reason: { kind: "input-not-available" } },
      410,
      `${subject} cannot be restarted because the input is not available. This indicates ` +
        "that the journal was already purged, or not retained at all.",
    ],
    [
      "restart-as-new",
      { kind: "refused", reason: { kind: "unsupported-restart" } },
      422,
      `Restarting the invocation '${ID}' is not supported. Restarting workflows is not ` +
        "supported, and restarting invocations created using the old service protocol.",
    ],
    [
      "restart-as-new",
      { kind: "refused", reason: { kind: "incomplete-prefix" } },
      400,
      `The prefix of the journal '${ID}' up to 'from' (included) contains some Commands ` +
        "without respective Completions.",
    ],
    [
      "restart-as-new",
      { kind: "refused", reason: { kind: "deployment-not-found" } },
      400,
      `The given deployment was not found when trying to restart as new the invocation '${ID}'.`,
    ],
  ])("%s, answered %j, is %i", async (verb, partitionReply, status, message) => {
    answerWith(partitionReply);
    const reply = await admin.call("PATCH", `/invocations/${ID}/${verb}`);
    expect(reply.status).toBe(status);
    if (message === "") expect(reply.text).toBe("");
    else expect(reply.json).toEqual({ message, restate_code: null });
  });

  test("restart-as-new answers with the new id", async () => {
    answerWith({ kind: "restarted", newInvocationId: NEW_ID });
    const reply = await admin.call("PATCH", `/invocations/${ID}/restart-as-new`);
    expect([reply.status, reply.json]).toEqual([200, { new_invocation_id: NEW_ID }]);
  });

  test.each([
    ["garbage/cancel", "The request field 'invocation_id' is invalid. Reason: bad format"],
    ["inv_1gdJ/cancel", "The request field 'invocation_id' is invalid. Reason: bad length"],
    [
      `${ID}/resume?deployment=x`,
      "The query parameter 'deployment' is invalid. Reason: bad format",
    ],
    [
      `${ID}/restart-as-new?deployment=x`,
      "The query parameter 'deployment' is invalid. Reason: bad format",
    ],
  ])("PATCH /invocations/%s is 400", async (path, message) => {
    const reply = await admin.call("PATCH", `/invocations/${path}`);
    expect([reply.status, reply.json]).toEqual([400, { message, restate_code: null }]);
    expect(admin.partitions.requests).toEqual([]);
  });

  test.each(["x", "-1"])("restart-as-new from=%s is refused in plain text", async (from) => {
    const reply = await admin.call("PATCH", `/invocations/${ID}/restart-as-new?from=${from}`);
    expect([reply.status, reply.text]).toEqual([
      400,
      "Failed to deserialize query string: from: invalid digit found in string",
    ]);
  });

  test("a partition without a leader is 503", async () => {
    admin.partitions.answer = () => {
      throw Object.assign(new Error("no leader for partition 3"), {
        code: "PARTITION_UNAVAILABLE",
      });
    };
    const reply = await admin.call("PATCH", `/invocations/${ID}/cancel`);
    expect([reply.status, reply.json.message]).toEqual([
      503,
      "Error when routing the request internally. Reason: no leader for partition 3",
    ]);
  });

  test("the deprecated DELETE answers 202 whatever became of it", async () => {
    for (const [query, kind] of [
      ["", "cancel-invocation"],
      ["?mode=Kill", "kill-invocation"],
      ["?mode=purge", "purge-invocation"],
    ]) {
      expect((await admin.call("DELETE", `/invocations/${ID}${query}`)).status).toBe(202);
      expect(admin.partitions.requests.at(-1)?.kind).toBe(kind);
    }
    const wrong = await admin.call("DELETE", `/invocations/${ID}?mode=x`);
    expect([wrong.status, wrong.text]).toEqual([
      400,
      "Failed to deserialize query string: mode: unknown variant `x`, expected one of " +
        "`Cancel`, `cancel`, `Kill`, `kill`, `Purge`, `purge`",
    ]);
    expect((await admin.call("DELETE", "/invocations/garbage")).status).toBe(400);
  });
});

describe("batches", () => {
  const path = "/internal/invocations_batch_operations";

  test.each(VERBS)("%s reports unknown invocations as failed", async (verb) => {
    const reply = await admin.call("POST", `${path}/${verb}`, { invocation_ids: [ID] });
    expect([reply.status, reply.json]).toEqual([
      200,
      {
        succeeded: [],
        failed: [{ invocation_id: ID, error: `Invocation '${ID}' not found` }],
      },
    ]);
  });

  test("every invocation has its own outcome", async () => {
    admin.partitions.answer = (request) => {
      if (!("invocationId" in request)) return { kind: "not-found" };
      if (request.invocationId === ID) return { kind: "done" };
      throw Object.assign(new Error("no leader"), { code: "PARTITION_UNAVAILABLE" });
    };
    const reply = await admin.call("POST", `${path}/purge`, { invocation_ids: [NEW_ID, ID] });
    expect(reply.json).toEqual({
      succeeded: [ID],
      failed: [
        {
          invocation_id: NEW_ID,
          error: "Error when routing the request internally. Reason: no leader",
        },
      ],
    });
  });

  test("restarts pair the old id with the new one", async () => {
    answerWith({ kind: "restarted", newInvocationId: NEW_ID });
    const body = { invocation_ids: [ID], deployment: "Keep" };
    expect((await admin.call("POST", `${path}/restart-as-new`, body)).json).toEqual({
      succeeded: [{ old_invocation_id: ID, new_invocation_id: NEW_ID }],
      failed: [],
    });
    expect(admin.partitions.requests[0]).toMatchObject({ from: 0, deployment: { kind: "keep" } });
  });

  test("failures are worded without the final dot", async () => {
    answerWith({ kind: "already-completed" });
    const reply = await admin.call("POST", `${path}/cancel`, { invocation_ids: [ID] });
    expect(reply.json.failed).toEqual([
      { invocation_id: ID, error: `The invocation '${ID}' was already completed` },
    ]);
  });

  test("1000 invocations are served, 1001 are refused", async () => {
    answerWith({ kind: "done" });
    const ids = Array.from({ length: 1_000 }, () => ID);
    const served = await admin.call("POST", `${path}/kill`, { invocation_ids: ids });
    expect(served.json.succeeded).toHaveLength(1_000);
    const refused = await admin.call("POST", `${path}/kill`, { invocation_ids: [...ids, ID] });
    expect([refused.status, refused.json.message]).toEqual([
      400,
      "Batch size 1001 exceeds maximum allowed size of 1000",
    ]);
  });

  test.each([
    ["cancel", { invocation_ids: ["x"] }, "invocation_ids[0]: bad format"],
    ["cancel", {}, "missing field `invocation_ids`"],
    [
      "cancel",
      { invocation_ids: 5 },
      "invocation_ids: invalid type: integer `5`, expected a sequence",
    ],
  ])("%s %j is refused in plain text", async (verb, body, reason) => {
    const reply = await admin.call("POST", `${path}/${verb}`, body);
    expect([reply.status, reply.text]).toEqual([
      422,
      `Failed to deserialize the JSON body into the target type: ${reason}`,
    ]);
  });

  test("a bad deployment is 400, and an unknown verb 404", async () => {
    const body = { invocation_ids: [], deployment: "x" };
    const reply = await admin.call("POST", `${path}/resume`, body);
    expect([reply.status, reply.json.message]).toEqual([
      400,
      "The request field 'deployment' is invalid. Reason: bad format",
    ]);
    expect((await admin.call("POST", `${path}/nope`, {})).status).toBe(404);
  });
});
