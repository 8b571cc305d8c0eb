/** Input and output rules of manifests at the ingress (service-protocol.md 2.3). */

import { deepEqual, equal, match } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { Json, JsonObject } from "../support/http.ts";
import { manifest, service } from "../support/mock.ts";

const list = new CheckList("service-protocol.md");

/** Checks of this topic. */
export const payloadRuleChecks = list.checks;

/** The input rules of a manifest against body and content type sent. */
interface InputRule {
  readonly label: string;
  readonly input: JsonObject | undefined;
  readonly accepted: [string | undefined, string | undefined][];
  readonly refused: [string | undefined, string | undefined, RegExp][];
}

const JSON_TYPE = "application/json";
const INPUTS: InputRule[] = [
  {
    label: "no input rule",
    input: undefined,
    accepted: [
      [undefined, undefined],
      ["x", "text/plain"],
      ["{", JSON_TYPE],
    ],
    refused: [],
  },
  {
    label: "an empty input rule",
    input: {},
    accepted: [[undefined, undefined]],
    refused: [
      ["1", JSON_TYPE, /^input validation error: Expected body and content-type to be empty, but/],
    ],
  },
  {
    label: "an optional content type",
    input: { contentType: JSON_TYPE },
    accepted: [
      [undefined, undefined],
      ["1", JSON_TYPE],
      ["1", `${JSON_TYPE}; charset=utf-8`],
      [undefined, JSON_TYPE],
      ["not json", JSON_TYPE],
    ],
    refused: [
      ["1", "text/plain", /Content-type 'text\/plain' does not match 'application\/json'$/],
      ["1", undefined, /^input validation error: Empty content-type$/],
    ],
  },
  {
    label: "a required content type",
    input: { contentType: JSON_TYPE, required: true },
    accepted: [
      ["1", JSON_TYPE],
      [undefined, JSON_TYPE],
    ],
    refused: [[undefined, undefined, /^input validation error: Empty content-type$/]],
  },
  {
    label: "a wildcard content type",
    input: { contentType: "text/*", required: true },
    accepted: [["x", "text/html"]],
    refused: [["1", JSON_TYPE, /does not match 'text\/\*'$/]],
  },
  {
    label: "a JSON schema",
    input: { contentType: JSON_TYPE, jsonSchema: { type: "object" } },
    accepted: [
      ["{}", JSON_TYPE],
      ["5", JSON_TYPE],
      [undefined, undefined],
    ],
    refused: [[undefined, JSON_TYPE, /Empty body not allowed$/]],
  },
];

INPUTS.forEach((rule, index) => {
  list.add(
    `SP-2.3-in${index + 1} 2.3`,
    `${rule.label} decides what a call may carry`,
    async (context) => {
      const name = context.unique("Input");
      const handler = { name: "h", ...(rule.input === undefined ? {} : { input: rule.input }) };
      await context.deploy(manifest([service(name, [handler])]), {
        [`${name}/h`]: (attempt) => attempt.finish("1"),
      });
      const send = (body: string | undefined, type: string | undefined) =>
        context.server.ingress.post(`/${name}/h`, {
          ...(body === undefined ? {} : { body }),
          headers: type === undefined ? {} : { "content-type": type },
        });

      for (const [body, type] of rule.accepted) (await send(body, type)).expect(200);
      for (const [body, type, message] of rule.refused) {
        const answer = (await send(body, type)).expect(400);
        match(answer.message, message);
        equal(answer.object()["source"], "ingress");
      }
    },
  );
});

list.add("SP-2.3-in0 2.3", "a body needs a content type even without a rule", async (context) => {
  const name = context.unique("Untyped");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => attempt.finish(attempt.input),
  });

  const answer = await context.server.ingress.post(`/${name}/h`, { body: "x" });

  equal(answer.expect(400).message, "input validation error: Empty content-type");
});

const OUTPUTS: [string, Json | undefined, string | undefined, string | undefined][] = [
  ["no output rule", undefined, JSON_TYPE, undefined],
  ["an empty output rule", {}, undefined, undefined],
  ["an output type", { contentType: "text/css" }, "text/css", undefined],
  [
    "an output type set if empty",
    { contentType: "text/css", setContentTypeIfEmpty: true },
    "text/css",
    "text/css",
  ],
];

OUTPUTS.forEach(([label, rule, filled, empty], index) => {
  list.add(`SP-2.3-out${index + 1} 2.3`, `${label} decides the content type`, async (context) => {
    const name = context.unique("Output");
    const handler = { name: "h", ...(rule === undefined ? {} : { output: rule }) };
    await context.deploy(manifest([service(name, [handler])]), {
      [`${name}/h`]: (attempt) => attempt.finish(attempt.input),
    });

    const full = await context.server.ingress.post(`/${name}/h`, {
      body: "x",
      headers: { "content-type": "text/plain" },
    });
    const none = await context.server.ingress.post(`/${name}/h`);

    deepEqual([full.expect(200).text, full.headers["content-type"]], ["x", filled]);
    deepEqual([none.expect(200).text, none.headers["content-type"]], ["", empty]);
  });
});
