/**
 * What no SDK sends (service-protocol.md 4, 7, 18): each is one failed attempt with a clear error,
 * and nothing else is harmed.
 */

import { deepEqual, equal, match, notDeepEqual, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import { invocationBytes } from "../support/ids.ts";
import type { Attempt } from "../support/mock.ts";
import { manifest, object, service, workflow } from "../support/mock.ts";
import { concat, utf8 } from "../support/protobuf.ts";
import { frame, notificationFrame, rawFrame, typeOf } from "../support/protocol.ts";
import type { Server } from "../support/server.ts";
import { until } from "../support/wait.ts";

const list = new CheckList("service-protocol.md");

/** Checks of this topic. */
export const malformedChecks = list.checks;

const FAST_RETRY = { retryPolicyInitialInterval: 20 };
const GARBAGE = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

/** Runs a first attempt that misbehaves; returns the id and the failure event of it. */
async function misbehave(context: CheckContext, misbehaviour: (attempt: Attempt) => void) {
  const name = context.unique("Bad");
  const deployment = await context.deploy(manifest([service(name, ["h"], FAST_RETRY)]), {
    [`${name}/h`]: (attempt) => {
      if (attempt.number > 1) attempt.finish("recovered");
      else misbehaviour(attempt);
    },
  });
  const answer = (await context.server.call(`${name}/h`)).expect(200);
  equal(answer.text, "recovered");
  equal(deployment.attempts.length, 2);
  const events = await context.server.events(answer.id);
  deepEqual(
    events.map(({ type }) => type),
    ["TransientError"],
  );
  deepEqual(await context.server.journal(answer.id), ["Input", "Output"]);
  return events[0]?.json ?? {};
}

const WRONG: [string, string, (attempt: Attempt) => Uint8Array][] = [
  ["Start", "a Start message", () => frame("Start", { known_entries: 1 })],
  ["CommandAck", "a CommandAck", () => frame("CommandAck", { command_index: 1 })],
  [
    "RunAck",
    "a ProposeRunCompletionAck",
    () => frame("ProposeRunCompletionAck", { completion_id: 1 }),
  ],
  ["Signal", "a Signal", () => notificationFrame(0xfbff, { signal_id: 17, void: {} })],
  ["Sleep", "a Sleep completion", () => notificationFrame(0x800c, { completion_id: 1, void: {} })],
];

for (const [label, what, bytes] of WRONG) {
  list.add(`SP-7-${label} 7`, `${what} from the deployment is RT0012`, async (context) => {
    const failure = await misbehave(context, (attempt) => attempt.write(bytes(attempt)));

    equal(failure["restate_doc_error_code"], "RT0012");
    match(String(failure["error_message"]), /received unexpected message/);
  });
}

list.add("SP-4-type 4", "an unknown type code is RT0012 and named", async (context) => {
  const failure = await misbehave(context, (attempt) =>
    attempt.write(rawFrame(0x0300, new Uint8Array(0))),
  );

  equal(failure["restate_doc_error_code"], "RT0012");
  match(String(failure["error_message"]), /unknown protocol\.message code 0x0?300/i);
});

list.add("SP-4-size 4", "a frame over the limit is RT0003 before its body", async (context) => {
  const length = 40 * 1024 * 1024;
  const failure = await misbehave(context, (attempt) =>
    attempt.write(rawFrame(typeOf("Output"), utf8("only the head matters"), 0, length)),
  );

  equal(failure["restate_doc_error_code"], "RT0003");
  match(String(failure["error_message"]), /40|41943040/);
});

list.add("SP-4-cut 4", "a response ending inside a frame is RT0007", async (context) => {
  const failure = await misbehave(context, (attempt) => {
    attempt.write(rawFrame(typeOf("Output"), utf8("half"), 0, 100));
    attempt.end();
  });

  equal(failure["restate_doc_error_code"], "RT0007");
});

list.add("SP-4-head 4", "a response ending inside a frame head is RT0007", async (context) => {
  const failure = await misbehave(context, (attempt) => {
    attempt.write(Uint8Array.of(4, 1, 0));
    attempt.end();
  });

  equal(failure["restate_doc_error_code"], "RT0007");
});

list.add("SP-4-noise 4", "bytes that are no frames fail the attempt", async (context) => {
  const failure = await misbehave(context, (attempt) =>
    attempt.write(utf8("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")),
  );

  match(String(failure["restate_doc_error_code"]), /^RT00(03|12)$/);
});

list.add(
  "SP-4-error 4",
  "an Error message with a broken body fails the attempt",
  async (context) => {
    const failure = await misbehave(context, (attempt) =>
      attempt.write(rawFrame(typeOf("Error"), GARBAGE)),
    );

    match(String(failure["restate_doc_error_code"]), /^RT00(07|12)$/);
  },
);

list.add("SP-4-early 4", "a response ended before its head is read is retried", async (context) => {
  const failure = await misbehave(context, (attempt) => attempt.stream.close(0));

  match(String(failure["restate_doc_error_code"]), /^RT00(07|10)$/);
});

list.add("SP-18-ok 18", "empty bodies are tolerated where nothing is required", async (context) => {
  const name = context.unique("EmptyBody");
  await context.deploy(manifest([object(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      attempt.write(rawFrame(typeOf("ClearAllState"), new Uint8Array(0)));
      attempt.finish("1");
    },
  });

  (await context.server.call(`${name}/k/h`)).expect(200);
});

/** Input that damages the original's partition: what is sent, from which kind of service. */
interface Poison {
  readonly label: string;
  readonly what: string;
  readonly bytes: () => Uint8Array;
  readonly kind?: "workflow";
}

const POISON: Poison[] = [
  {
    label: "body",
    what: "a command that is no protobuf",
    bytes: () => concat([rawFrame(typeOf("Output"), GARBAGE), frame("End")]),
  },
  {
    label: "attach",
    what: "AttachInvocation without target",
    bytes: () => frame("AttachInvocation", { result_completion_id: 1 }),
  },
  {
    label: "output",
    what: "GetInvocationOutput without target",
    bytes: () => frame("GetInvocationOutput", { result_completion_id: 1 }),
  },
  {
    label: "promise",
    what: "CompletePromise without completion",
    kind: "workflow",
    bytes: () => frame("CompletePromise", { key: "p", result_completion_id: 1 }),
  },
  {
    label: "input",
    what: "an Input command",
    bytes: () => frame("Input", { value: { content: "x" } }),
  },
  {
    label: "command",
    what: "an unknown type of the command range",
    bytes: () => rawFrame(0x04ff, new Uint8Array(0)),
  },
  {
    label: "custom",
    what: "a message type of the custom range",
    bytes: () => rawFrame(0xfc01, new Uint8Array(0)),
  },
  {
    label: "utf8",
    what: "a state key that is not UTF-8",
    bytes: () => frame("SetState", { key: Uint8Array.of(0xff, 0xfe), value: { content: "v" } }),
  },
  { label: "end", what: "End as the very first message", bytes: () => frame("End") },
];

const DAMAGED = "the original's partition fails in a loop; ours fails one attempt with RT0012";

for (const poison of POISON) {
  list.addWith(
    `SP-18-${poison.label} 18`,
    `${poison.what} fails one attempt only`,
    { differs: DAMAGED, slow: true },
    async (context) => {
      if (context.target === "stet") await survives(context, poison);
      else await isDamaged(context, poison);
    },
  );
}

async function deployPoison(context: CheckContext, poison: Poison, server: Server) {
  const name = context.unique("Poison");
  const declared =
    poison.kind === "workflow"
      ? workflow(name, ["run", "ping"], FAST_RETRY)
      : object(name, ["run", "ping"], FAST_RETRY);
  const deployment = await context.deploy(
    manifest([declared]),
    {
      [`${name}/run`]: (attempt) => {
        if (attempt.number > 1) {
          attempt.finish("recovered");
          return;
        }
        attempt.write(poison.bytes());
      },
      [`${name}/ping`]: (attempt) => attempt.finish("pong"),
    },
    server,
  );
  return { name, deployment };
}

async function survives(context: CheckContext, poison: Poison): Promise<void> {
  const { name } = await deployPoison(context, poison, context.server);
  const answer = (await context.server.call(`${name}/k/run`)).expect(200);
  equal(answer.text, "recovered");
  const events = await context.server.events(answer.id);
  deepEqual(
    events.map(({ json }) => json["restate_doc_error_code"]),
    ["RT0012"],
  );
  (await context.server.call(`${name}/k/run`)).expect(poison.kind === "workflow" ? 409 : 200);
}

/**
 * Shows on an oracle of its own that the input is not one failed attempt with RT0012: the process
 * or the partition stops, the attempt hangs, or the entry is stored.
 */
async function isDamaged(context: CheckContext, poison: Poison): Promise<void> {
  const settings = { RESTATE_DEFAULT_NUM_PARTITIONS: `${POISON_PARTITIONS}` };
  // After some of them the process no longer starts invocations at all, hence two processes.
  const process = POISON.indexOf(poison) < POISON.length / 2 ? "poison-a" : "poison-b";
  await context.fixture.dedicated(process, { settings }, async (server) => {
    await until("the original is up", () => restartIfDown(context, server), 60_000);
    const { name, deployment } = await deployPoison(context, poison, server);
    const key = await keyOfFreshPartition(context, server);
    const ping = () => server.call(`${name}/${key}/ping`, undefined, { timeoutMs: 5000 });
    await until("the partition is up", async () => (await ping()).status === 200, 60_000);
    const calling = server.call(`${name}/${key}/run`, undefined, { timeoutMs: 2500 });
    const answer = await calling.catch(() => undefined);
    const poisoned = () => deployment.attempts.some(({ path }) => path.endsWith("/run"));
    await until("the poison was sent", poisoned);
    if (answer?.text !== "recovered") return;
    const codes = (await server.events(answer.id)).map(
      ({ json }) => json["restate_doc_error_code"],
    );
    notDeepEqual(codes, ["RT0012"], `the original recovered from ${poison.what}`);
  });
}

const POISON_PARTITIONS = 64n;
const usedPartitions = new Set<bigint>();

/** A key whose partition no other poison has damaged yet. */
async function keyOfFreshPartition(context: CheckContext, server: Server): Promise<string> {
  for (;;) {
    const key = context.unique();
    const json = { target: "workflow", workflowName: "any", workflowKey: key };
    const answer = await server.ingress.post("/restate/lookup", { json });
    const bytes = invocationBytes(String(answer.expect(200).object()["invocationId"]));
    const partition = (bytes.readBigUInt64BE(0) * POISON_PARTITIONS) >> 64n;
    if (usedPartitions.has(partition)) continue;
    usedPartitions.add(partition);
    return key;
  }
}

/** An earlier poison may bring the whole process down, at once or a little later. */
async function restartIfDown(context: CheckContext, server: Server): Promise<boolean> {
  try {
    const probe = context.mock(manifest([service(context.unique("Probe"), ["h"])]));
    await server.ingress.get("/restate/health", { timeoutMs: 2000 });
    return (await server.register(probe.uri)).status === 201;
  } catch {
    await server.process?.kill();
    await server.process?.startAgain();
    return false;
  }
}

list.addWith(
  "SP-11.4c 11.4",
  "an absurd retry delay is clamped",
  { differs: "a delay of decades crashes the original's partition; ours is clamped to a year" },
  async (context) => {
    if (context.target === "oracle") return;
    const name = context.unique("Absurd");
    const deployment = await context.deploy(manifest([service(name, ["h"])]), {
      [`${name}/h`]: (attempt) => {
        if (attempt.number > 1) attempt.finish("recovered");
        else if (attempt.input === "1") attempt.respond(503, { "retry-after": "99999999999" });
        else attempt.fail(500, "never", { next_retry_delay: 2n ** 62n });
      },
    });
    for (const input of [1, 2]) {
      const id = await context.server.sendCall(`${name}/h`, input);
      await until("the attempt failed", async () => (await context.server.events(id)).length > 0);
      const row = await context.server.waitRow(
        id,
        "waits",
        (each) => each["status"] === "backing-off" || each["status"] === "ready",
      );
      if ("next_retry_at" in row) {
        const years = (Date.parse(String(row["next_retry_at"])) - Date.now()) / 31_536_000_000;
        ok(years > 0 && years < 2, `the retry is ${years} years away`);
      }
      await context.server.operate(id, "kill");
    }
    equal(deployment.attempts.length, 2);
    (await context.server.call("Basic/echo", 1)).expect(200);
  },
);
