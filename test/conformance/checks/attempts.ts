/** Failures, delays, timeouts and stream modes of attempts (service-protocol.md 3, 11, 12). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import { closeCode, manifest, service } from "../support/mock.ts";
import { policy } from "../support/policy.ts";
import { typeOf } from "../support/protocol.ts";
import { pause } from "../support/wait.ts";

const list = new CheckList("service-protocol.md");

/** Checks of this topic. */
export const attemptChecks = list.checks;

list.add("SP-11.1 11.1", "equal failures are stored once until a new command", async (context) => {
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
});

list.add("SP-11.1a 11.1", "an event names the command its failure relates to", async (context) => {
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
});

const CODES: [number, string, number][] = [
  [570, "RT0016", 570],
  [571, "RT0012", 571],
  [500, "RT0007", 500],
  [409, "RT0007", 409],
  [70_000, "RT0007", 500],
];

list.add("SP-11.1b 11.1", "error codes map to documented codes", async (context) => {
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

list.add("SP-11.3 11.3", "Start counts failed attempts since the last entry", async (context) => {
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
});

list.add("SP-11.4 11.4", "Retry-After of 429 and 503 sets the next delay", async (context) => {
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

list.add(
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

list.add("SP-11.4b 11.4", "without Retry-After the policy applies", async (context) => {
  const name = context.unique("Policy");
  const deployment = await context.deploy(manifest([service(name, ["h"], policy(2, "KILL"))]), {
    [`${name}/h`]: (attempt) => attempt.respond(503),
  });

  (await context.server.call(`${name}/h`)).expect(500);

  equal(deployment.attempts.length, 2);
});

list.add("SP-11.7 11.7", "the policy's delays grow and are bounded", async (context) => {
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

list.add(
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

list.addWith(
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

list.add("SP-12b 12", "messages reset the inactivity timer", async (context) => {
  const name = context.unique("Busy");
  await context.deploy(manifest([service(name, ["h"], { inactivityTimeout: 2500 })]), {
    [`${name}/h`]: async (attempt) => {
      for (let index = 0; index < 8; index++) {
        const target = attempt.invocationId;
        attempt.send("SendSignal", { target_invocation_id: target, name: "n", void: {} });
        await pause(400);
      }
      const open = !attempt.ended;
      attempt.finish(String(open));
    },
  });

  equal((await context.server.call(`${name}/h`)).expect(200).text, "true");
});

list.add(
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

list.add("SP-3.6a 3.6", "a request/response deployment gets no live frames", async (context) => {
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
});
