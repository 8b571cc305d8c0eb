/** Pinning, versions, delivery between services (invocation-semantics.md 17, 18). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import type { Script } from "../support/mock.ts";
import { manifest, object, service } from "../support/mock.ts";
import { gates, recorder, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const deploymentChecks = list.checks;

/** Registers two deployments of one service; the second is registered by calling `release`. */
async function versions(context: CheckContext, first: Script, second: Script) {
  const name = context.unique("Versioned");
  const options = { retryPolicyInitialInterval: 200, retryPolicyExponentiationFactor: 1 };
  const one = await context.deploy(manifest([service(name, ["h"], options)]), {
    [`${name}/h`]: first,
  });
  const release = () =>
    context.deploy(manifest([service(name, ["h"], options)]), { [`${name}/h`]: second });
  return { name, one, release };
}

list.add("DP-1 17", "an unpinned invocation moves to a newer deployment", async (context) => {
  const { name, one, release } = await versions(
    context,
    (attempt) => attempt.fail(500, "old"),
    (attempt) => attempt.finish("new"),
  );
  const id = await context.server.sendCall(`${name}/h`);
  await until("it failed once", () => one.attempts.length > 0);

  const two = await release();

  equal((await context.server.attach(id)).expect(200).text, "new");
  equal((await context.server.row(id))?.["pinned_deployment_id"], two.id);
});

list.add("DP-2 17", "a pinned invocation stays on its deployment", async (context) => {
  const { name, one, release } = await versions(
    context,
    (attempt) => {
      if (attempt.replayNames.includes("Signal")) attempt.finish("old");
      else {
        attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
        attempt.suspend([], [1, 17]);
      }
    },
    (attempt) => attempt.finish("new"),
  );
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "suspended");
  await release();

  (await context.server.operate(id, "cancel")).expect(202);

  equal((await context.server.attach(id)).expect(200).text, "old");
  equal((await context.server.row(id))?.["pinned_deployment_id"], one.id);
  equal((await context.server.call(`${name}/h`)).expect(200).text, "new");
});

list.add("RE-1 12", "a paused invocation is moved by resume with latest", async (context) => {
  const pausing: Script = (attempt) => {
    if (attempt.replay.length > 1) {
      attempt.finish("old");
      return;
    }
    attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
    attempt.fail(500, "pause", { behavior: 1 });
  };
  const { name, one, release } = await versions(context, pausing, (attempt) =>
    attempt.finish(`new v${attempt.version}`),
  );
  const paused = async () => {
    const id = await context.server.sendCall(`${name}/h`);
    await context.server.waitStatus(id, "paused");
    return id;
  };
  const [stays, moves, named] = [await paused(), await paused(), await paused()];
  const two = await release();

  (await context.server.operate(stays, "resume")).expect(200);
  (await context.server.operate(moves, "resume", "?deployment=latest")).expect(200);
  (await context.server.operate(named, "resume", `?deployment=${two.id}`)).expect(200);

  equal((await context.server.attach(stays)).expect(200).text, "old");
  equal((await context.server.attach(moves)).expect(200).text, "new v7");
  equal((await context.server.attach(named)).expect(200).text, "new v7");
  const pinOf = async (id: string) => (await context.server.row(id))?.["pinned_deployment_id"];
  deepEqual([await pinOf(stays), await pinOf(moves)], [one.id, two.id]);
});

list.add("RE-9 12", "resume on a deployment of another protocol is refused", async (context) => {
  const name = context.unique("Protocol");
  await context.deploy(manifest([service(name, ["h"])], 6), {
    [`${name}/h`]: (attempt) => {
      attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
      attempt.fail(500, "pause", { behavior: 1 });
    },
  });
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "paused");
  const other = await context.deploy(
    manifest([service(name, ["h"])], 7, { minProtocolVersion: 7 }),
    {},
  );

  const answer = await context.server.operate(id, "resume", `?deployment=${other.id}`);

  equal(answer.status, 400);
  match(
    answer.message,
    new RegExp(`is running on protocol version '6', while the chosen deployment '${other.id}'`),
  );
  await context.server.operate(id, "kill");
});

list.add("DP-4 17", "deleting a deployment takes force", async (context) => {
  const name = context.unique("Deleted");
  const { id } = await context.deploy(manifest([service(name, ["h"])]));
  const remove = (path: string) => context.server.admin.send("DELETE", `/deployments/${path}`);

  const careful = (await remove(id)).expect(501);
  const forced = (await remove(`${id}?force=true`)).expect(202);

  deepEqual([careful.text, forced.text], ["", ""]);
  (await remove(`${id}?force=true`)).expect(404);
  (await remove("garbage?force=true")).expect(400);
  await until(
    "the service is gone",
    async () => (await context.server.admin.get(`/services/${name}`)).status === 404,
  );
  (await context.server.call(`${name}/h`)).expect(404);
});

list.add("DP-5 17", "deleting the latest makes the previous revision current", async (context) => {
  const { name, one, release } = await versions(
    context,
    (attempt) => attempt.finish("old"),
    (attempt) => attempt.finish("new"),
  );
  const two = await release();
  equal((await context.server.call(`${name}/h`)).expect(200).text, "new");

  await context.server.admin.send("DELETE", `/deployments/${two.id}?force=true`);

  const current = (await context.server.admin.get(`/services/${name}`)).expect(200).object();
  deepEqual([current["revision"], current["deployment_id"]], [1, one.id]);
  equal((await context.server.call(`${name}/h`)).expect(200).text, "old");
});

list.add(
  "DP-6 17",
  "what is pinned to a deleted deployment retries with RT0011",
  async (context) => {
    const { name, one, release } = await versions(
      context,
      (attempt) => {
        attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
        attempt.suspend([], [17]);
      },
      (attempt) => attempt.finish("rescued"),
    );
    const id = await context.server.sendCall(`${name}/h`);
    await context.server.waitStatus(id, "suspended");
    const two = await release();
    await context.server.admin.send("DELETE", `/deployments/${one.id}?force=true`);

    (await context.server.operate(id, "resume")).expect(200);
    await until("the failure is recorded", async () =>
      (await context.server.events(id)).some(
        ({ json }) => json["restate_doc_error_code"] === "RT0011",
      ),
    );
    (await context.server.operate(id, "pause")).expect(202);
    await context.server.waitStatus(id, "paused");
    (await context.server.operate(id, "resume", `?deployment=${two.id}`)).expect(200);

    equal((await context.server.attach(id)).expect(200).text, "rescued");
  },
);

list.add("DP-7 17", "a handler the latest revision lacks is not found", async (context) => {
  const name = context.unique("Removed");
  await context.deploy(manifest([service(name, ["old", "both"])]), {
    [`${name}/old`]: async (attempt) => {
      recorder.record(name, "start");
      await gates.wait(name);
      attempt.finish("finished on the old one");
    },
  });
  const running = context.server.call(`${name}/old`);
  await recorder.seen(name, "start");
  await context.deploy(manifest([service(name, ["both"])]), {
    [`${name}/both`]: (attempt) => attempt.finish("1"),
  });

  const missing = (await context.server.call(`${name}/old`)).expect(404);
  gates.open(name);

  equal(
    missing.message,
    `the service '${name}' exists, but the handler 'old' was not found, ` +
      "check that the handler exists in the latest registered service version.",
  );
  equal((await running).expect(200).text, "finished on the old one");
});

list.add("DP-8 17", "private services are called by handlers only", async (context) => {
  const call = { service: "Hidden", handler: "echo", input: "inside" };

  const outside = (await context.server.call("Hidden/echo", 1)).expect(400);

  deepEqual(outside.object(), {
    code: 400,
    message: "the invoked service is not public",
    source: "ingress",
  });
  equal((await context.server.call("Basic/call", call)).expect(200).json(), "inside");
});

list.add("S49 29", "a private handler of a public service", async (context) => {
  const name = context.unique("Half");
  await context.deploy(
    manifest([service(name, ["open", { name: "closed", ingressPrivate: true }])]),
    {
      [`${name}/open`]: (attempt) => attempt.finish('"open"'),
      [`${name}/closed`]: (attempt) => attempt.finish('"closed"'),
    },
  );

  equal((await context.server.call(`${name}/open`)).expect(200).json(), "open");
  equal(
    (await context.server.call(`${name}/closed`)).expect(400).message,
    "the invoked service is not public",
  );
  const call = { service: name, handler: "closed" };
  equal((await context.server.call("Basic/call", call)).expect(200).json(), "closed");
});

list.add(
  "DP-9 17",
  "retry settings follow the revision, retention the admission",
  async (context) => {
    const name = context.unique("Settings");
    const retention = { idempotencyRetention: 60_000, journalRetention: 60_000 };
    const slow = { retryPolicyInitialInterval: 300, ...retention };
    const deployment = await context.deploy(manifest([service(name, ["h"], slow)]), {
      [`${name}/h`]: (attempt) => attempt.fail(500, `failure ${attempt.number}`),
    });
    const id = await context.server.sendCall(`${name}/h`);
    await until("it failed once", () => deployment.attempts.length > 0);
    const kill = { retryPolicyMaxAttempts: 1, retryPolicyOnMaxAttempts: "KILL" };
    deployment.manifest = manifest([service(name, ["h"], { ...kill, idempotencyRetention: 1000 })]);

    (await context.server.register(deployment.uri, { force: true })).expect(200);

    const row = await context.server.waitStatus(id, "completed");
    match(String(row["completion_failure"]), /^\[500\] failure/);
    equal(row["completion_retention"], "PT60S");
  },
);

list.add("XO-4 18", "sends to one key run in the order they were made", async (context) => {
  const key = context.unique();
  const inputs = Array.from({ length: 10 }, (_, index) => ({ subject: key, name: `${index}` }));
  const call = { service: "Store", handler: "trace", key, inputs };

  (await context.server.call("Basic/sendMany", call)).expect(200);

  await recorder.seen(key, "end 9");
  const starts = recorder.list(key).filter((event) => event.startsWith("start "));
  deepEqual(
    starts,
    inputs.map(({ name }) => `start ${name}`),
  );
});

list.add("XO-5 18", "a response for a caller that is gone is dropped", async (context) => {
  const name = context.unique("Gone");
  await context.deploy(manifest([service(name, ["parent", "child"])]), {
    [`${name}/parent`]: async (attempt) => {
      attempt.send("Call", {
        service_name: name,
        handler_name: "child",
        invocation_id_notification_idx: 1,
        result_completion_id: 2,
      });
      recorder.record(name, String((await attempt.next()).fields["invocation_id"]));
      attempt.finish("did not wait");
    },
    [`${name}/child`]: async (attempt) => {
      await gates.wait(name);
      attempt.finish("late");
    },
  });
  const { id } = (await context.server.call(`${name}/parent`)).expect(200);
  const before = await context.server.journal(id);
  await context.server.operate(id, "purge");
  await context.server.waitGone(id);

  gates.open(name);

  const child = recorder.list(name)[0] ?? "";
  await context.server.waitStatus(child, "completed");
  deepEqual(before, ["Input", "Call", "+CallInvocationId", "Output"]);
  equal(await context.server.row(id), undefined);
});

list.add("XO-8 18", "headers of a call reach the callee and nothing else does", async (context) => {
  const call = { service: "Basic", handler: "headers", headers: { "x-a": "1", "x-b": "2" } };

  const seen = (await context.server.call("Basic/call", call)).expect(200);

  deepEqual(seen.json(), { "x-a": "1", "x-b": "2" });
});

list.add("XO-7 18", "calls spread over partitions answer all", async (context) => {
  const key = context.unique();
  const call = (index: number) =>
    context.server.call("Basic/call", {
      service: "Store",
      handler: "add",
      key: `${key}-${index}`,
      input: index,
    });

  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => call(index)));

  deepEqual(
    answers.map((answer) => answer.expect(200).json()),
    [...answers.keys()],
  );
  const prefixes = new Set(answers.map((answer) => answer.id.slice(0, 16)));
  ok(prefixes.size > 1);
});

list.add("DP-3 17", "services of several deployments call each other", async (context) => {
  const [caller, callee] = [context.unique("Caller"), context.unique("Callee")];
  await context.deploy(manifest([object(callee, ["h"])], 6), {
    [`${callee}/h`]: (attempt) => attempt.finish(`v${attempt.version}`),
  });
  await context.deploy(manifest([service(caller, ["h"])], 5), {
    [`${caller}/h`]: async (attempt) => {
      attempt.send("Call", {
        service_name: callee,
        handler_name: "h",
        key: "k",
        invocation_id_notification_idx: 1,
        result_completion_id: 2,
      });
      const notifications = [await attempt.next(), await attempt.next()];
      attempt.finish(notifications.map(({ name }) => name).join());
    },
  });

  const answer = (await context.server.call(`${caller}/h`)).expect(200);

  equal(answer.text, "CallInvocationIdCompletion,CallCompletion");
});
