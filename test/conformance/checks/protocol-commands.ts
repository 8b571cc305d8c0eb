/** Commands and their preconditions (service-protocol.md 8). */

import { deepEqual, equal, match } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import type { MockDeployment, Script } from "../support/mock.ts";
import { manifest, object, service, textValue, workflow } from "../support/mock.ts";
import type { MessageValue } from "../support/protobuf.ts";
import { fromUtf8 } from "../support/protobuf.ts";
import type { MessageName } from "../support/protocol.ts";

const list = new CheckList("service-protocol.md");

/** Checks of this topic. */
export const commandChecks = list.checks;

const KILL_AT_ONCE = { retryPolicyMaxAttempts: 1, retryPolicyOnMaxAttempts: "KILL" };
const NOTIFY = { invocation_id_notification_idx: 1, result_completion_id: 2 };

/** A script that sends one command and ends its response. */
function sending(command: MessageName, fields: MessageValue): Script {
  return (attempt) => attempt.send(command, fields);
}

/** A failed precondition: where the command is sent from, the reason and the documented code. */
interface Precondition {
  readonly id: string;
  readonly what: string;
  readonly from: "service" | "object" | "shared" | "workflow-shared";
  readonly command: MessageName;
  readonly fields: (name: string) => MessageValue;
  readonly reason: RegExp;
  readonly code: string;
}

const STATE_KEY = { key: "k", result_completion_id: 1 };
const NO_STATE = /unsupported entry type, this service type doesn't have state access/;
const READ_ONLY = /unsupported entry type, this handler type cannot write state/;
const NO_PROMISE = /unsupported entry type, only Workflow services support it/;

const PRECONDITIONS: Precondition[] = [
  {
    id: "SP-8a",
    what: "reading state from a plain service",
    from: "service",
    command: "GetLazyState",
    fields: () => STATE_KEY,
    reason: NO_STATE,
    code: "RT0017",
  },
  {
    id: "SP-8b",
    what: "writing state from a plain service",
    from: "service",
    command: "SetState",
    fields: () => ({ key: "k", value: textValue("v") }),
    reason: NO_STATE,
    code: "RT0017",
  },
  {
    id: "SP-8c",
    what: "listing state keys from a plain service",
    from: "service",
    command: "GetLazyStateKeys",
    fields: () => ({ result_completion_id: 1 }),
    reason: NO_STATE,
    code: "RT0017",
  },
  {
    id: "VO-10",
    what: "writing state from a shared handler",
    from: "shared",
    command: "SetState",
    fields: () => ({ key: "k", value: textValue("v") }),
    reason: READ_ONLY,
    code: "RT0017",
  },
  {
    id: "SP-8d",
    what: "clearing state from a shared handler",
    from: "shared",
    command: "ClearAllState",
    fields: () => ({}),
    reason: READ_ONLY,
    code: "RT0017",
  },
  {
    id: "SP-8e",
    what: "clearing a key from a shared workflow handler",
    from: "workflow-shared",
    command: "ClearState",
    fields: () => ({ key: "k" }),
    reason: READ_ONLY,
    code: "RT0017",
  },
  {
    id: "SP-8f",
    what: "a promise command from an object",
    from: "object",
    command: "GetPromise",
    fields: () => STATE_KEY,
    reason: NO_PROMISE,
    code: "RT0017",
  },
  {
    id: "SP-8.7a",
    what: "a call of an unknown service",
    from: "service",
    command: "Call",
    fields: () => ({ service_name: "Nope", handler_name: "h", ...NOTIFY }),
    reason: /the service handler Nope\/h was not found/,
    code: "RT0018",
  },
  {
    id: "SP-8.7b",
    what: "a call of an unknown handler",
    from: "service",
    command: "Call",
    fields: () => ({ service_name: "Basic", handler_name: "nope", ...NOTIFY }),
    reason: /the service handler Basic\/nope was not found/,
    code: "RT0018",
  },
  {
    id: "SP-8.7c",
    what: "a key on a call of a plain service",
    from: "service",
    command: "Call",
    fields: () => ({ service_name: "Basic", handler_name: "echo", key: "k", ...NOTIFY }),
    reason:
      /a key was provided, but the callee 'Basic' is a Service\. Only VirtualObjects or Workfl/,
    code: "RT0017",
  },
  {
    id: "SP-8.7d",
    what: "an empty idempotency key",
    from: "service",
    command: "Call",
    fields: () => ({
      service_name: "Basic",
      handler_name: "echo",
      idempotency_key: "",
      ...NOTIFY,
    }),
    reason: /the idempotency key provided in the request is empty/,
    code: "RT0017",
  },
  {
    id: "SP-8.7e",
    what: "a malformed scope",
    from: "service",
    command: "Call",
    fields: () => ({ service_name: "Basic", handler_name: "echo", scope: "a b", ...NOTIFY }),
    reason: /the provided scope 'a b' is invalid/,
    code: "RT0024",
  },
  {
    id: "SP-8.7f",
    what: "a limit key without scope",
    from: "service",
    command: "Call",
    fields: () => ({ service_name: "Basic", handler_name: "echo", limit_key: "a", ...NOTIFY }),
    reason: /limit/i,
    code: "RT0024",
  },
  {
    id: "SP-8.8a",
    what: "a one-way call of an unknown service",
    from: "service",
    command: "OneWayCall",
    fields: () => ({
      service_name: "Nope",
      handler_name: "h",
      invocation_id_notification_idx: 1,
    }),
    reason: /the service handler Nope\/h was not found/,
    code: "RT0018",
  },
  {
    id: "SP-8.9a",
    what: "a signal to a malformed id",
    from: "service",
    command: "SendSignal",
    fields: () => ({ target_invocation_id: "inv_1bad", idx: 17, void: {} }),
    reason: /target_invocation_id/,
    code: "RT0012",
  },
  {
    id: "SP-8.9b",
    what: "a signal without result",
    from: "service",
    command: "SendSignal",
    fields: () => ({ target_invocation_id: "inv_1bad", idx: 17 }),
    reason: /./,
    code: "RT0012",
  },
  {
    id: "SP-8.10a",
    what: "a malformed awakeable id",
    from: "service",
    command: "CompleteAwakeable",
    fields: () => ({ awakeable_id: "sign_1bad", value: textValue("v") }),
    reason: /./,
    code: "RT0012",
  },
  {
    id: "SP-8.12a",
    what: "attaching to a malformed id",
    from: "service",
    command: "AttachInvocation",
    fields: () => ({ invocation_id: "inv_1bad", result_completion_id: 1 }),
    reason: /invalid invocation id inv_1bad: /,
    code: "RT0017",
  },
  {
    id: "SP-9d",
    what: "a run proposal without result",
    from: "service",
    command: "ProposeRunCompletion",
    fields: () => ({ result_completion_id: 1 }),
    reason: /malformed ProposeRunCompletionMessage, missing result field/,
    code: "RT0012",
  },
];

async function deployFailing(context: CheckContext, precondition: Precondition) {
  const name = context.unique("Refused");
  const script = sending(precondition.command, precondition.fields(name));
  const shared = { name: "h", ty: "SHARED" };
  const declared = {
    service: service(name, ["h"], KILL_AT_ONCE),
    object: object(name, ["h"], KILL_AT_ONCE),
    shared: object(name, [shared], KILL_AT_ONCE),
    "workflow-shared": workflow(name, ["run", shared], KILL_AT_ONCE),
  }[precondition.from];
  await context.deploy(manifest([declared]), { [`${name}/h`]: script });
  return precondition.from === "service" ? `${name}/h` : `${name}/k/h`;
}

for (const precondition of PRECONDITIONS) {
  const { id, what, code, reason } = precondition;
  list.add(`${id} 8`, `${what} fails the attempt with ${code}`, async (context) => {
    const target = await deployFailing(context, precondition);

    const answer = (await context.server.call(target)).expect(500);

    match(answer.message, reason);
    if (code === "RT0017" || code === "RT0018") {
      match(
        answer.message,
        new RegExp(
          `^cannot process command Command: ${precondition.command} \\(command index 1\\)`,
        ),
      );
    }
    await context.server.waitStatus(answer.id, "completed");
    deepEqual(await context.server.journal(answer.id), ["Input"]);
  });
}

for (const [code, command, fields] of [
  ["RT0017", "SetState", { key: "k", value: textValue("v") }],
  ["RT0018", "Call", { service_name: "Nope", handler_name: "h", ...NOTIFY }],
  ["RT0012", "CompleteAwakeable", { awakeable_id: "bad", value: textValue("v") }],
  ["RT0024", "Call", { service_name: "Basic", handler_name: "echo", scope: "$", ...NOTIFY }],
] as const) {
  list.add(
    `SP-8-${code} 8`,
    `a refused command is recorded as ${code} and retried`,
    async (context) => {
      const name = context.unique("Recorded");
      const options = { retryPolicyInitialInterval: 20 };
      await context.deploy(manifest([service(name, ["h"], options)]), {
        [`${name}/h`]: async (attempt) => {
          if (attempt.number > 1) attempt.finish("second");
          else await sending(command, fields)(attempt);
        },
      });

      const { id } = (await context.server.call(`${name}/h`)).expect(200);

      const [event] = await context.server.events(id);
      equal(event?.type, "TransientError");
      deepEqual(
        [event?.json["restate_doc_error_code"], event?.json["error_code"]],
        [code, code === "RT0012" ? event?.json["error_code"] : 500],
      );
    },
  );
}

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

list.add(
  "SP-8.3 8.3",
  "lazy state tells absent from empty and lists keys in order",
  async (context) => {
    const shown = ({ fields }: { fields: MessageValue }) => {
      const value = fields["value"] as MessageValue | undefined;
      const keys = fields["state_keys"] as { keys: Uint8Array[] } | undefined;
      if (keys !== undefined) return keys.keys.map(fromUtf8).join("+");
      if (value === undefined) return "void" in fields ? "void" : "nothing";
      return `value:${fromUtf8((value["content"] as Uint8Array | undefined) ?? new Uint8Array(0))}`;
    };
    const { name } = await single(
      context,
      async (attempt) => {
        attempt.send("SetState", { key: "b", value: textValue("written") });
        attempt.send("SetState", { key: "a", value: { content: new Uint8Array(0) } });
        attempt.send("GetLazyState", { key: "b", result_completion_id: 1 });
        attempt.send("GetLazyState", { key: "a", result_completion_id: 2 });
        attempt.send("GetLazyState", { key: "absent", result_completion_id: 3 });
        attempt.send("GetLazyStateKeys", { result_completion_id: 4 });
        attempt.send("ClearState", { key: "b" });
        attempt.send("GetLazyState", { key: "b", result_completion_id: 5 });
        attempt.send("ClearAllState");
        attempt.send("GetLazyStateKeys", { result_completion_id: 6 });
        const all: string[] = [];
        for (let count = 0; count < 6; count++) all.push(shown(await attempt.next()));
        attempt.finish(all.join());
      },
      object,
    );

    const answer = (await context.server.call(`${name}/k/h`)).expect(200);

    equal(answer.text, "value:written,value:,void,a+b,void,");
  },
);

list.add("SP-8.7 8.7", "a call is answered with its id, then its result", async (context) => {
  const { name } = await single(context, async (attempt) => {
    attempt.send("Call", {
      service_name: "Basic",
      handler_name: "echo",
      parameter: '"x"',
      headers: [{ key: "h", value: "1" }],
      ...NOTIFY,
    });
    const [first, second] = [await attempt.next(), await attempt.next()];
    const { content } = second.fields["value"] as { content: Uint8Array };
    attempt.finish(
      JSON.stringify([
        first.name,
        first.fields["completion_id"],
        first.fields["invocation_id"],
        second.name,
        second.fields["completion_id"],
        fromUtf8(content),
      ]),
    );
  });

  const result = (await context.server.call(`${name}/h`)).expect(200).json() as unknown[];

  deepEqual(
    [result[0], result[1], ...result.slice(3)],
    ["CallInvocationIdCompletion", 1, "CallCompletion", 2, '"x"'],
  );
  const row = await context.server.waitStatus(String(result[2]), "completed");
  deepEqual([row["target"], row["invoked_by_target"]], ["Basic/echo", `${name}/h`]);
});

list.add("SP-8.7g 8.7", "a failed call keeps code, message and metadata", async (context) => {
  const input = { code: 418, message: "tea", metadata: { a: "b" } };
  const call = { service: "Basic", handler: "fail", input };

  const caught = (await context.server.call("Basic/callCaught", call)).expect(200);

  deepEqual(caught.json(), input);
});

list.add("SP-8.7h 8.7", "an object is callable with the empty key", async (context) => {
  const { name } = await single(context, async (attempt) => {
    attempt.send("Call", { service_name: "Store", handler_name: "key", key: "", ...NOTIFY });
    await attempt.next();
    const { fields } = await attempt.next();
    attempt.finish(fromUtf8((fields["value"] as { content: Uint8Array }).content));
  });

  equal((await context.server.call(`${name}/h`)).expect(200).text, '""');
});

list.add("SP-8.8 8.8", "a one-way call is answered with its id only", async (context) => {
  const { name, deployment } = await single(context, async (attempt) => {
    attempt.send("OneWayCall", {
      service_name: "Basic",
      handler_name: "echo",
      parameter: "1",
      idempotency_key: attempt.invocationId,
      invocation_id_notification_idx: 5,
    });
    attempt.send("OneWayCall", {
      service_name: "Basic",
      handler_name: "echo",
      parameter: "2",
      idempotency_key: attempt.invocationId,
      invocation_id_notification_idx: 6,
    });
    const [first, second] = [await attempt.next(), await attempt.next()];
    attempt.finish(`${String(first.fields["invocation_id"])}`);
    equal(first.fields["invocation_id"], second.fields["invocation_id"]);
  });

  const id = (await context.server.call(`${name}/h`)).expect(200).text;

  equal((await context.server.attach(id)).expect(200).json(), 1);
  deepEqual(
    deployment.attempts[0]?.live.map((each) => each.name),
    ["CallInvocationIdCompletion", "CallInvocationIdCompletion"],
  );
});
