/** Virtual objects and state (invocation-semantics.md 4, 19). */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import { manifest, object } from "../support/mock.ts";
import { fromUtf8 } from "../support/protobuf.ts";
import { gates, pause, recorder, staysPending, until } from "../support/wait.ts";

const list = new CheckList("invocation-semantics.md");

/** Checks of this topic. */
export const objectChecks = list.checks;

/** Starts a handler that holds the lock of `key` until the gate `key` opens; returns its id. */
async function holdLock(context: CheckContext, key: string): Promise<string> {
  const id = await context.server.sendCall(`Store/${key}/hold`, { subject: key });
  await recorder.seen(key, "start");
  return id;
}

list.add("VO-1 4", "exclusive handlers of a key run one at a time, in order", async (context) => {
  const key = context.unique();
  await holdLock(context, key);
  const ids: string[] = [];
  for (const name of ["a", "b", "c", "d"]) {
    ids.push(await context.server.sendCall(`Store/${key}/trace`, { subject: key, name }));
  }

  gates.open(key);
  for (const id of ids) await context.server.waitStatus(id, "completed");

  const events = ["a", "b", "c", "d"].flatMap((name) => [`start ${name}`, `end ${name}`]);
  deepEqual(recorder.list(key), ["start", "end", ...events]);
});

list.add("VO-2 4", "invocations behind a running one are pending", async (context) => {
  const key = context.unique();
  const holder = await holdLock(context, key);

  const id = await context.server.sendCall(`Store/${key}/add`, 1);

  const row = await context.server.waitStatus(id, "pending");
  equal("running_at" in row, false);
  equal("journal_size" in row, false);
  equal((await context.server.row(holder))?.["status"], "running");
  gates.open(key);
  await context.server.waitStatus(id, "completed");
});

list.add("VO-3 4", "different keys do not wait for each other", async (context) => {
  const key = context.unique();
  await holdLock(context, key);

  const other = (await context.server.call(`Store/${key}-other/add`, 1)).expect(200);

  equal(other.json(), 1);
  gates.open(key);
});

list.add("VO-4 4", "shared handlers run while the lock is held", async (context) => {
  const key = context.unique();
  const id = await context.server.sendCall(`Store/${key}/setAndHold`, { subject: key, value: "1" });
  await recorder.seen(key, "start");
  await until("the state is stored", async () => "v" in (await context.server.state("Store", key)));

  const seen = (await context.server.call(`Store/${key}/get`, "v")).expect(200);

  equal(seen.json(), "1");
  equal((await context.server.row(id))?.["status"], "running");
  gates.open(key);
});

list.add("VO-5 4", "the lock is held through suspension", async (context) => {
  const name = context.unique("Susp");
  await context.deploy(manifest([object(name, ["hold", "other"])]), {
    [`${name}/hold`]: (attempt) => {
      if (attempt.replayNames.includes("Signal")) attempt.finish("held");
      else attempt.suspend([], [17]);
    },
    [`${name}/other`]: (attempt) => attempt.finish("other"),
  });
  const holder = await context.server.sendCall(`${name}/k/hold`);
  await context.server.waitStatus(holder, "suspended");

  const waiting = context.server.call(`${name}/k/other`);
  ok(await staysPending(waiting));

  await context.server.operate(holder, "kill");
  equal((await waiting).expect(200).text, "other");
});

list.add("VO-5a 4", "the lock is held through back-off", async (context) => {
  const name = context.unique("Backoff");
  const policy = { retryPolicyInitialInterval: 1500 };
  await context.deploy(manifest([object(name, ["hold", "other"], policy)]), {
    [`${name}/hold`]: (attempt) => {
      if (attempt.number > 1) attempt.finish("held");
      else attempt.fail(500, "later");
    },
    [`${name}/other`]: (attempt) => attempt.finish("other"),
  });
  const holder = await context.server.sendCall(`${name}/k/hold`);
  await context.server.waitStatus(holder, "backing-off");

  const other = await context.server.sendCall(`${name}/k/other`);
  equal((await context.server.waitStatus(other, "pending|completed"))["status"], "pending");

  const done = await context.server.waitStatus(other, "completed");
  const held = await context.server.waitStatus(holder, "completed");
  ok(String(done["running_at"]) >= String(held["completed_at"]));
});

list.add("VO-5b 4", "the lock is held through a pause", async (context) => {
  const name = context.unique("Paused");
  await context.deploy(manifest([object(name, ["hold", "other"])]), {
    [`${name}/hold`]: (attempt) => {
      if (attempt.number === 1) attempt.fail(500, "pause me", { behavior: 1 });
      else attempt.finish("held");
    },
    [`${name}/other`]: (attempt) => attempt.finish("other"),
  });
  const holder = await context.server.sendCall(`${name}/k/hold`);
  await context.server.waitStatus(holder, "paused");
  const waiting = context.server.call(`${name}/k/other`);
  ok(await staysPending(waiting));

  (await context.server.operate(holder, "resume")).expect(200);

  equal((await waiting).expect(200).text, "other");
});

list.add("VO-6 4", "killing the holder starts the next in the queue", async (context) => {
  const key = context.unique();
  const holder = await holdLock(context, key);
  const next = context.server.call(`Store/${key}/add`, 3);
  ok(await staysPending(next, 200));

  (await context.server.operate(holder, "kill")).expect(200);

  equal((await next).expect(200).json(), 3);
});

list.addWith(
  "VO-7 4",
  "a delayed send enters the queue when it is due",
  { differs: "the original keeps showing a due invocation as scheduled while the lock is taken" },
  async (context) => {
    const key = context.unique();
    await holdLock(context, key);
    const trace = (name: string, query = "") =>
      context.server.sendCall(`Store/${key}/trace${query}`, { subject: key, name });
    const due = Date.now() + 2000;
    const delayed = await trace("delayed", "?delay=1500ms");
    await context.server.waitStatus(delayed, "scheduled");
    const direct = await trace("direct");
    await context.server.waitStatus(
      delayed,
      context.expected({ oracle: "scheduled", stet: "pending" }),
    );
    await context.server.waitStatus(direct, "pending");
    await until("the delayed send is due", () => Date.now() > due);

    gates.open(key);
    await context.server.waitStatus(delayed, "completed");
    await context.server.waitStatus(direct, "completed");

    const starts = recorder.list(key).filter((event) => event.startsWith("start "));
    deepEqual(starts, ["start direct", "start delayed"]);
  },
);

for (const [verb, message] of [
  ["cancel", "canceled"],
  ["kill", "killed"],
] as const) {
  list.add(`VO-8-${verb} 4`, `${verb} of a queued call answers 409 ${message}`, async (context) => {
    const key = context.unique();
    await holdLock(context, key);
    const headers = { "idempotency-key": key };
    const waiting = context.server.call(`Store/${key}/add`, 1, { headers });
    const id = await context.server.sendCall(`Store/${key}/add`, 1, { headers });
    await context.server.waitStatus(id, "pending");

    (await context.server.operate(id, verb)).expect(200);

    const answer = (await waiting).expect(409);
    deepEqual(answer.object(), { code: 409, message, source: "invocation" });
    await context.server.waitGone(id);
    gates.open(key);
    equal((await context.server.call(`Store/${key}/get`, "count")).expect(200).json(), null);
  });
}

list.add("VO-9 4", "state edits wait for the lock and apply in order", async (context) => {
  const key = context.unique();
  await holdLock(context, key);
  const edit = (value: string) =>
    context.server.admin.post("/services/Store/state", {
      json: { object_key: key, new_state: { v: value } },
    });
  (await edit('"one"')).expect(202);
  (await edit('"two"')).expect(202);
  const reader = context.server.call(`Store/${key}/add`, 1);
  await pause(100);
  deepEqual(await context.server.state("Store", key), {});

  gates.open(key);
  (await reader).expect(200);

  deepEqual(await context.server.state("Store", key), { count: "1", v: '"two"' });
});

list.add(
  "VO-11 4",
  "a handler awaiting itself on its key deadlocks until killed",
  async (context) => {
    const key = context.unique();
    const id = await context.server.sendCall(`Store/${key}/callSelf`);
    const query =
      "SELECT id, status, completion_failure FROM sys_invocation " +
      `WHERE invoked_by_id = '${id}'`;
    await until(
      "the child is pending",
      async () => (await context.server.sql(query))[0]?.["status"] === "pending",
    );

    (await context.server.operate(id, "kill")).expect(200);

    // Whether the lock or the kill reaches the child first is not defined.
    await until("the child is killed too", async () => {
      const [child] = await context.server.sql(query);
      return child === undefined || child["completion_failure"] === "[409] killed";
    });
    equal((await context.server.call(`Store/${key}/add`, 1)).expect(200).json(), 1);
  },
);

list.add("VO-12 4", "keys are percent-decoded; the empty key is a key", async (context) => {
  const name = context.unique("Keys");
  const deployment = await context.deploy(manifest([object(name, ["h"])]), {
    [`${name}/h`]: (attempt) => attempt.finish(String(attempt.start["key"] ?? "")),
  });

  equal((await context.server.call(`${name}/%20a%2Fb/h`)).expect(200).text, " a/b");
  equal(deployment.attempts[0]?.headers["x-restate-service-key"], "%20a%2Fb");
  equal((await context.server.call(`/${name}//h`)).expect(200).text, "");
});

list.add(
  "ST-1 19",
  "a handler sees its writes and shared handlers see them too",
  async (context) => {
    const key = context.unique();
    await context.server.call(`Store/${key}/set`, { a: 1, b: "x" });

    equal((await context.server.call(`Store/${key}/add`, 5)).expect(200).json(), 5);
    equal((await context.server.call(`Store/${key}/add`, 5)).expect(200).json(), 10);
    deepEqual((await context.server.call(`Store/${key}/keys`)).json(), ["a", "b", "count"]);
    equal((await context.server.call(`Store/${key}/get`, "b")).json(), "x");
    equal((await context.server.call(`Store/${key}/get`, "absent")).json(), null);
  },
);

list.add("ST-1a 19", "lazily read state has the same values", async (context) => {
  const key = context.unique();

  deepEqual((await context.server.call(`LazyStore/${key}/set`, { b: 2, a: 1 })).json(), ["a", "b"]);
  equal((await context.server.call(`LazyStore/${key}/add`, 2)).json(), 2);
  equal((await context.server.call(`LazyStore/${key}/add`, 2)).json(), 4);
  equal((await context.server.call(`LazyStore/${key}/get`, "b")).json(), 2);
  deepEqual((await context.server.call(`LazyStore/${key}/keys`)).json(), ["a", "b", "count"]);
});

list.add("ST-2 19", "a state edit does not reach the handler that runs", async (context) => {
  const key = context.unique();
  const running = context.server.call(`Store/${key}/setAndHold`, { subject: key, value: "own" });
  await recorder.seen(key, "start");
  const edit = { object_key: key, new_state: { v: [...Buffer.from('"edited"')] } };
  (await context.server.admin.post("/services/Store/state", { json: edit })).expect(202);

  gates.open(key);

  equal((await running).expect(200).json(), "own");
  await until(
    "the edit is applied",
    async () => (await context.server.state("Store", key))["v"] === '"edited"',
  );
});

list.add("ST-3 19", "a state edit replaces the whole state of the key", async (context) => {
  const key = context.unique();
  await context.server.call(`Store/${key}/set`, { a: 1, b: 2 });

  const json = { object_key: key, new_state: { c: "3" } };
  (await context.server.admin.post("/services/Store/state", { json })).expect(202);

  await until("the edit is applied", async () => "c" in (await context.server.state("Store", key)));
  deepEqual(await context.server.state("Store", key), { c: "3" });
});

list.add(
  "ST-4 19",
  "a state edit with a wrong version is accepted and skipped",
  async (context) => {
    const key = context.unique();
    await context.server.call(`Store/${key}/set`, { name: 1 });
    const edit = (value: string, version: string) =>
      context.server.admin.post("/services/Store/state", {
        json: { object_key: key, new_state: { name: value }, version },
      });

    (await edit("2", "nonsense")).expect(202);
    equal((await context.server.call(`Store/${key}/add`, 1)).expect(200).json(), 1);

    deepEqual(await context.server.state("Store", key), { count: "1", name: "1" });
  },
);

list.add("ST-4a 19", "a state edit with the right version is applied", async (context) => {
  const key = context.unique();
  const edit = (newState: Record<string, string>, version: string) =>
    context.server.admin.post("/services/Store/state", {
      json: { object_key: key, new_state: newState, version },
    });

  (await edit({ name: "bob" }, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")).expect(202);
  await until(
    "the first edit is applied",
    async () => (await context.server.state("Store", key))["name"] === "bob",
  );
  (await edit({ name: "al" }, "tDqA04Lj3_qJ-PgNPTecXDGZgpwy6jm2Ni2BYqJIthM")).expect(202);

  await until(
    "the second edit is applied",
    async () => (await context.server.state("Store", key))["name"] === "al",
  );
});

list.add("ST-5 19", "state of a plain service cannot be edited", async (context) => {
  const json = { object_key: "k", new_state: { a: "1" } };

  const answer = await context.server.admin.post("/services/Basic/state", { json });

  equal(answer.status, 400);
  match(answer.message, /Cannot modify state for service type Service/);
});

list.add("ST-6 19", "clearing removes keys; an empty value is not absent", async (context) => {
  const name = context.unique("Empty");
  await context.deploy(manifest([object(name, ["set", "get", "clear"])]), {
    [`${name}/set`]: (attempt) => {
      attempt.send("SetState", { key: "e", value: { content: new Uint8Array(0) } });
      attempt.send("SetState", { key: "f", value: { content: new Uint8Array([1]) } });
      attempt.finish("1");
    },
    [`${name}/get`]: (attempt) => {
      const entries = attempt.start["state_map"] as { key: Uint8Array; value?: Uint8Array }[];
      const shown = entries.map((entry) => `${fromUtf8(entry.key)}=${entry.value?.length ?? 0}`);
      attempt.finish(`${shown.join(",")} ${String(attempt.start["partial_state"] ?? false)}`);
    },
    [`${name}/clear`]: (attempt) => {
      attempt.send("ClearState", { key: "f" });
      attempt.finish("1");
    },
  });

  await context.server.call(`${name}/k/set`);
  equal((await context.server.call(`${name}/k/get`)).text, "e=0,f=1 false");
  await context.server.call(`${name}/k/clear`);
  equal((await context.server.call(`${name}/k/get`)).text, "e=0 false");
});

list.add("ST-6a 19", "clear all removes every key of the object only", async (context) => {
  const key = context.unique();
  await context.server.call(`Store/${key}/set`, { a: 1, b: 2 });
  await context.server.call(`Store/${key}x/set`, { a: 1 });

  (await context.server.call(`Store/${key}/clearAll`)).expect(200);

  deepEqual(await context.server.state("Store", key), {});
  deepEqual(await context.server.state("Store", `${key}x`), { a: "1" });
});
