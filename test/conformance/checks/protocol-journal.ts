/** Runs, state shipping and identifiers (service-protocol.md 9, 13, 14). */

import { deepEqual, equal } from "node:assert/strict";
import { createHash } from "node:crypto";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import { invocationBytes } from "../support/ids.ts";
import type { Attempt, Script } from "../support/mock.ts";
import { manifest, object, service, textValue, workflow } from "../support/mock.ts";
import { fromUtf8 } from "../support/protobuf.ts";
import { frame, REQUIRES_ACK } from "../support/protocol.ts";

const list = new CheckList("service-protocol.md");

/** Checks of this topic. */
export const journalChecks = list.checks;

/** Deploys one service with one handler called `h` and returns its name and deployment. */
async function single(context: CheckContext, script: Script, version = 7) {
  const name = context.unique("One");
  const deployment = await context.deploy(manifest([service(name, ["h"])], version), {
    [`${name}/h`]: script,
  });
  return { name, deployment };
}

/** Sends a run and a proposal and answers with the name of what comes back. */
function running(flags: number): Script {
  return async (attempt: Attempt) => {
    attempt.send("Run", { result_completion_id: 1 });
    attempt.write(frame("ProposeRunCompletion", { result_completion_id: 1, value: "abc" }, flags));
    const { name, fields } = await attempt.next();
    const value = fields["value"] as { content: Uint8Array } | undefined;
    const content = value === undefined ? "" : fromUtf8(value.content);
    attempt.finish(`${name} ${String(fields["completion_id"])} ${content}`);
  };
}

const RUNS: [number, number, string][] = [
  [5, 0, "RunCompletion 1 abc"],
  [5, REQUIRES_ACK, "RunCompletion 1 abc"],
  [6, 0, "RunCompletion 1 abc"],
  [6, REQUIRES_ACK, "RunCompletion 1 abc"],
  [7, 0, "RunCompletion 1 abc"],
  [7, REQUIRES_ACK, "ProposeRunCompletionAck 1 "],
];

for (const [version, flags, expected] of RUNS) {
  const flag = flags === 0 ? "" : "-ack";
  const what = flags === 0 ? "" : " with the ack flag";
  list.add(
    `SP-9-v${version}${flag} 9`,
    `a run proposal on version ${version}${what} is answered`,
    async (context) => {
      const { name } = await single(context, running(flags), version);

      equal((await context.server.call(`${name}/h`)).expect(200).text, expected);
    },
  );
}

list.add("SP-9a 9", "an acknowledged run is replayed with its value", async (context) => {
  const { name, deployment } = await single(context, async (attempt) => {
    if (attempt.number > 1) {
      attempt.finish("1");
      return;
    }
    attempt.send("Run", { result_completion_id: 1 });
    const fields = { result_completion_id: 1, value: "abc" };
    attempt.write(frame("ProposeRunCompletion", fields, REQUIRES_ACK));
    await attempt.next();
    attempt.fail(500, "again", { next_retry_delay: 1 });
  });

  (await context.server.call(`${name}/h`)).expect(200);

  const entry = deployment.attempts[1]?.replay[2];
  equal(entry?.name, "RunCompletion");
  const { content } = (entry?.fields["value"] ?? {}) as { content: Uint8Array };
  equal(fromUtf8(content), "abc");
});

list.add("SP-9b 9", "a failed run is journaled with code and message", async (context) => {
  const { name } = await single(context, async (attempt) => {
    attempt.send("Run", { result_completion_id: 1 });
    const failure = { code: 418, message: "no" };
    attempt.send("ProposeRunCompletion", { result_completion_id: 1, failure });
    const { fields } = await attempt.next();
    attempt.send("Output", { failure: fields["failure"] });
    attempt.send("End");
  });

  equal((await context.server.call(`${name}/h`)).expect(418).message, "no");
});

list.add("SP-9c 9", "a proposal may follow later commands", async (context) => {
  const { name } = await single(context, async (attempt) => {
    attempt.send("Run", { result_completion_id: 1 });
    attempt.send("Sleep", { wake_up_time: 1e13, result_completion_id: 2 });
    attempt.send("ProposeRunCompletion", { result_completion_id: 1, value: "x" });
    await attempt.next();
    attempt.finish("1");
  });

  const { id } = (await context.server.call(`${name}/h`)).expect(200);

  deepEqual(await context.server.journal(id), ["Input", "Run", "Sleep", "+Run", "Output"]);
});

list.add("SP-13 13", "eager state is complete and in byte order", async (context) => {
  const name = context.unique("Eager");
  const deployment = await context.deploy(
    manifest([object(name, ["set", "get", { name: "shared", ty: "SHARED" }])]),
    {
      [`${name}/set`]: (attempt) => {
        for (const key of ["b", "a", "é", "B"]) {
          attempt.send("SetState", { key, value: textValue(`of ${key}`) });
        }
        attempt.finish("1");
      },
      [`${name}/get`]: (attempt) => attempt.finish("1"),
      [`${name}/shared`]: (attempt) => attempt.finish("1"),
    },
  );

  for (const handler of ["set", "get", "shared"]) {
    (await context.server.call(`${name}/k/${handler}`)).expect(200);
  }

  for (const attempt of deployment.attempts.slice(1)) {
    const entries = attempt.start["state_map"] as { key: Uint8Array }[];
    deepEqual(
      entries.map(({ key }) => fromUtf8(key)),
      ["B", "a", "b", "é"],
    );
    equal(attempt.start["partial_state"] ?? false, false);
  }
});

list.add("SP-13a 13", "lazy state ships nothing and says so", async (context) => {
  const name = context.unique("Lazy");
  const lazy = { name: "lazy", enableLazyState: true };
  const deployment = await context.deploy(manifest([object(name, ["set", lazy])]), {
    [`${name}/set`]: (attempt) => {
      attempt.send("SetState", { key: "a", value: textValue("1") });
      attempt.finish("1");
    },
    [`${name}/lazy`]: (attempt) => attempt.finish("1"),
  });

  (await context.server.call(`${name}/k/set`)).expect(200);
  (await context.server.call(`${name}/k/lazy`)).expect(200);

  const start = deployment.attempts[1]?.start ?? {};
  deepEqual([start["state_map"], start["partial_state"]], [[], true]);
});

list.add("SP-13b 13", "each attempt reads the state anew", async (context) => {
  const name = context.unique("Fresh");
  const deployment = await context.deploy(
    manifest([object(name, ["set", { name: "shared", ty: "SHARED" }])]),
    {
      [`${name}/set`]: (attempt) => {
        attempt.send("SetState", { key: "a", value: textValue("1") });
        attempt.finish("1");
      },
      [`${name}/shared`]: (attempt) => {
        if (attempt.number === 1) attempt.suspend([], [17]);
        else attempt.finish("1");
      },
    },
  );
  const id = await context.server.sendCall(`${name}/k/shared`);
  await context.server.waitStatus(id, "suspended");
  (await context.server.call(`${name}/k/set`)).expect(200);

  (await context.server.operate(id, "resume")).expect(200);
  (await context.server.attach(id)).expect(200);

  const counts = deployment.attempts
    .filter(({ path }) => path.endsWith("/shared"))
    .map(({ start }) => (start["state_map"] as unknown[]).length);
  deepEqual(counts, [0, 1]);
});

list.add("SP-14 14", "workflow ids are a hash of name and key", async (context) => {
  const name = context.unique("Wf");
  await context.deploy(manifest([workflow(name, ["run"])]), {
    [`${name}/run`]: (attempt) => attempt.finish("1"),
  });

  const { id } = (await context.server.call(`${name}/k/run`)).expect(200);

  const uuid = createHash("sha256").update(`wf,${name},k`).digest().subarray(0, 16);
  deepEqual(invocationBytes(id).subarray(8), uuid);
});

const VECTORS: [unknown, string][] = [
  [
    { target: "idempotentInvocation", service: "RawObj", key: "kk", handler: "x" },
    "inv_1cLjQsoOSa8w1nxhtMCj92V2z3nX9CchOa",
  ],
  [
    { target: "idempotentInvocation", service: "Raw", handler: "h" },
    "inv_1fE8WBQ39AD02Hk4XWDJKxLuzZSGEEBXOt",
  ],
  [
    { target: "idempotentInvocation", service: "RawObj", key: "kk", handler: "x", scope: "sc1" },
    "inv_15XrKI6E8WY670jTJRnRwVrs7IN9mJMOe8",
  ],
  [
    { target: "idempotentInvocation", service: "Raw", handler: "h", scope: "sc1" },
    "inv_15XrKI6E8WY66NNuIUGEFWk5a98HMhZkCD",
  ],
  [
    { target: "workflow", workflowName: "RawWf", workflowKey: "wk1" },
    "inv_14NAYWOkWeyC0YsItJ3RoJ93vh84i9Fa6T",
  ],
  [
    { target: "workflow", workflowName: "RawWf", workflowKey: "wk1", scope: "sc1" },
    "inv_15XrKI6E8WY601Jpexw5K0K3BOuCVcMRZh",
  ],
];

list.add("SP-14a 14", "ids match the published vectors", async (context) => {
  const deployment = context.mock(
    manifest([service("Raw", ["h"]), object("RawObj", ["x"]), workflow("RawWf", ["run"])]),
  );
  (await context.server.register(deployment.uri)).expect(201);

  for (const [target, expected] of VECTORS) {
    const json = { idempotencyKey: "fixed", ...(target as object) };
    const answer = await context.server.ingress.post("/restate/lookup", { json });
    equal(answer.expect(200).object()["invocationId"], expected);
  }
});
