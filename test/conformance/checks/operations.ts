/** Pause, resume, restart-as-new, purge, retention, batches (invocation-semantics.md 12-14, 24). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import type { JsonObject } from "../support/http.ts";
import type { MockDeployment } from "../support/mock.ts";
import { manifest, object, service, textValue } from "../support/mock.ts";
import { gates, recorder, staysPending, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const operationChecks = list.checks;

/** Registers a service whose first attempt asks to be paused; returns the paused invocation. */
async function pausedInvocation(context: CheckContext): Promise<[string, MockDeployment]> {
  const name = context.unique("Paused");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number === 1) attempt.fail(500, "pause me", { behavior: 1 });
      else attempt.finish(attempt.replayNames.join());
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "paused");
  return [id, deployment];
}

/** A pending, a scheduled, a completed and an unknown invocation; `release` ends the first. */
async function others(context: CheckContext) {
  const key = context.unique();
  await context.server.sendCall(`Store/${key}/hold`, { subject: key });
  await recorder.seen(key, "start");
  const pending = await context.server.sendCall(`Store/${key}/add`, 1);
  const scheduled = await context.server.sendCall("Basic/echo?delay=1h", 1);
  const { id: completed } = (await context.server.call("Basic/echo", 1)).expect(200);
  const unknown = await context.server.sendCall("Basic/echo?delay=1h", 1);
  await context.server.operate(unknown, "kill");
  await context.server.waitGone(unknown);
  await context.server.waitStatus(pending, "pending");
  await context.server.waitStatus(scheduled, "scheduled");
  await context.server.waitStatus(completed, "completed");
  const release = async () => {
    gates.open(key);
    await context.server.operate(scheduled, "kill");
  };
  return { pending, scheduled, completed, unknown, release };
}

list.addWith(
  "PA-6 12",
  "pause of a running invocation is answered 202 and ends in paused",
  { differs: "the original aborts the attempt; ours may as well wait for its suspension" },
  async (context) => {
    const name = context.unique("Running");
    const deployment = await context.deploy(manifest([service(name, ["h"])]), {
      [`${name}/h`]: async (attempt) => {
        if (attempt.number > 1) {
          attempt.finish("resumed");
          return;
        }
        recorder.record(name, "start");
        await Promise.race([attempt.requestEnded, attempt.closed]);
        attempt.suspend([], [17]);
      },
    });
    const id = await context.server.sendCall(`${name}/h`);
    await recorder.seen(name, "start");

    equal((await context.server.operate(id, "pause")).expect(202).text, "");

    await context.server.waitStatus(id, "paused");
    const events = (await context.server.events(id)).filter(({ type }) => type === "Paused");
    deepEqual(
      events.map(({ json }) => json["ty"]),
      ["Paused"],
    );
    (await context.server.operate(id, "resume")).expect(200);
    equal((await context.server.attach(id)).expect(200).text, "resumed");
    equal(deployment.attempts.length, 2);
  },
);

list.addWith(
  "PA-1 12",
  "pause while backing off takes effect at once and adds an event",
  { differs: "our event carries the last failure, the original's does not" },
  async (context) => {
    const name = context.unique("Backoff");
    await context.deploy(manifest([service(name, ["h"], { retryPolicyInitialInterval: 1500 })]), {
      [`${name}/h`]: (attempt) => attempt.fail(500, "later"),
    });
    const id = await context.server.sendCall(`${name}/h`);
    await context.server.waitStatus(id, "backing-off");

    (await context.server.operate(id, "pause")).expect(202);

    await context.server.waitStatus(id, "paused");
    const paused = (await context.server.events(id)).find(({ type }) => type === "Paused");
    const failure = paused?.json["last_failure"] as JsonObject | undefined;
    if (context.target === "stet") equal(failure?.["error_message"], "later");
    else equal(failure, undefined);
    await context.server.operate(id, "kill");
  },
);

list.add("PA-3 12", "pause of a suspended invocation keeps it from resuming", async (context) => {
  const name = context.unique("Suspended");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.replayNames.includes("Signal")) attempt.finish("signalled");
      else attempt.suspend([], [1]);
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "suspended");

  (await context.server.operate(id, "pause")).expect(202);

  await context.server.waitStatus(id, "paused");
  (await context.server.operate(id, "resume")).expect(200);
  await context.server.waitStatus(id, "suspended");
  (await context.server.operate(id, "cancel")).expect(202);
  equal((await context.server.attach(id)).expect(200).text, "signalled");
});

list.add("PA-4 12", "a handler may ask to be paused, with its failure kept", async (context) => {
  const [id, deployment] = await pausedInvocation(context);

  const [event, ...more] = await context.server.events(id);

  equal(event?.type, "Paused");
  deepEqual(more, []);
  const failure = event?.json["last_failure"] as JsonObject;
  deepEqual(
    [failure["error_code"], failure["error_message"], failure["restate_doc_error_code"]],
    [500, "pause me", "RT0007"],
  );
  equal(deployment.attempts.length, 1);
  (await context.server.operate(id, "pause")).expect(200);
  equal((await context.server.row(id))?.["status"], "paused");
});

list.add("PA-5 12", "completions and signals reach a paused journal only", async (context) => {
  const name = context.unique("Collect");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: async (attempt) => {
      if (attempt.number > 1) {
        attempt.finish(attempt.replayNames.join());
        return;
      }
      attempt.send("Sleep", { wake_up_time: Date.now() + 700, result_completion_id: 1 });
      attempt.fail(500, "pause", { behavior: 1 });
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "paused");
  (await context.server.call("Basic/sendSignal", { id, name: "go", payload: 1 })).expect(200);

  await until(
    "both notifications are stored",
    async () => (await context.server.journal(id)).length === 4,
  );

  equal((await context.server.row(id))?.["status"], "paused");
  equal(deployment.attempts.length, 1);
  (await context.server.operate(id, "cancel")).expect(202);
  equal(
    (await context.server.attach(id)).expect(200).text,
    "Input,Sleep,Signal,SleepCompletion,Signal",
  );
});

list.add("PA-7 12", "what is not running cannot be paused", async (context) => {
  const { pending, scheduled, completed, unknown, release } = await others(context);

  for (const id of [pending, scheduled, completed]) {
    const answer = (await context.server.operate(id, "pause")).expect(409);
    equal(answer.message, `The invocation '${id}' is not running, cannot be paused.`);
  }
  (await context.server.operate(unknown, "pause")).expect(404);
  await release();
});

list.add("RE-4 12", "what waits or is over cannot be resumed", async (context) => {
  const { pending, scheduled, completed, unknown, release } = await others(context);

  for (const id of [pending, scheduled]) {
    const answer = (await context.server.operate(id, "resume")).expect(425);
    match(answer.message, /is either inboxed or scheduled, cannot be resumed\.$/);
  }
  const over = (await context.server.operate(completed, "resume")).expect(409);
  match(over.message, /is completed, cannot be resumed\.$/);
  (await context.server.operate(unknown, "resume")).expect(404);
  await release();
});

list.add("RE-5 12", "resume of a suspended invocation starts an attempt", async (context) => {
  const name = context.unique("Susp");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number === 1) attempt.suspend([], [17]);
      else attempt.finish("resumed");
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "suspended");

  (await context.server.operate(id, "resume")).expect(200);

  equal((await context.server.attach(id)).expect(200).text, "resumed");
  equal(deployment.attempts.length, 2);
});

list.addWith(
  "RE-6 12",
  "resume while backing off retries at once",
  { differs: "the original keeps the delay with flow control on; ours is cut short" },
  async (context) => {
    const name = context.unique("Backoff");
    const policy = { retryPolicyInitialInterval: 1400 };
    await context.deploy(manifest([service(name, ["h"], policy)]), {
      [`${name}/h`]: (attempt) => {
        if (attempt.number === 1) attempt.fail(500, "later");
        else attempt.finish("retried");
      },
    });
    const id = await context.server.sendCall(`${name}/h`);
    const row = await context.server.waitStatus(id, "backing-off");

    (await context.server.operate(id, "resume")).expect(200);

    equal((await context.server.attach(id)).expect(200).text, "retried");
    const done = await context.server.waitStatus(id, "completed");
    const early = String(done["completed_at"]) < String(row["next_retry_at"]);
    equal(early, context.expected({ oracle: false, stet: true }));
  },
);

list.add("RE-7 12", "resume of a running invocation changes nothing", async (context) => {
  const subject = context.unique();
  const id = await context.server.sendCall("Basic/hold", { subject });
  await recorder.seen(subject, "start");

  (await context.server.operate(id, "resume")).expect(200);
  const moved = (await context.server.operate(id, "resume", "?deployment=latest")).expect(409);

  match(moved.message, /is still running or the deployment id is not pinned yet, deployment id/);
  gates.open(subject);
  await context.server.waitStatus(id, "completed");
  equal(recorder.list(subject).filter((event) => event === "start").length, 1);
});

list.add("RE-8 12", "a bad or unknown deployment to resume on is refused", async (context) => {
  const name = context.unique("Pinned");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
      attempt.fail(500, "pause", { behavior: 1 });
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "paused");

  const malformed = (await context.server.operate(id, "resume", "?deployment=garbage")).expect(400);
  const unknownId = "dp_10000000000000000000001";
  const unknown = await context.server.operate(id, "resume", `?deployment=${unknownId}`);

  match(malformed.message, /^The query parameter 'deployment' is invalid\. Reason: ./);
  equal(
    unknown.expect(400).message,
    `The given deployment was not found when trying to resume the invocation '${id}'.`,
  );
  await context.server.operate(id, "kill");
});

list.add("RE-3 12", "a resumed invocation gets a full retry budget again", async (context) => {
  const name = context.unique("Budget");
  const policy = { retryPolicyMaxAttempts: 3, retryPolicyInitialInterval: 20 };
  const deployment = await context.deploy(manifest([service(name, ["h"], policy)]), {
    [`${name}/h`]: (attempt) => attempt.fail(500, `failure ${attempt.number}`),
  });
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "paused");
  equal(deployment.attempts.length, 3);

  (await context.server.operate(id, "resume")).expect(200);

  await until("three more attempts are made", () => deployment.attempts.length === 6);
  await context.server.waitStatus(id, "paused");
  const events = await context.server.events(id);
  deepEqual(
    events.map(({ type }) => type),
    ["TransientError", "TransientError", "Paused", "TransientError", "TransientError", "Paused"],
  );
});

list.add("RS-1 13", "a restart is a new invocation with the same input", async (context) => {
  const { id } = (await context.server.call("Basic/echo", { a: 1 })).expect(200);
  await context.server.waitStatus(id, "completed");

  const answer = (await context.server.operate(id, "restart-as-new")).expect(200).object();

  const again = String(answer["new_invocation_id"]);
  deepEqual(Object.keys(answer), ["new_invocation_id"]);
  deepEqual((await context.server.attach(again)).expect(200).json(), { a: 1 });
  equal(again.slice(0, 16), id.slice(0, 16));
  const row = await context.server.waitStatus(again, "completed");
  deepEqual([row["invoked_by"], row["restarted_from"]], ["restart_as_new", id]);
  equal("idempotency_key" in row, false);
  equal((await context.server.row(id))?.["completion_result"], "success");
});

/** A completed invocation with journal Input, Run, +Run, Sleep, Run, +Run, +Sleep, Output. */
async function stepped(context: CheckContext) {
  const name = context.unique("Steps");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: async (attempt) => {
      if (attempt.replay.length > 1) {
        attempt.finish(attempt.replayNames.join());
        return;
      }
      const step = async (id: number) => {
        attempt.send("Run", { result_completion_id: id });
        attempt.send("ProposeRunCompletion", { result_completion_id: id, value: "1" });
        await attempt.next();
      };
      await step(1);
      attempt.send("Sleep", { wake_up_time: Date.now() + 400, result_completion_id: 2 });
      await step(3);
      await attempt.next();
      attempt.finish("original");
    },
  });
  const { id } = (await context.server.call(`${name}/h`)).expect(200);
  await context.server.waitStatus(id, "completed");
  return { id, deployment };
}

const PREFIX = "Input,Run,RunCompletion";
const PREFIXES: [number, string][] = [
  [1, PREFIX],
  [2, PREFIX],
  [3, `${PREFIX},Sleep,SleepCompletion`],
  [4, `${PREFIX},Sleep,Run,RunCompletion,SleepCompletion`],
  [6, `${PREFIX},Sleep,Run,RunCompletion,SleepCompletion`],
];

list.add("RS-3 13", "a restart keeps the journal prefix with its completions", async (context) => {
  const { id } = await stepped(context);
  deepEqual(
    (await context.server.journal(id)).join(),
    "Input,Run,+Run,Sleep,Run,+Run,+Sleep,Output",
  );

  for (const [from, expected] of PREFIXES) {
    const answer = (await context.server.operate(id, "restart-as-new", `?from=${from}`)).expect(
      200,
    );
    const again = String(answer.object()["new_invocation_id"]);
    equal((await context.server.attach(again)).expect(200).text, expected, `from=${from}`);
  }
});

list.add("RS-8 13", "restarts that cannot be done are refused", async (context) => {
  const { id } = await stepped(context);
  const restart = (query: string) => context.server.operate(id, "restart-as-new", query);

  const beyond = (await restart("?from=100")).expect(400);
  const unknown = (await restart("?deployment=dp_10000000000000000000001")).expect(400);
  const text = (await restart("?from=abc")).expect(400);

  match(beyond.message, /^(The prefix of the journal|The given index is out of range)/);
  match(unknown.message, /^The given deployment was not found when trying to restart as new/);
  match(text.headers["content-type"] ?? "", /^text\/plain/);
});

list.add("RS-9 13", "only a completed invocation can be restarted", async (context) => {
  const { pending, scheduled, unknown, release } = await others(context);
  const [paused] = await pausedInvocation(context);

  const running = (await context.server.operate(paused, "restart-as-new")).expect(409);
  equal(running.message, `The invocation '${paused}' is still running.`);
  for (const id of [pending, scheduled]) {
    const answer = (await context.server.operate(id, "restart-as-new")).expect(425);
    match(answer.message, /cannot be restarted because it's not running yet\.$/);
  }
  (await context.server.operate(unknown, "restart-as-new")).expect(404);
  await release();
  await context.server.operate(paused, "kill");
});

list.add("RS-10 13", "without its journal an invocation cannot be restarted", async (context) => {
  const { id } = (await context.server.call("Basic/echo", 1)).expect(200);
  await context.server.waitStatus(id, "completed");
  (await context.server.operate(id, "purge-journal")).expect(200);
  await until("the journal is gone", async () => (await context.server.journal(id)).length === 0);

  const answer = (await context.server.operate(id, "restart-as-new")).expect(410);

  match(answer.message, /cannot be restarted because the input is not available\./);
});

list.add("RS-4 13", "a restart from a prefix does not repeat its state writes", async (context) => {
  const name = context.unique("Writes");
  await context.deploy(manifest([object(name, ["h", "clear"])]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.replay.length === 1) {
        attempt.send("SetState", { key: "a", value: textValue("1") });
      }
      attempt.finish("1");
    },
    [`${name}/clear`]: (attempt) => {
      attempt.send("ClearAllState");
      attempt.finish("1");
    },
  });
  const { id } = (await context.server.call(`${name}/k/h`)).expect(200);
  (await context.server.call(`${name}/k/clear`)).expect(200);

  const answer = (await context.server.operate(id, "restart-as-new", "?from=1")).expect(200);
  const again = String(answer.object()["new_invocation_id"]);

  (await context.server.attach(again)).expect(200);
  deepEqual(await context.server.journal(again), ["Input", "SetState", "Output"]);
  deepEqual(await context.server.state(name, "k"), {});
});

list.add("PU-1 14", "purge removes a completed invocation", async (context) => {
  const { id } = (await context.server.call("Basic/echo", 1)).expect(200);
  await context.server.waitStatus(id, "completed");

  (await context.server.operate(id, "purge")).expect(200);

  await context.server.waitGone(id);
  deepEqual(await context.server.journal(id), []);
  (await context.server.operate(id, "purge")).expect(404);
});

list.add("PU-2 14", "purge-journal keeps the result", async (context) => {
  const { id } = (await context.server.call("Basic/echo", "kept")).expect(200);
  await context.server.waitStatus(id, "completed");

  (await context.server.operate(id, "purge-journal")).expect(200);

  await until("the journal is gone", async () => (await context.server.journal(id)).length === 0);
  equal((await context.server.output(id)).expect(200).json(), "kept");
});

list.add("PU-8 14", "what is not completed cannot be purged", async (context) => {
  const { pending, scheduled, unknown, release } = await others(context);

  for (const verb of ["purge", "purge-journal"]) {
    for (const id of [pending, scheduled]) {
      const answer = (await context.server.operate(id, verb)).expect(409);
      equal(answer.message, `The invocation '${id}' is not yet completed.`);
    }
    (await context.server.operate(unknown, verb)).expect(404);
  }
  await release();
});

list.addWith("PU-4 14", "the cleaner removes what has expired", { slow: true }, async (context) => {
  const name = context.unique("Expire");
  const both = { idempotencyRetention: 1500, journalRetention: 1000 };
  const journal = { journalRetention: 1000, idempotencyRetention: 600_000 };
  await context.deploy(
    manifest([
      service(name, [
        { name: "both", ...both },
        { name: "journal", ...journal },
      ]),
    ]),
    {
      [`${name}/both`]: (attempt) => attempt.finish("1"),
      [`${name}/journal`]: (attempt) => attempt.finish("1"),
    },
  );
  const headers = { "idempotency-key": "k" };
  const first = (await context.server.call(`${name}/both`, undefined, { headers })).expect(200).id;
  const second = (await context.server.call(`${name}/journal`, undefined, { headers })).id;

  await context.server.waitGone(first);
  await until(
    "the journal is gone",
    async () => (await context.server.journal(second)).length === 0,
  );

  equal((await context.server.output(second)).expect(200).text, "1");
  (await context.server.output(first)).expect(404);
  (await context.server.call(`${name}/both`, undefined, { headers })).expect(200);
});

list.add("PU-6 14", "the legacy delete is always accepted", async (context) => {
  const remove = (id: string, mode: string) =>
    context.server.admin.send("DELETE", `/invocations/${id}${mode}`);
  const scheduled = await context.server.sendCall("Basic/echo?delay=1h", 1);
  await context.server.waitStatus(scheduled, "scheduled");

  (await remove(scheduled, "")).expect(202);
  await context.server.waitGone(scheduled);
  (await remove(scheduled, "?mode=kill")).expect(202);
  (await remove("inv_1bad", "")).expect(400);

  const { id } = (await context.server.call("Basic/echo", 1)).expect(200);
  await context.server.waitStatus(id, "completed");
  (await remove(id, "?mode=purge")).expect(202);
  await context.server.waitGone(id);
});

const BATCH = "/internal/invocations_batch_operations";

list.add("BA-1 24", "a batch reports each invocation", async (context) => {
  const ids = [
    await context.server.sendCall("Basic/echo?delay=1h", 1),
    await context.server.sendCall("Basic/echo?delay=1h", 1),
  ];
  const unknown = await context.server.sendCall("Basic/echo?delay=1h", 1);
  await context.server.operate(unknown, "kill");
  await context.server.waitGone(unknown);

  const json = { invocation_ids: [...ids, unknown] };
  const answer = (await context.server.admin.post(`${BATCH}/kill`, { json })).expect(200).object();

  deepEqual((answer["succeeded"] as string[]).sort(), ids.sort());
  deepEqual(answer["failed"], [
    { invocation_id: unknown, error: `Invocation '${unknown}' not found` },
  ]);
});

list.add("BA-2 24", "every batch verb exists and reports unknown ids", async (context) => {
  const unknown = await context.server.sendCall("Basic/echo?delay=1h", 1);
  await context.server.operate(unknown, "kill");
  await context.server.waitGone(unknown);

  const verbs = ["cancel", "kill", "pause", "resume", "restart-as-new", "purge", "purge-journal"];
  for (const verb of verbs) {
    const json = { invocation_ids: [unknown] };
    const answer = (await context.server.admin.post(`${BATCH}/${verb}`, { json })).expect(200);
    deepEqual(
      answer.object(),
      {
        succeeded: [],
        failed: [{ invocation_id: unknown, error: `Invocation '${unknown}' not found` }],
      },
      verb,
    );
  }
});

list.add("BA-3 24", "a batch restart maps old ids to new ones", async (context) => {
  const { id } = (await context.server.call("Basic/echo", "again")).expect(200);
  await context.server.waitStatus(id, "completed");

  const json = { invocation_ids: [id] };
  const answer = await context.server.admin.post(`${BATCH}/restart-as-new`, { json });

  const [pair] = answer.expect(200).object()["succeeded"] as JsonObject[];
  equal(pair?.["old_invocation_id"], id);
  const again = String(pair?.["new_invocation_id"]);
  equal((await context.server.attach(again)).expect(200).json(), "again");
});

list.add("BA-4 24", "batch failures mirror the single calls without a period", async (context) => {
  const { id } = (await context.server.call("Basic/echo", 1)).expect(200);
  await context.server.waitStatus(id, "completed");
  const errorOf = async (verb: string) => {
    const json = { invocation_ids: [id] };
    const answer = (await context.server.admin.post(`${BATCH}/${verb}`, { json })).expect(200);
    return (answer.object()["failed"] as JsonObject[])[0]?.["error"];
  };

  match(String(await errorOf("kill")), /was already completed$/);
  match(String(await errorOf("pause")), /is not running, cannot be paused$/);
  match(String(await errorOf("resume")), /is completed, cannot be resumed$/);
});

list.add("BA-5 24", "a batch takes at most 1000 well-formed ids", async (context) => {
  const { id } = (await context.server.call("Basic/echo", 1)).expect(200);
  const json = { invocation_ids: Array.from({ length: 1001 }, () => id) };

  const many = (await context.server.admin.post(`${BATCH}/kill`, { json })).expect(400);
  const malformed = await context.server.admin.post(`${BATCH}/kill`, {
    json: { invocation_ids: ["inv_1bad"] },
  });

  equal(many.message, "Batch size 1001 exceeds maximum allowed size of 1000");
  equal(malformed.status, 422);
});

list.add("S26 29", "a caller keeps waiting while its invocation is paused", async (context) => {
  const name = context.unique("Waiting");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number === 1) attempt.fail(500, "pause", { behavior: 1 });
      else attempt.finish("resumed");
    },
  });
  const headers = { "idempotency-key": "k" };
  const calling = context.server.call(`${name}/h`, undefined, { headers });
  const id = await until("the invocation is paused", async () => {
    const query = `SELECT id FROM sys_invocation WHERE target_service_name = '${name}' AND status = 'paused'`;
    return (await context.server.sql(query))[0]?.["id"];
  });
  ok(await staysPending(calling, 200));

  (await context.server.operate(String(id), "resume")).expect(200);

  equal((await calling).expect(200).text, "resumed");
});
