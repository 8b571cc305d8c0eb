/** Retries, journal events, timeouts (invocation-semantics.md 16, 21; service-protocol.md 11, 12). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { JsonObject } from "../support/http.ts";
import { closeCode, manifest, service } from "../support/mock.ts";
import { typeOf } from "../support/protocol.ts";
import { pause, recorder, staysPending, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");
const protocol = new CheckList("service-protocol.md");

/** A retry policy of a manifest with short delays. */
function policy(maxAttempts: number, onMaxAttempts: "PAUSE" | "KILL" = "PAUSE"): JsonObject {
  return {
    retryPolicyInitialInterval: 20,
    retryPolicyMaxInterval: 50,
    retryPolicyMaxAttempts: maxAttempts,
    retryPolicyOnMaxAttempts: onMaxAttempts,
  };
}

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

protocol.add(
  "SP-11.1 11.1",
  "equal failures are stored once until a new command",
  async (context) => {
    const name = context.unique("Dedup");
    await context.deploy(manifest([service(name, ["h"], policy(99))]), {
      [`${name}/h`]: (attempt) => {
        if (attempt.number === 5) {
          attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
        }
        if (attempt.number < 9) attempt.fail(500, "same");
        else attempt.finish("1");
      },
    });

    const { id } = (await context.server.call(`${name}/h`)).expect(200);

    const events = await context.server.events(id);
    deepEqual(
      events.map(({ index }) => index > 0),
      [false, true],
    );
  },
);

protocol.add(
  "SP-11.1a 11.1",
  "an event names the command its failure relates to",
  async (context) => {
    const name = context.unique("Related");
    await context.deploy(manifest([service(name, ["h"], policy(9))]), {
      [`${name}/h`]: (attempt) => {
        if (attempt.number > 1) {
          attempt.finish("1");
          return;
        }
        attempt.send("Run", { name: "nm", result_completion_id: 1 });
        attempt.fail(500, "m", {
          stacktrace: "s",
          related_command_index: 1,
          related_command_name: "nm",
          related_command_type: typeOf("Run"),
        });
      },
    });

    const { id } = (await context.server.call(`${name}/h`)).expect(200);

    const [event] = await context.server.events(id);
    deepEqual(event?.json, {
      ty: "TransientError",
      error_code: 500,
      error_message: "m",
      error_stacktrace: "s",
      restate_doc_error_code: "RT0007",
      related_command_index: 1,
      related_command_name: "nm",
      related_command_type: "Run",
    });
  },
);

const CODES: [number, string, number][] = [
  [570, "RT0016", 570],
  [571, "RT0012", 571],
  [500, "RT0007", 500],
  [409, "RT0007", 409],
  [70_000, "RT0007", 500],
];

protocol.add("SP-11.1b 11.1", "error codes map to documented codes", async (context) => {
  const name = context.unique("Mapping");
  await context.deploy(manifest([service(name, ["h"], policy(9))]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number === 1) attempt.fail(Number(attempt.input), "m");
      else attempt.finish("1");
    },
  });

  for (const [code, docCode, stored] of CODES) {
    const { id } = (await context.server.call(`${name}/h`, code)).expect(200);
    const [event] = await context.server.events(id);
    deepEqual(
      [event?.json["restate_doc_error_code"], event?.json["error_code"]],
      [docCode, stored],
    );
  }
});

protocol.add(
  "SP-11.3 11.3",
  "Start counts failed attempts since the last entry",
  async (context) => {
    const name = context.unique("Count");
    const deployment = await context.deploy(manifest([service(name, ["h"], policy(99))]), {
      [`${name}/h`]: (attempt) => {
        if (attempt.number === 3) {
          attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
        }
        if (attempt.number < 5) attempt.fail(500, `failure ${attempt.number}`);
        else attempt.finish("1");
      },
    });

    (await context.server.call(`${name}/h`)).expect(200);

    const counts = deployment.attempts.map((attempt) =>
      Number(attempt.start["retry_count_since_last_stored_entry"] ?? 0),
    );
    deepEqual(counts, [0, 1, 2, 1, 2]);
    const durations = deployment.attempts.map((attempt) =>
      Number(attempt.start["duration_since_last_stored_entry"] ?? 0),
    );
    ok(
      durations.every((duration) => duration >= 0 && duration < 20_000),
      durations.join(),
    );
  },
);

protocol.add("SP-11.4 11.4", "Retry-After of 429 and 503 sets the next delay", async (context) => {
  const name = context.unique("RetryAfter");
  const deployment = await context.deploy(manifest([service(name, ["h"], policy(3, "KILL"))]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number < 7) {
        attempt.respond(attempt.number % 2 === 0 ? 429 : 503, { "retry-after": "0" });
      } else {
        attempt.finish("1");
      }
    },
  });

  const { id } = (await context.server.call(`${name}/h`)).expect(200);

  equal(deployment.attempts.length, 7);
  for (const event of await context.server.events(id)) {
    equal(event.json["restate_doc_error_code"], "RT0023");
  }
});

protocol.add(
  "SP-11.4a 11.4",
  "Retry-After in seconds or as a date delays the retry",
  async (context) => {
    const name = context.unique("Later");
    const times: number[] = [];
    await context.deploy(manifest([service(name, ["h"], policy(9))]), {
      [`${name}/h`]: (attempt) => {
        times.push(Date.now());
        if (attempt.number === 1) attempt.respond(503, { "retry-after": "1" });
        else if (attempt.number === 2) {
          const date = new Date(Date.now() + 2000).toUTCString();
          attempt.respond(429, { "retry-after": date });
        } else attempt.finish("1");
      },
    });

    (await context.server.call(`${name}/h`)).expect(200);

    const [first = 0, second = 0, third = 0] = times;
    ok(second - first >= 990, `retried ${second - first} ms after a Retry-After of 1 s`);
    ok(third - second >= 900, `retried ${third - second} ms after a date 1 to 2 s away`);
  },
);

protocol.add("SP-11.4b 11.4", "without Retry-After the policy applies", async (context) => {
  const name = context.unique("Policy");
  const deployment = await context.deploy(manifest([service(name, ["h"], policy(2, "KILL"))]), {
    [`${name}/h`]: (attempt) => attempt.respond(503),
  });

  (await context.server.call(`${name}/h`)).expect(500);

  equal(deployment.attempts.length, 2);
});

protocol.add("SP-11.7 11.7", "the policy's delays grow and are bounded", async (context) => {
  const name = context.unique("Growing");
  const times: number[] = [];
  const options = {
    retryPolicyInitialInterval: 100,
    retryPolicyExponentiationFactor: 2,
    retryPolicyMaxInterval: 250,
    retryPolicyMaxAttempts: 9,
  };
  await context.deploy(manifest([service(name, ["h"], options)]), {
    [`${name}/h`]: (attempt) => {
      times.push(Date.now());
      if (attempt.number < 5) attempt.fail(500, "again");
      else attempt.finish("1");
    },
  });

  (await context.server.call(`${name}/h`)).expect(200);

  const delays = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  // Only the lower bounds are asserted: a busy machine may add any delay.
  [100, 200, 250, 250].forEach((bound, index) => {
    ok((delays[index] ?? 0) >= bound - 5, `delay ${index} is ${delays[index]} ms`);
  });
});

protocol.add(
  "SP-12 12",
  "inactivity half-closes the request, the handler may go on",
  async (context) => {
    const name = context.unique("Idle");
    await context.deploy(manifest([service(name, ["h"], { inactivityTimeout: 300 })]), {
      [`${name}/h`]: async (attempt) => {
        attempt.respond();
        await attempt.requestEnded;
        await pause(50);
        attempt.finish("after the half-close");
      },
    });

    const answer = (await context.server.call(`${name}/h`)).expect(200);

    equal(answer.text, "after the half-close");
  },
);

protocol.addWith(
  "SP-12a 12",
  "the abort timeout fails the attempt",
  { slow: true },
  async (context) => {
    const name = context.unique("Abort");
    const options = { inactivityTimeout: 200, abortTimeout: 300, ...policy(9) };
    const deployment = await context.deploy(manifest([service(name, ["h"], options)]), {
      [`${name}/h`]: async (attempt) => {
        attempt.respond();
        if (attempt.number > 1) attempt.finish("second");
        else await attempt.closed;
      },
    });

    const { id, text } = (await context.server.call(`${name}/h`)).expect(200);

    equal(text, "second");
    const [event] = await context.server.events(id);
    equal(event?.json["restate_doc_error_code"], "RT0001");
    match(
      String(event?.json["error_message"]),
      /was closed after the 'abort timeout' \(.*\) fired/,
    );
    const [attempt] = deployment.attempts;
    ok(attempt !== undefined);
    equal(await closeCode(attempt), 8);
  },
);

protocol.add("SP-12b 12", "messages reset the inactivity timer", async (context) => {
  const name = context.unique("Busy");
  await context.deploy(manifest([service(name, ["h"], { inactivityTimeout: 1000 })]), {
    [`${name}/h`]: async (attempt) => {
      for (let index = 0; index < 8; index++) {
        const target = attempt.invocationId;
        attempt.send("SendSignal", { target_invocation_id: target, name: "n", void: {} });
        await pause(250);
      }
      const open = !attempt.ended;
      attempt.finish(String(open));
    },
  });

  equal((await context.server.call(`${name}/h`)).expect(200).text, "true");
});

protocol.add(
  "SP-3.6 3.6",
  "a zero inactivity timeout ends the request after replay",
  async (context) => {
    const name = context.unique("Zero");
    await context.deploy(manifest([service(name, ["h"], { inactivityTimeout: 0 })]), {
      [`${name}/h`]: async (attempt) => {
        await attempt.requestEnded;
        attempt.finish(attempt.live.length === 0 ? "ended" : "live frames");
      },
    });

    equal((await context.server.call(`${name}/h`)).expect(200).text, "ended");
  },
);

protocol.add(
  "SP-3.6a 3.6",
  "a request/response deployment gets no live frames",
  async (context) => {
    const name = context.unique("Rr");
    const options = { protocolMode: "REQUEST_RESPONSE" };
    const deployment = await context.deploy(manifest([service(name, ["h"])], 7, options), {
      [`${name}/h`]: async (attempt) => {
        await attempt.requestEnded;
        if (attempt.replay.length > 1) {
          attempt.finish(attempt.replayNames.join());
          return;
        }
        attempt.send("Run", { result_completion_id: 1 });
        attempt.send("ProposeRunCompletion", { result_completion_id: 1, value: "x" });
        attempt.suspend([1]);
      },
    });

    const answer = (await context.server.call(`${name}/h`)).expect(200);

    equal(answer.text, "Input,Run,RunCompletion");
    equal(deployment.attempts.length, 2);
  },
);

/** Checks of this topic. */
export const retryChecks = [...list.checks, ...protocol.checks];
