/** Retries as users see them, and journal events (invocation-semantics.md 16, 21). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { JsonObject } from "../support/http.ts";
import { manifest, service } from "../support/mock.ts";
import { policy } from "../support/policy.ts";
import { typeOf } from "../support/protocol.ts";
import { recorder, staysPending, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const retryChecks = list.checks;

list.add("RT-1 16", "a failing attempt shows as backing off with its failure", async (context) => {
  const name = context.unique("Failing");
  const options = { retryPolicyInitialInterval: 1400 };
  await context.deploy(manifest([service(name, ["h"], options)]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number > 1) {
        attempt.finish("1");
        return;
      }
      attempt.send("Run", { name: "flaky", result_completion_id: 1 });
      attempt.fail(500, "boom", {
        related_command_index: 1,
        related_command_name: "flaky",
        related_command_type: typeOf("Run"),
      });
    },
  });
  const id = await context.server.sendCall(`${name}/h`);

  const row = await context.server.waitStatus(id, "backing-off");

  match(String(row["last_failure"]), /^\[500 Internal\] boom/);
  equal(row["last_failure_error_code"], "RT0007");
  equal(row["last_failure_related_command_index"], 1);
  equal(row["last_failure_related_command_name"], "flaky");
  equal(row["last_failure_related_command_type"], "Run");
  equal(row["retry_count"], 1);
  ok(Date.parse(String(row["next_retry_at"])) > Date.parse(String(row["last_start_at"])));
  await context.server.waitStatus(id, "completed");
});

list.add("RT-1a 16", "a plain error of a handler is retried until it succeeds", async (context) => {
  const subject = context.unique();

  const answer = await context.server.call("Basic/flaky", { subject, failures: 1 });

  equal(answer.expect(200).json(), "recovered");
  const [event] = await context.server.events(answer.id);
  equal(event?.type, "TransientError");
  deepEqual(
    [
      event?.json["error_code"],
      event?.json["error_message"],
      event?.json["restate_doc_error_code"],
    ],
    [500, "boom", "RT0007"],
  );
  match(String(event?.json["error_stacktrace"]), /boom/);
});

list.add("RT-2 16", "an exhausted budget pauses; callers keep waiting", async (context) => {
  const name = context.unique("Pausing");
  const deployment = await context.deploy(manifest([service(name, ["h"], policy(3))]), {
    [`${name}/h`]: (attempt) => attempt.fail(500, `failure ${attempt.number}`),
  });
  const calling = context.server.call(`${name}/h`);
  const id = await until("an attempt arrives", () => deployment.attempts[0]?.invocationId);

  await context.server.waitStatus(id, "paused");

  equal(deployment.attempts.length, 3);
  ok(await staysPending(calling, 100));
  (await context.server.operate(id, "kill")).expect(200);
  (await calling).expect(409);
});

list.add("RT-3 16", "with KILL the last error is the result", async (context) => {
  const name = context.unique("Killing");
  const deployment = await context.deploy(manifest([service(name, ["h"], policy(2, "KILL"))]), {
    [`${name}/h`]: (attempt) =>
      attempt.fail(507, `failure ${attempt.number}`, { stacktrace: "at somewhere" }),
  });

  const answer = (await context.server.call(`${name}/h`)).expect(507);

  deepEqual(answer.object(), {
    code: 507,
    message: "failure 2",
    stacktrace: "at somewhere",
    source: "invocation",
  });
  equal(deployment.attempts.length, 2);
  const row = await context.server.waitStatus(answer.id, "completed");
  equal(row["completion_failure"], "[507] failure 2");
});

list.add("RT-4 16", "progress does not refresh the budget", async (context) => {
  const name = context.unique("Progress");
  const deployment = await context.deploy(manifest([service(name, ["h"], policy(3))]), {
    [`${name}/h`]: (attempt) => {
      attempt.send("Sleep", { wake_up_time: 1, result_completion_id: attempt.number });
      attempt.fail(500, `failure ${attempt.number}`);
    },
  });
  const id = await context.server.sendCall(`${name}/h`);

  await context.server.waitStatus(id, "paused");

  equal(deployment.attempts.length, 3);
  await context.server.operate(id, "kill");
});

list.add("RT-4a 16", "suspension and resume refresh the budget", async (context) => {
  const name = context.unique("Suspend");
  const deployment = await context.deploy(manifest([service(name, ["h"], policy(2))]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number === 2) attempt.suspend([], [17]);
      else if (attempt.number < 4) attempt.fail(500, `failure ${attempt.number}`);
      else attempt.finish("made it");
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "suspended");

  (await context.server.operate(id, "resume")).expect(200);

  equal((await context.server.attach(id)).expect(200).text, "made it");
  equal(deployment.attempts.length, 4);
});

list.add("RT-4b 16", "retries with an explicit delay cost no budget", async (context) => {
  const name = context.unique("Explicit");
  const deployment = await context.deploy(manifest([service(name, ["h"], policy(3, "KILL"))]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number > 8) attempt.finish("1");
      else attempt.fail(500, "again", { next_retry_delay: 5 });
    },
  });

  (await context.server.call(`${name}/h`)).expect(200);

  equal(deployment.attempts.length, 9);
});

list.add("RT-7 16", "FAIL ends the invocation at once and adds no event", async (context) => {
  const name = context.unique("Fail");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => attempt.fail(418, "enough", { behavior: 2, stacktrace: "at once" }),
  });

  const answer = (await context.server.call(`${name}/h`)).expect(418);

  deepEqual(answer.object(), {
    code: 418,
    message: "enough",
    stacktrace: "at once",
    source: "invocation",
  });
  equal(deployment.attempts.length, 1);
  await context.server.waitStatus(answer.id, "completed");
  deepEqual(await context.server.events(answer.id), []);
});

list.add("RT-8 16", "one attempt means no retry", async (context) => {
  for (const maxAttempts of [1, 0]) {
    const name = context.unique("Once");
    const options = policy(maxAttempts, "KILL");
    const deployment = await context.deploy(manifest([service(name, ["h"], options)]), {
      [`${name}/h`]: (attempt) => attempt.fail(500, "no"),
    });
    (await context.server.call(`${name}/h`)).expect(500);
    equal(deployment.attempts.length, 1);
  }
});

list.add("RT-9 16", "a handler's retry policy overrides its service's", async (context) => {
  const name = context.unique("Override");
  const handler = { name: "h", ...policy(1, "KILL") };
  const deployment = await context.deploy(manifest([service(name, [handler], policy(5))]), {
    [`${name}/h`]: (attempt) => attempt.fail(500, "no"),
  });

  (await context.server.call(`${name}/h`)).expect(500);

  equal(deployment.attempts.length, 1);
});

list.add("RT-10 16", "the SDK retries a run step and gives up as told", async (context) => {
  const succeeding = context.unique();
  const failing = context.unique();
  const run = (subject: string, failures: number) =>
    context.server.call("Basic/runRetries", { subject, failures, max: 3 });

  equal((await run(succeeding, 2)).expect(200).json(), "done");
  equal((await run(failing, 10)).expect(200).json(), "gave up: not yet");
  equal(recorder.list(failing).length, 3);
});

list.add("EV-1 21", "events carry the index of the last entry", async (context) => {
  const name = context.unique("Index");
  await context.deploy(manifest([service(name, ["h"], policy(9))]), {
    [`${name}/h`]: async (attempt) => {
      if (attempt.number === 1) {
        attempt.fail(500, "first");
      } else if (attempt.number === 2) {
        attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
        await attempt.next();
        attempt.fail(500, "second");
      } else {
        attempt.finish("1");
      }
    },
  });

  const { id } = (await context.server.call(`${name}/h`)).expect(200);

  const events = await context.server.events(id);
  deepEqual(
    events.map(({ type, index, json }) => [type, index, json["error_message"]]),
    [
      ["TransientError", 0, "first"],
      ["TransientError", 2, "second"],
    ],
  );
});

list.add("EV-2 21", "events take no journal index and are not replayed", async (context) => {
  const name = context.unique("Silent");
  const deployment = await context.deploy(manifest([service(name, ["h"], policy(9))]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number < 3) attempt.fail(500, `failure ${attempt.number}`);
      else attempt.finish("1");
    },
  });

  const { id } = (await context.server.call(`${name}/h`)).expect(200);

  deepEqual(await context.server.journal(id), ["Input", "Output"]);
  deepEqual(
    deployment.attempts.map((attempt) => attempt.replayNames.join()),
    ["Input", "Input", "Input"],
  );
});

list.add("EV-3 21", "events go with the journal", async (context) => {
  const subject = context.unique();
  const { id } = (await context.server.call("Basic/flaky", { subject, failures: 1 })).expect(200);
  await context.server.waitStatus(id, "completed");
  equal((await context.server.events(id)).length, 1);

  (await context.server.operate(id, "purge-journal")).expect(200);

  await until("the events are gone", async () => (await context.server.events(id)).length === 0);
});

list.add(
  "EV-4 21",
  "the failure that exhausts the budget is the Paused event's",
  async (context) => {
    const name = context.unique("Exhaust");
    await context.deploy(manifest([service(name, ["h"], policy(3))]), {
      [`${name}/h`]: (attempt) => attempt.fail(500, `failure ${attempt.number}`),
    });
    const id = await context.server.sendCall(`${name}/h`);
    await context.server.waitStatus(id, "paused");

    const events = await context.server.events(id);

    deepEqual(
      events.map(({ type }) => type),
      ["TransientError", "TransientError", "Paused"],
    );
    const failure = events[2]?.json["last_failure"] as JsonObject;
    equal(failure["error_message"], "failure 3");
    await context.server.operate(id, "kill");
  },
);

list.add("EV-5 21", "a suspension on protocol 7 adds an event with its future", async (context) => {
  const name = context.unique("Suspended");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number > 1) {
        attempt.finish("1");
        return;
      }
      attempt.send("Sleep", { wake_up_time: Date.now() + 600_000, result_completion_id: 1 });
      attempt.send("Suspension", {
        awaiting_on: {
          waiting_completions: [1],
          waiting_signals: [1],
          waiting_named_signals: ["go"],
          combinator_type: 1,
        },
      });
    },
  });
  const id = await context.server.sendCall(`${name}/h`);

  const row = await context.server.waitStatus(id, "suspended");

  const leaves = [{ CompletionId: 1 }, { SignalIndex: 1 }, { SignalName: "go" }];
  const future = { FirstCompleted: leaves.map((leaf) => ({ Single: leaf })) };
  deepEqual(JSON.parse(String(row["suspended_waiting_future_json"])), future);
  deepEqual(row["suspended_waiting_for_completions"], [1]);
  deepEqual(row["suspended_waiting_for_signals"], [1]);
  const [event] = await context.server.events(id);
  deepEqual(event, {
    type: "Suspended",
    index: 1,
    json: { ty: "Suspended", awaiting_on: future },
  });
  (await context.server.operate(id, "kill")).expect(200);
});
