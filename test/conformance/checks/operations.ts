/** Restart-as-new, purge, retention, batches (invocation-semantics.md 13, 14, 24). */

import { deepEqual, equal, match } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import type { JsonObject } from "../support/http.ts";
import { otherInvocations, pausedInvocation } from "../support/invocations.ts";
import { manifest, object, service, textValue } from "../support/mock.ts";
import { gates, recorder, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const operationChecks = list.checks;

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

list.addWith(
  "RS-3a 13",
  "a restart from a prefix keeps the random seed",
  { differs: "the original draws another seed; commands of the prefix then need not match" },
  async (context) => {
    const { id, deployment } = await stepped(context);
    const seeds: string[] = [];
    for (const from of [0, 1, 6]) {
      const answer = await context.server.operate(id, "restart-as-new", `?from=${from}`);
      const again = String(answer.expect(200).object()["new_invocation_id"]);
      (await context.server.attach(again)).expect(200);
      seeds.push(String(deployment.attempts.at(-1)?.start["random_seed"]));
    }

    const original = String(deployment.attempts[0]?.start["random_seed"]);
    const isKept = seeds.map((seed) => seed === original);
    deepEqual(isKept, [false, context.target === "stet", context.target === "stet"]);
  },
);

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
  const { pending, scheduled, unknown, release } = await otherInvocations(context);
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

list.add("RS-2 13", "a restart leaves the old one and its key alone", async (context) => {
  const headers = { "idempotency-key": context.unique() };
  const { id } = (await context.server.call("Basic/echo", "v", { headers })).expect(200);
  const before = await context.server.waitStatus(id, "completed");

  const answer = (await context.server.operate(id, "restart-as-new")).expect(200).object();
  const again = String(answer["new_invocation_id"]);
  (await context.server.attach(again)).expect(200);

  deepEqual(await context.server.row(id), before);
  equal((await context.server.call("Basic/echo", "other", { headers })).expect(200).id, id);
});

list.add("RS-5 13", "a restart of an object's handler queues for the lock", async (context) => {
  const key = context.unique();
  const { id } = (await context.server.call(`Store/${key}/add`, 2)).expect(200);
  await context.server.waitStatus(id, "completed");
  await context.server.sendCall(`Store/${key}/hold`, { subject: key });
  await recorder.seen(key, "start");

  const answer = (await context.server.operate(id, "restart-as-new")).expect(200).object();
  const again = String(answer["new_invocation_id"]);
  await context.server.waitStatus(again, "pending");
  gates.open(key);

  equal((await context.server.attach(again)).expect(200).json(), 4);
});

list.addWith(
  "RS-7 13",
  "a restart takes retentions of today and the latest code",
  { differs: "the original keeps the retentions of the first run; ours are computed again" },
  async (context) => {
    const name = context.unique("Newer");
    const day = { idempotencyRetention: 60_000, journalRetention: 60_000 };
    await context.deploy(manifest([service(name, ["h"], day)]), {
      [`${name}/h`]: (attempt) => attempt.finish("old"),
    });
    const { id } = (await context.server.call(`${name}/h`)).expect(200);
    await context.server.waitStatus(id, "completed");
    const hour = { idempotencyRetention: 3_600_000, journalRetention: 3_600_000 };
    await context.deploy(manifest([service(name, ["h"], hour)]), {
      [`${name}/h`]: (attempt) => attempt.finish("new"),
    });
    const restart = async (query: string) => {
      const answer = (await context.server.operate(id, "restart-as-new", query)).expect(200);
      const again = String(answer.object()["new_invocation_id"]);
      const result = (await context.server.attach(again)).expect(200).text;
      return [result, (await context.server.row(again))?.["journal_retention"]];
    };

    const retention = context.expected({ oracle: "PT60S", stet: "PT3600S" });
    deepEqual(await restart(""), ["new", retention]);
    deepEqual(await restart("?deployment=keep"), ["old", retention]);
  },
);

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
  const { pending, scheduled, unknown, release } = await otherInvocations(context);

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
