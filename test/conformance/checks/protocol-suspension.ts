/** Suspension and future trees (service-protocol.md 10). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import type { Attempt, MockDeployment, Script } from "../support/mock.ts";
import { manifest, service } from "../support/mock.ts";
import type { MessageValue } from "../support/protobuf.ts";
import { COMBINATOR } from "../support/protocol.ts";

const list = new CheckList("service-protocol.md");

/** Checks of this topic. */
export const suspensionChecks = list.checks;

/** Deploys a service whose handler `h` runs `script`; returns its name and deployment. */
async function single(
  context: CheckContext,
  script: Script,
  kind = service,
): Promise<{ name: string; deployment: MockDeployment }> {
  const name = context.unique("Cmd");
  const deployment = await context.deploy(manifest([kind(name, ["h"])]), {
    [`${name}/h`]: script,
  });
  return { name, deployment };
}

/** Suspends on a v7 tree in the first attempt; later attempts answer with the replayed names. */
function onTree(prepare: (attempt: Attempt) => MessageValue): Script {
  return (attempt) => {
    if (attempt.number > 1) {
      attempt.finish(`${attempt.number} ${attempt.replayNames.filter(isNotification).join()}`);
      return;
    }
    attempt.send("Suspension", { awaiting_on: prepare(attempt) });
  };
}

function isNotification(name: string): boolean {
  return name.endsWith("Completion") || name === "Signal";
}

function sleeps(attempt: Attempt, delaysMs: readonly number[]): number[] {
  const now = Date.now();
  return delaysMs.map((delay, index) => {
    attempt.send("Sleep", { wake_up_time: now + delay, result_completion_id: index + 1 });
    return index + 1;
  });
}

/** Calls `Basic/fail` or `Basic/echo`; returns the completion ids of the results. */
function calls(attempt: Attempt, outcomes: readonly ("fail" | "echo")[]): number[] {
  return outcomes.map((handler, index) => {
    attempt.send("Call", {
      service_name: "Basic",
      handler_name: handler,
      parameter: '{"code":418,"message":"m"}',
      invocation_id_notification_idx: index * 2 + 100,
      result_completion_id: index * 2 + 101,
    });
    return index * 2 + 101;
  });
}

const BOTH_SLEEPS = "2 SleepCompletion,SleepCompletion";

list.add("SP-10.2 10.2", "ALL_COMPLETED resumes once, after the last", async (context) => {
  const { name } = await single(
    context,
    onTree((attempt) => ({
      waiting_completions: sleeps(attempt, [200, 600]),
      combinator_type: COMBINATOR.allCompleted,
    })),
  );

  equal((await context.server.call(`${name}/h`)).expect(200).text, BOTH_SLEEPS);
});

for (const [label, combinator] of [
  ["FIRST_COMPLETED", COMBINATOR.firstCompleted],
  ["UNKNOWN", COMBINATOR.unknown],
] as const) {
  list.add(`SP-10.2-${label} 10.2`, `${label} resumes at the first`, async (context) => {
    const { name } = await single(
      context,
      onTree((attempt) => ({
        waiting_completions: sleeps(attempt, [600_000, 200]),
        combinator_type: combinator,
      })),
    );

    equal((await context.server.call(`${name}/h`)).expect(200).text, "2 SleepCompletion");
  });
}

list.add(
  "SP-10.2a 10.2",
  "a nested ALL_COMPLETED beside a signal waits for both",
  async (context) => {
    const { name } = await single(
      context,
      onTree((attempt) => ({
        waiting_signals: [1],
        nested_futures: [
          {
            waiting_completions: sleeps(attempt, [200, 600]),
            combinator_type: COMBINATOR.allCompleted,
          },
        ],
        combinator_type: COMBINATOR.firstCompleted,
      })),
    );

    equal((await context.server.call(`${name}/h`)).expect(200).text, BOTH_SLEEPS);
  },
);

list.add("SP-10.2b 10.2", "cancel resumes past a nested future", async (context) => {
  const { name } = await single(
    context,
    onTree((attempt) => ({
      waiting_signals: [1],
      nested_futures: [
        {
          waiting_completions: sleeps(attempt, [600_000, 600_000]),
          combinator_type: COMBINATOR.allCompleted,
        },
      ],
      combinator_type: COMBINATOR.firstCompleted,
    })),
  );
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "suspended");

  (await context.server.operate(id, "cancel")).expect(202);

  equal((await context.server.attach(id)).expect(200).text, "2 Signal");
});

list.add("SP-10.2c 10.2", "ALL_SUCCEEDED_OR_FIRST_FAILED resumes at a failure", async (context) => {
  const { name } = await single(
    context,
    onTree((attempt) => {
      const [pending = 0] = sleeps(attempt, [600_000]);
      return {
        waiting_completions: [pending, ...calls(attempt, ["fail"])],
        combinator_type: COMBINATOR.allSucceededOrFirstFailed,
      };
    }),
  );

  match((await context.server.call(`${name}/h`)).expect(200).text, /^\d .*CallCompletion$/);
});

list.add("SP-10.2d 10.2", "FIRST_SUCCEEDED_OR_ALL_FAILED ignores a failure", async (context) => {
  const { name } = await single(
    context,
    onTree((attempt) => {
      const later = sleeps(attempt, [900]);
      return {
        waiting_completions: [...later, ...calls(attempt, ["fail"])],
        combinator_type: COMBINATOR.firstSucceededOrAllFailed,
      };
    }),
  );

  const { text } = (await context.server.call(`${name}/h`)).expect(200);

  equal(text, "2 CallInvocationIdCompletion,CallCompletion,SleepCompletion");
});

list.add("SP-10.2e 10.2", "FIRST_SUCCEEDED_OR_ALL_FAILED ends when all failed", async (context) => {
  const { name } = await single(
    context,
    onTree((attempt) => ({
      waiting_completions: calls(attempt, ["fail", "fail"]),
      combinator_type: COMBINATOR.firstSucceededOrAllFailed,
    })),
  );

  const { text } = (await context.server.call(`${name}/h`)).expect(200);

  equal(text.split("CallCompletion").length, 3);
  match(text, /^2 /);
});

list.add("SP-10.1 10.1", "version 6 resumes at any listed id", async (context) => {
  const name = context.unique("AnyOf");
  await context.deploy(manifest([service(name, ["h"])], 6), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number > 1) {
        attempt.finish(attempt.replayNames.filter(isNotification).join());
        return;
      }
      attempt.send("Suspension", {
        waiting_completions: sleeps(attempt, [600_000, 300]),
        waiting_named_signals: ["go"],
      });
    },
  });

  const answer = (await context.server.call(`${name}/h`)).expect(200);

  equal(answer.text, "SleepCompletion");
  deepEqual(await context.server.events(answer.id), []);
});

list.add("SP-10.1a 10.1", "a named signal resumes on version 6", async (context) => {
  const name = context.unique("Named");
  await context.deploy(manifest([service(name, ["h"])], 6), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number > 1) attempt.finish("signalled");
      else attempt.send("Suspension", { waiting_named_signals: ["go"] });
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  const row = await context.server.waitStatus(id, "suspended");
  match(String(row["suspended_waiting_future_json"]), /SignalName/);

  (await context.server.call("Basic/sendSignal", { id, name: "go", payload: 1 })).expect(200);

  equal((await context.server.attach(id)).expect(200).text, "signalled");
});

list.add("SP-10.1b 10.1", "an awaited depth over 1000 pauses with RT0025", async (context) => {
  const { name } = await single(context, (attempt) => {
    let tree: MessageValue = { waiting_signals: [17], combinator_type: 1 };
    for (let depth = 0; depth < 1001; depth++) {
      tree = { nested_futures: [tree], combinator_type: 1 };
    }
    attempt.send("Suspension", { awaiting_on: tree });
  });
  const id = await context.server.sendCall(`${name}/h`);

  await context.server.waitStatus(id, "paused");

  const [event] = await context.server.events(id);
  const failure = event?.json["last_failure"] as Record<string, unknown>;
  equal(event?.type, "Paused");
  equal(failure["restate_doc_error_code"], "RT0025");
  match(String(failure["error_message"]), /maximum awaited future depth limit of 1000/);
  await context.server.operate(id, "kill");
});

list.add("SP-10.3 10.3", "an empty suspension fails the attempt with RT0012", async (context) => {
  for (const version of [6, 7]) {
    const name = context.unique("Empty");
    const options = { retryPolicyInitialInterval: 20 };
    await context.deploy(manifest([service(name, ["h"], options)], version), {
      [`${name}/h`]: (attempt) => {
        if (attempt.number === 1) attempt.send("Suspension");
        else if (attempt.number === 2 && version === 7) {
          attempt.send("Suspension", { waiting_signals: [1] });
        } else attempt.finish("recovered");
      },
    });
    const { id } = (await context.server.call(`${name}/h`)).expect(200);
    const events = await context.server.events(id);
    ok(events.length > 0);
    for (const { json } of events) equal(json["restate_doc_error_code"], "RT0012");
  }
});

list.add(
  "SP-10.4 10.4",
  "promise combinators of the SDK resume as they should",
  async (context) => {
    const combine = async (kind: string) =>
      (await context.server.call("Suspending/combine", { kind, ms: [500, 900] }))
        .expect(200)
        .json();

    deepEqual(await combine("all"), [500, 900]);
    equal(await combine("race"), 500);
    equal(await combine("any"), 500);
    const timeout = await context.server.call("Suspending/timeout", { ms: 300 });
    equal(timeout.expect(200).json(), "failed:408");
  },
);
