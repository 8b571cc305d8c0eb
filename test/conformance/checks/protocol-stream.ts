/** Versions, transport, framing, Start and the journal (service-protocol.md 1-7). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import { invocationBytes } from "../support/ids.ts";
import type { Script } from "../support/mock.ts";
import { manifest, object, service, textValue } from "../support/mock.ts";
import { concat } from "../support/protobuf.ts";
import { frame, output, REQUIRES_ACK } from "../support/protocol.ts";
import { recorder, staysPending, until } from "../support/wait.ts";

const list = new CheckList("service-protocol.md");

/** Checks of this topic. */
export const streamChecks = list.checks;

/** Deploys one service with one handler called `h` and returns its name and deployment. */
async function single(context: CheckContext, script: Script, version = 7, options = {}) {
  const name = context.unique("One");
  const deployment = await context.deploy(manifest([service(name, ["h"], options)], version), {
    [`${name}/h`]: script,
  });
  return { name, deployment };
}

for (const version of [5, 6, 7]) {
  list.add(
    `SP-1-v${version} 1`,
    `a deployment of version ${version} is spoken to`,
    async (context) => {
      const { name, deployment } = await single(context, (attempt) => attempt.finish("1"), version);

      const { id } = (await context.server.call(`${name}/h`)).expect(200);

      const [attempt] = deployment.attempts;
      const type = `application/vnd.restate.invocation.v${version}`;
      deepEqual([attempt?.headers["content-type"], attempt?.headers["accept"]], [type, type]);
      const row = await context.server.waitStatus(id, "completed");
      equal(row["pinned_service_protocol_version"], version);
    },
  );
}

list.add("SP-1a 1", "a deployment that offers more is spoken to in version 7", async (context) => {
  const { name, deployment } = await single(context, (attempt) => attempt.finish("1"), 9);

  (await context.server.call(`${name}/h`)).expect(200);

  equal(deployment.attempts[0]?.version, 7);
});

list.add("SP-1b 1", "the random seed is sent always, flow-control fields on 7", async (context) => {
  for (const version of [5, 6, 7]) {
    const { name, deployment } = await single(context, (attempt) => attempt.finish("1"), version);
    const headers = { "idempotency-key": "k" };
    (await context.server.call(`${name}/h`, undefined, { headers })).expect(200);
    const start = deployment.attempts[0]?.start ?? {};
    ok("random_seed" in start);
    equal(start["idempotency_key"], version === 7 ? "k" : undefined);
  }
});

list.add("SP-1c 1", "failure metadata is carried on version 5", async (context) => {
  const { name } = await single(
    context,
    (attempt) => {
      const metadata = [{ key: "a", value: "b" }];
      attempt.send("Output", { failure: { code: 418, message: "m", metadata } });
      attempt.send("End");
    },
    5,
  );

  deepEqual((await context.server.call(`${name}/h`)).expect(418).object()["metadata"], { a: "b" });
});

list.add("SP-1d 1", "the pinned version stays when the deployment moves", async (context) => {
  const { name, deployment } = await single(
    context,
    (attempt) => {
      if (attempt.number > 1) {
        attempt.finish(`v${attempt.version}`);
        return;
      }
      attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
      attempt.fail(500, "pause", { behavior: 1 });
    },
    6,
  );
  const id = await context.server.sendCall(`${name}/h`);
  await context.server.waitStatus(id, "paused");
  deployment.manifest = manifest([service(name, ["h"])], 7);
  (await context.server.register(deployment.uri, { force: true })).expect(200);

  (await context.server.operate(id, "resume")).expect(200);

  equal((await context.server.attach(id)).expect(200).text, "v6");
});

list.add("SP-3.2 3.2", "the invocation request has exactly these headers", async (context) => {
  const name = context.unique("Headers");
  const deployment = context.mock(manifest([service(name, ["h"]), object(`${name}Obj`, ["h"])]), {
    [`${name}/h`]: (attempt) => attempt.finish("1"),
    [`${name}Obj/h`]: (attempt) => attempt.finish("1"),
  });
  const json = { additional_headers: { "X-Extra": "yes" } };
  (await context.server.register(deployment.uri, json)).expect(201);

  const { id } = (await context.server.call(`${name}/h`)).expect(200);
  (await context.server.call(`${name}Obj/a%20b/h`)).expect(200);

  const [plain, keyed] = deployment.attempts.map(({ headers }) => headers);
  const names = Object.keys(plain ?? {}).filter((each) => !["traceparent"].includes(each));
  deepEqual(names.sort(), [
    ":authority",
    ":method",
    ":path",
    ":scheme",
    "accept",
    "content-type",
    "x-extra",
    "x-restate-cluster-name",
    "x-restate-invocation-id",
  ]);
  deepEqual([plain?.[":method"], plain?.["x-restate-invocation-id"]], ["POST", id]);
  match(String(plain?.[":path"]), new RegExp(`^/m\\d+/invoke/${name}/h$`));
  equal(keyed?.["x-restate-service-key"], "a%20b");
});

list.add(
  "SP-3.4 3.4",
  "other 2xx statuses with the content type are streams too",
  async (context) => {
    const { name } = await single(context, (attempt) => {
      attempt.respond(202);
      attempt.finish("accepted");
    });

    equal((await context.server.call(`${name}/h`)).expect(200).text, "accepted");
  },
);

const HEADS: [string, number, Record<string, string>, string, number][] = [
  ["type", 200, { "content-type": "text/plain" }, "RT0012", 500],
  ["other", 200, { "content-type": "application/vnd.restate.invocation.v4" }, "RT0012", 500],
  ["413", 413, {}, "RT0019", 500],
  ["415", 415, {}, "RT0015", 415],
  ["429", 429, { "retry-after": "0" }, "RT0023", 500],
  ["503", 503, { "retry-after": "0" }, "RT0023", 500],
  ["502", 502, {}, "RT0010", 500],
  ["504", 504, {}, "RT0010", 500],
  ["404", 404, {}, "RT0012", 500],
  ["401", 401, {}, "RT0012", 500],
  ["500", 500, {}, "RT0012", 500],
];

for (const [label, status, headers, docCode, code] of HEADS) {
  const what = label.length === 3 ? `status ${status}` : `content type ${label}`;
  list.add(`SP-3.4-${label} 3.4`, `a response with ${what} is ${docCode}`, async (context) => {
    const options = { retryPolicyInitialInterval: 20 };
    const { name } = await single(
      context,
      (attempt) => {
        if (attempt.number === 1) attempt.respond(status, headers);
        else attempt.finish("second");
      },
      7,
      options,
    );

    const { id } = (await context.server.call(`${name}/h`)).expect(200);

    const [event] = await context.server.events(id);
    equal(event?.type, "TransientError");
    deepEqual([event?.json["restate_doc_error_code"], event?.json["error_code"]], [docCode, code]);
  });
}

list.add("SP-3.4-rst 3.4", "a reset stream is a network error", async (context) => {
  const { name } = await single(
    context,
    (attempt) => {
      if (attempt.number === 1) attempt.reset();
      else attempt.finish("second");
    },
    7,
    { retryPolicyInitialInterval: 20 },
  );

  const { id } = (await context.server.call(`${name}/h`)).expect(200);

  const [event] = await context.server.events(id);
  equal(event?.json["restate_doc_error_code"], "RT0010");
});

list.add("SP-4 4", "frames may arrive byte by byte or all at once", async (context) => {
  const { name } = await single(context, async (attempt) => {
    const bytes = concat([
      frame("Sleep", { wake_up_time: 1, result_completion_id: 1, name: "first" }),
      frame("Sleep", { wake_up_time: 1, result_completion_id: 2, name: "second" }),
    ]);
    for (const byte of bytes) {
      attempt.write(Uint8Array.of(byte));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await attempt.next();
    await attempt.next();
    attempt.write(concat([output("chunked"), frame("End")]));
    attempt.end();
  });

  const { id, text } = (await context.server.call(`${name}/h`)).expect(200);

  equal(text, "chunked");
  const journal = await context.server.journal(id);
  deepEqual(journal.filter((entry) => entry === "Sleep").length, 2);
});

list.add("SP-4a 4", "unknown flag bits and unknown fields are ignored", async (context) => {
  const { name } = await single(context, (attempt) => {
    attempt.write(frame("Sleep", { wake_up_time: 1, result_completion_id: 1 }, 0x00ff));
    const bytes = output("tolerant");
    // Field 99, a varint, at the end of the body.
    const longer = concat([bytes, Uint8Array.of(0x98, 0x06, 0x01)]);
    new DataView(longer.buffer).setUint32(4, longer.length - 8);
    attempt.write(longer);
    attempt.send("End");
  });

  equal((await context.server.call(`${name}/h`)).expect(200).text, "tolerant");
});

list.add("SP-4b 4", "frames sent to the deployment carry no flags", async (context) => {
  const { name, deployment } = await single(context, async (attempt) => {
    attempt.write(frame("Run", { result_completion_id: 1 }, REQUIRES_ACK));
    attempt.send("ProposeRunCompletion", { result_completion_id: 1, value: "x" });
    await attempt.next();
    await attempt.next();
    attempt.finish("1");
  });

  (await context.server.call(`${name}/h`)).expect(200);

  deepEqual([...new Set(deployment.attempts[0]?.frames.map(({ flags }) => flags))], [0]);
});

list.add("SP-5.2 5.2", "Start and Input open a first attempt", async (context) => {
  const name = context.unique("Start");
  const deployment = await context.deploy(
    manifest([service(name, ["h"]), object(`${name}Obj`, ["h"])]),
    {
      [`${name}/h`]: (attempt) => attempt.finish("1"),
      [`${name}Obj/h`]: (attempt) => attempt.finish("1"),
    },
  );

  const { id } = (await context.server.call(`${name}/h`, { a: 1 })).expect(200);
  (await context.server.call(`${name}Obj/the%20key/h`)).expect(200);

  const [plain, keyed] = deployment.attempts;
  deepEqual(
    plain?.frames.slice(0, 2).map((each) => each.name),
    ["Start", "Input"],
  );
  const start = plain?.start ?? {};
  deepEqual([start["debug_id"], start["known_entries"]], [id, 1]);
  deepEqual(Buffer.from(start["id"] as Uint8Array), invocationBytes(id));
  deepEqual([start["partial_state"], start["state_map"], start["key"] ?? ""], [true, [], ""]);
  equal(Number(start["retry_count_since_last_stored_entry"] ?? 0), 0);
  equal(plain?.input, '{"a":1}');
  equal(plain?.frames[1]?.fields["name"] ?? "", "");
  equal(keyed?.start["key"], "the key");
});

list.add("SP-5.2a 5.2", "the random seed is the same on every attempt", async (context) => {
  const { name, deployment } = await single(
    context,
    (attempt) => {
      if (attempt.number < 3) attempt.fail(500, `failure ${attempt.number}`);
      else attempt.finish("1");
    },
    7,
    { retryPolicyInitialInterval: 20 },
  );

  (await context.server.call(`${name}/h`)).expect(200);

  const seeds = new Set(deployment.attempts.map(({ start }) => String(start["random_seed"])));
  deepEqual([deployment.attempts.length, seeds.size], [3, 1]);
});

list.add("SP-6 6", "Input headers start with the path and hold the request's", async (context) => {
  const { name, deployment } = await single(context, (attempt) => attempt.finish("1"));

  const headers = { "X-A": "1", cookie: "c=1", "idempotency-key": "k", "x-restate-b": "2" };
  await context.server.call(`/${name}/h?foo=bar`, undefined, { headers });

  const input = deployment.attempts[0]?.frames[1]?.fields["headers"] as {
    key: string;
    value: string;
  }[];
  deepEqual(input[0], { key: "x-restate-ingress-path", value: `/${name}/h?foo=bar` });
  const rest = Object.fromEntries(input.slice(1).map(({ key, value }) => [key, value]));
  deepEqual([rest["x-a"], rest["cookie"], rest["x-restate-b"]], ["1", "c=1", "2"]);
  for (const dropped of ["host", "connection", "idempotency-key", "idempotency-expires"]) {
    equal(dropped in rest, false, dropped);
  }
});

list.add("SP-6a 6", "commands are replayed field by field as they were sent", async (context) => {
  const name = context.unique("Replay");
  const sent = [
    frame("SetState", { key: "k", value: textValue("v"), name: "set" }),
    frame("Sleep", { wake_up_time: 12_345, result_completion_id: 7, name: "nap" }),
    frame("GetEagerState", { key: "k", value: textValue("v"), name: "eager" }),
    frame("GetEagerStateKeys", { value: { keys: ["k"] } }),
    frame("ClearState", { key: "other" }),
    frame("Run", { result_completion_id: 9, name: "step" }),
  ];
  const deployment = await context.deploy(manifest([object(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number > 1) {
        attempt.finish("1");
        return;
      }
      for (const each of sent) attempt.write(each);
      attempt.fail(500, "again", { next_retry_delay: 1 });
    },
  });

  (await context.server.call(`${name}/k/h`)).expect(200);

  const replayed = deployment.attempts[1]?.replay.filter((entry) => entry.type < 0x8000).slice(1);
  const bodies = replayed?.map((entry) => Buffer.from(entry.body).toString("hex"));
  deepEqual(
    bodies,
    sent.map((each) => Buffer.from(each.subarray(8)).toString("hex")),
  );
});

list.add("SP-6b 6", "known_entries counts commands and notifications", async (context) => {
  const { name, deployment } = await single(context, async (attempt) => {
    if (attempt.number > 1) {
      attempt.finish("1");
      return;
    }
    attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
    await attempt.next();
    attempt.suspend([1]);
  });

  (await context.server.call(`${name}/h`)).expect(200);

  deepEqual(deployment.attempts[1]?.start["known_entries"], 3);
  deepEqual(deployment.attempts[1]?.frames.length, 4);
});

list.add("SP-7 7", "the first stored command pins the deployment", async (context) => {
  const { name, deployment } = await single(context, async (attempt) => {
    recorder.record(name, "start");
    await until("told to go on", () => recorder.list(name).includes("go"));
    attempt.send("Sleep", { wake_up_time: 1, result_completion_id: 1 });
    await until("told to end", () => recorder.list(name).includes("end"));
    attempt.finish("1");
  });
  const id = await context.server.sendCall(`${name}/h`);
  await recorder.seen(name, "start");
  const before = await context.server.waitStatus(id, "running");

  recorder.record(name, "go");
  const after = await context.server.waitRow(
    id,
    "is pinned",
    (row) => "pinned_deployment_id" in row,
  );
  recorder.record(name, "end");

  equal("pinned_deployment_id" in before, false);
  equal(after["pinned_deployment_id"], deployment.id);
});

list.add("SP-7a 7", "a command is acknowledged only when it asks for it", async (context) => {
  const { name } = await single(context, async (attempt) => {
    attempt.write(frame("Sleep", { wake_up_time: 1e13, result_completion_id: 1 }));
    attempt.write(frame("Sleep", { wake_up_time: 1e13, result_completion_id: 2 }, REQUIRES_ACK));
    const first = await attempt.next();
    attempt.write(frame("Sleep", { wake_up_time: 1e13, result_completion_id: 3 }));
    attempt.write(frame("Sleep", { wake_up_time: 1e13, result_completion_id: 4 }, REQUIRES_ACK));
    const second = await attempt.next();
    const shown = [first, second].map(
      (each) => `${each.name} ${String(each.fields["command_index"])}`,
    );
    attempt.finish(shown.join());
  });

  equal((await context.server.call(`${name}/h`)).expect(200).text, "CommandAck 2,CommandAck 4");
});

list.add("SP-7b 7", "a response that just ends is retried", async (context) => {
  const { name } = await single(
    context,
    (attempt) => {
      if (attempt.number > 1) attempt.finish("second");
      else attempt.end();
    },
    7,
    { retryPolicyInitialInterval: 20 },
  );

  const { id } = (await context.server.call(`${name}/h`)).expect(200);

  const [event] = await context.server.events(id);
  deepEqual([event?.json["restate_doc_error_code"], event?.json["error_code"]], ["RT0007", 500]);
});

list.add("SP-7c 7", "entries before a failing command are kept", async (context) => {
  const { name, deployment } = await single(
    context,
    (attempt) => {
      if (attempt.number > 1) {
        attempt.finish(attempt.replayNames.join());
        return;
      }
      attempt.send("Sleep", { wake_up_time: 1e13, result_completion_id: 1 });
      attempt.send("SetState", { key: "k", value: textValue("no state in a service") });
      attempt.send("Sleep", { wake_up_time: 1e13, result_completion_id: 2 });
    },
    7,
    { retryPolicyInitialInterval: 20 },
  );

  const answer = (await context.server.call(`${name}/h`)).expect(200);

  equal(answer.text, "Input,Sleep");
  equal(deployment.attempts.length, 2);
});

list.add("SP-7d 7", "AwaitingOn is shown and changes nothing", async (context) => {
  const { name } = await single(context, async (attempt) => {
    attempt.send("Sleep", { wake_up_time: 1e13, result_completion_id: 1 });
    attempt.send("AwaitingOn", { awaiting_on: { waiting_completions: [1], combinator_type: 1 } });
    await until("told to end", () => recorder.list(name).length > 0);
    attempt.finish("1");
  });
  const id = await context.server.sendCall(`${name}/h`);

  const row = await context.server.waitRow(
    id,
    "shows its future",
    (each) => "last_awaiting_on_future_json" in each,
  );
  recorder.record(name, "end");

  match(String(row["last_awaiting_on_future_json"]), /\{"Single":\{"CompletionId":1\}\}/);
  equal(row["status"], "running");
  await context.server.waitStatus(id, "completed");
  deepEqual(await context.server.journal(id), ["Input", "Sleep", "Output"]);
});

list.add("SP-7e 7", "bytes after the terminal message are ignored", async (context) => {
  const { name, deployment } = await single(context, (attempt) => {
    attempt.write(concat([output("1"), frame("End"), frame("Sleep", { wake_up_time: 1 })]));
    attempt.write(Uint8Array.of(1, 2, 3));
    attempt.end();
  });

  (await context.server.call(`${name}/h`)).expect(200);

  equal(deployment.attempts.length, 1);
});

list.add("SP-3.6c 3.6", "a handler that waits keeps its stream while live", async (context) => {
  const { name, deployment } = await single(context, async (attempt) => {
    attempt.send("Sleep", { wake_up_time: Date.now() + 300, result_completion_id: 1 });
    const { name: type } = await attempt.next();
    attempt.finish(`${type} ${attempt.ended ? "ended" : "open"}`);
  });

  const calling = context.server.call(`${name}/h`);
  ok(await staysPending(calling, 50));

  equal((await calling).expect(200).text, "SleepCompletion open");
  equal(deployment.attempts.length, 1);
});
