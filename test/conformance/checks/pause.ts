/** Pause and resume (invocation-semantics.md 12). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { JsonObject } from "../support/http.ts";
import { otherInvocations, pausedInvocation } from "../support/invocations.ts";
import { manifest, service } from "../support/mock.ts";
import { gates, recorder, staysPending, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const pauseChecks = list.checks;

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

list.add("PA-1 12", "pause while backing off takes effect at once", async (context) => {
  const name = context.unique("Backoff");
  await context.deploy(manifest([service(name, ["h"], { retryPolicyInitialInterval: 1500 })]), {
    [`${name}/h`]: (attempt) => attempt.fail(500, "later"),
  });
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "backing-off");

  (await context.server.operate(id, "pause")).expect(202);

  await context.server.waitStatus(id, "paused");
  const paused = (await context.server.events(id)).find(({ type }) => type === "Paused");
  equal(paused?.json["ty"], "Paused");
  // The last failure may be in the event, but nothing else may pass for it.
  const failure = paused?.json["last_failure"] as JsonObject | undefined;
  equal(failure?.["error_message"] ?? "later", "later");
  await context.server.operate(id, "kill");
});

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
  // Whether the timer or the signal comes first depends on the machine; the cancel comes last.
  const replayed = (await context.server.attach(id)).expect(200).text.split(",");
  deepEqual(replayed.slice(2, 4).sort(), ["Signal", "SleepCompletion"]);
  deepEqual([...replayed.slice(0, 2), ...replayed.slice(4)], ["Input", "Sleep", "Signal"]);
});

list.add("PA-7 12", "what is not running cannot be paused", async (context) => {
  const { pending, scheduled, completed, unknown, release } = await otherInvocations(context);

  for (const id of [pending, scheduled, completed]) {
    const answer = (await context.server.operate(id, "pause")).expect(409);
    equal(answer.message, `The invocation '${id}' is not running, cannot be paused.`);
  }
  (await context.server.operate(unknown, "pause")).expect(404);
  await release();
});

list.add("RE-4 12", "what waits or is over cannot be resumed", async (context) => {
  const { pending, scheduled, completed, unknown, release } = await otherInvocations(context);

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
