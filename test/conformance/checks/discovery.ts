/** Discovery and registration (service-protocol.md 2, admin-api.md 4). */

import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import type { Json, JsonObject } from "../support/http.ts";
import { manifest, object, service, workflow } from "../support/mock.ts";
import { until } from "../support/wait.ts";

const list = new CheckList("service-protocol.md");
const admin = new CheckList("admin-api.md");

const V4 = "application/vnd.restate.endpointmanifest";
const ACCEPT = `${V4}.v1+json, ${V4}.v2+json, ${V4}.v3+json, ${V4}.v4+json`;

list.add("SP-2.1 2.1", "the discovery request has exactly these headers", async (context) => {
  const deployment = context.mock(manifest([service(context.unique("Disc"), ["h"])]));
  const json = { additional_headers: { "X-Extra": "yes" } };

  (await context.server.register(deployment.uri, json)).expect(201);

  const headers = deployment.discoveries[0] ?? {};
  equal(headers["accept"], ACCEPT);
  equal(headers[":method"], "GET");
  equal(headers["x-extra"], "yes");
  ok(headers["x-restate-cluster-name"] !== undefined);
  for (const absent of ["user-agent", "x-restate-signature-scheme", "x-restate-jwt-v1"]) {
    equal(absent in headers, false, absent);
  }
});

for (const version of [1, 2, 3, 4]) {
  list.add(
    `SP-2.2-v${version} 2.2`,
    `manifest version ${version} is understood`,
    async (context) => {
      const deployment = context.mock(manifest([service(context.unique("Disc"), ["h"])]));
      deployment.discovery = { contentType: `${V4}.v${version}+json` };

      (await context.server.register(deployment.uri)).expect(201);
    },
  );
}

list.add("SP-2.2 2.2", "the server header becomes the sdk version", async (context) => {
  const deployment = context.mock(manifest([service(context.unique("Disc"), ["h"])]));
  deployment.discovery = { server: "restate-sdk-test/9.9.9" };

  const answer = (await context.server.register(deployment.uri)).expect(201).object();

  equal(answer["sdk_version"], "restate-sdk-test/9.9.9");
  deepEqual([answer["min_protocol_version"], answer["max_protocol_version"]], [5, 7]);
});

/** A manifest and how its registration fails. */
interface Refusal {
  readonly label: string;
  readonly manifest?: (name: string) => JsonObject;
  readonly discovery?: { status?: number; contentType?: string | null; body?: string };
  readonly status: number;
  readonly code: string | null;
}

const handlerOf = (name: string, ty: string, handler: JsonObject): JsonObject =>
  manifest([{ name, ty, handlers: [{ name: "h", ...handler }] }]);

const REFUSALS: Refusal[] = [
  { label: "404 of discovery", discovery: { status: 404 }, status: 500, code: "META0003" },
  { label: "401 of discovery", discovery: { status: 401 }, status: 500, code: "META0003" },
  { label: "no content type", discovery: { contentType: null }, status: 500, code: "META0013" },
  {
    label: "unknown content type",
    discovery: { contentType: "application/json" },
    status: 500,
    code: "META0013",
  },
  { label: "broken JSON", discovery: { body: "{" }, status: 500, code: null },
  {
    label: "unknown field",
    manifest: (name) => manifest([service(name, ["h"])], 7, { surprise: 1 }),
    status: 500,
    code: null,
  },
  {
    label: "missing protocol mode",
    manifest: (name) => {
      const { protocolMode: _, ...rest } = manifest([service(name, ["h"])]);
      return rest as JsonObject;
    },
    status: 500,
    code: "META0013",
  },
  {
    label: "bad protocol mode",
    manifest: (name) => manifest([service(name, ["h"])], 7, { protocolMode: "CARRIER_PIGEON" }),
    status: 500,
    code: null,
  },
  {
    label: "minimum over maximum",
    manifest: (name) => manifest([service(name, ["h"])], 5, { minProtocolVersion: 6 }),
    status: 500,
    code: "META0013",
  },
  {
    label: "disjoint protocol range",
    manifest: (name) => manifest([service(name, ["h"])], 3, { minProtocolVersion: 1 }),
    status: 500,
    code: "META0012",
  },
  {
    label: "bad service name",
    manifest: () => manifest([service("1bad name", ["h"])]),
    status: 500,
    code: null,
  },
  {
    label: "bad handler name",
    manifest: (name) => manifest([service(name, ["a-b"])]),
    status: 500,
    code: null,
  },
  {
    label: "reserved name",
    manifest: () => manifest([service("restateThing", ["h"])]),
    status: 400,
    code: "META0005",
  },
  {
    label: "name openapi",
    manifest: () => manifest([service("openapi", ["h"])]),
    status: 400,
    code: "META0005",
  },
  {
    label: "exclusive handler of a service",
    manifest: (name) => handlerOf(name, "SERVICE", { ty: "EXCLUSIVE" }),
    status: 400,
    code: null,
  },
  {
    label: "workflow handler of an object",
    manifest: (name) => handlerOf(name, "VIRTUAL_OBJECT", { ty: "WORKFLOW" }),
    status: 400,
    code: null,
  },
  {
    label: "exclusive handler of a workflow",
    manifest: (name) => handlerOf(name, "WORKFLOW", { ty: "EXCLUSIVE" }),
    status: 400,
    code: null,
  },
  {
    label: "workflow retention of a service",
    manifest: (name) => handlerOf(name, "SERVICE", { workflowCompletionRetention: 1000 }),
    status: 400,
    code: null,
  },
  {
    label: "idempotency retention of a run",
    manifest: (name) => handlerOf(name, "WORKFLOW", { ty: "WORKFLOW", idempotencyRetention: 1000 }),
    status: 400,
    code: null,
  },
  {
    label: "public handler of a private service",
    manifest: (name) =>
      manifest([
        {
          name,
          ty: "SERVICE",
          ingressPrivate: true,
          handlers: [{ name: "h", ingressPrivate: false }],
        },
      ]),
    status: 400,
    code: null,
  },
  {
    label: "invalid JSON schema",
    manifest: (name) =>
      handlerOf(name, "SERVICE", {
        input: { contentType: "application/json", jsonSchema: { type: "no such type" } },
      }),
    status: 400,
    code: null,
  },
];

REFUSALS.forEach((refusal, index) => {
  list.add(
    `SP-2.5-${index + 1} 2.5`,
    `registration with ${refusal.label} is refused`,
    async (context) => {
      const name = context.unique("Refused");
      const deployment = context.mock(refusal.manifest?.(name) ?? manifest([service(name, ["h"])]));
      deployment.discovery = refusal.discovery ?? {};

      const answer = await context.server.register(deployment.uri);

      deepEqual([answer.status, answer.object()["restate_code"]], [refusal.status, refusal.code]);
      if (refusal.code !== null) ok(answer.message.startsWith(`[${refusal.code}]`), answer.message);
      equal((await context.server.admin.get(`/services/${name}`)).status, 404);
    },
  );
});

list.add("SP-2.5-a 2.5", "an unreachable deployment is META0003", async (context) => {
  const answer = (await context.server.register("http://127.0.0.1:9")).expect(500);

  equal(answer.object()["restate_code"], "META0003");
});

list.add("SP-2.5-b 2.5", "a peer that speaks only HTTP/1.1 is META0014", async (context) => {
  const server = createServer((_request, response) => response.end("{}"));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  const { port } = server.address() as AddressInfo;

  const answer = await context.server.register(`http://127.0.0.1:${port}`);
  server.close();

  deepEqual([answer.status, answer.object()["restate_code"]], [500, "META0014"]);
});

list.add("SP-2.5-c 2.5", "a relative address and a wrong body are refused", async (context) => {
  const relative = (await context.server.register("/foo")).expect(400).object();
  const shape = await context.server.admin.post("/deployments", { json: { nonsense: 1 } });
  const broken = await context.server.admin.post("/deployments", {
    body: "{nope",
    headers: { "content-type": "application/json" },
  });
  const text = await context.server.admin.post("/deployments", {
    body: "{}",
    headers: { "content-type": "text/plain" },
  });

  deepEqual(relative, {
    message:
      "The request field 'uri' is invalid. Reason: The provided uri /foo is not absolute, " +
      "only absolute URIs can be used.",
    restate_code: null,
  });
  deepEqual([shape.status, broken.status, text.status], [422, 400, 415]);
  for (const answer of [shape, broken, text]) {
    match(answer.headers["content-type"] ?? "", /^text\/plain/);
  }
});

list.add("SP-2.4 2.4", "unset handler types follow the service's", async (context) => {
  const name = context.unique("Types");
  const shared = { name: "s", ty: "SHARED" };
  const deployment = context.mock(
    manifest([
      service(`${name}S`, ["h", shared]),
      object(`${name}O`, ["h", shared, { name: "x", ty: "EXCLUSIVE" }]),
      workflow(`${name}W`, ["run", "h", shared]),
    ]),
  );

  const answer = (await context.server.register(deployment.uri)).expect(201).object();

  const services = answer["services"] as { name: string; ty: string; handlers: JsonObject[] }[];
  const typesOf = (suffix: string) => {
    const found = services.find((each) => each.name === `${name}${suffix}`);
    const types = found?.handlers.map((each) => `${String(each["name"])}:${String(each["ty"])}`);
    return [found?.ty, types?.sort().join()];
  };
  deepEqual(typesOf("O"), ["VirtualObject", "h:Exclusive,s:Shared,x:Exclusive"]);
  deepEqual(typesOf("W"), ["Workflow", "h:Shared,run:Workflow,s:Shared"]);
  equal(typesOf("S")[0], "Service");
});

list.add("SP-2.3 2.3", "the empty manifest and empty services are accepted", async (context) => {
  const none = context.mock(manifest([]));
  const empty = context.mock(manifest([service(context.unique("Empty"), [])]));

  (await context.server.register(none.uri)).expect(201);
  (await context.server.register(empty.uri)).expect(201);
});

list.add("SP-2.3a 2.3", "a protocol range that only intersects is accepted", async (context) => {
  const options = { minProtocolVersion: 3 };
  const name = context.unique("Wide");
  const deployment = context.mock(manifest([service(name, ["h"])], 9, options), {
    [`${name}/h`]: (attempt) => attempt.finish(`v${attempt.version}`),
  });

  (await context.server.register(deployment.uri)).expect(201);

  equal((await context.server.call(`${name}/h`)).expect(200).text, "v7");
});

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
    refused: [["x", undefined, /^input validation error: Empty content-type$/]],
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

/** A registered deployment with one service; returns its name, id and the mock. */
async function registered(context: CheckContext) {
  const name = context.unique("Reg");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => attempt.finish("1"),
  });
  return { name, deployment };
}

admin.add("AP-4a 4", "a new deployment answers 201 with its location", async (context) => {
  const deployment = context.mock(manifest([service(context.unique("New"), ["h"])]));

  const answer = (await context.server.register(deployment.uri)).expect(201);

  const id = String(answer.object()["id"]);
  match(id, /^dp_1[0-9a-zA-Z]{22}$/);
  equal(answer.headers["location"], `deployments/${id}`);
  const [registeredService] = answer.object()["services"] as JsonObject[];
  equal(registeredService?.["revision"], 1);
});

admin.add("AP-4b 4", "a known deployment is not contacted again", async (context) => {
  const { deployment } = await registered(context);

  const answer = (await context.server.register(deployment.uri)).expect(200);

  equal(answer.object()["id"], deployment.id);
  equal(deployment.discoveries.length, 1);
});

admin.add("AP-4c 4", "force replaces the services under the same id", async (context) => {
  const { name, deployment } = await registered(context);
  const createdAt = async () =>
    (await context.server.admin.get(`/deployments/${deployment.id}`)).object()["created_at"];
  const before = await createdAt();
  const extra = `${name}Extra`;
  deployment.manifest = manifest([service(name, ["h", "more"]), service(extra, ["h"])]);

  const answer = (await context.server.register(deployment.uri, { force: true })).expect(200);

  equal(answer.object()["id"], deployment.id);
  const current = (await context.server.admin.get(`/services/${name}`)).expect(200).object();
  deepEqual([current["revision"], (current["handlers"] as Json[]).length], [2, 2]);
  notEqual(await createdAt(), before);
  deployment.manifest = manifest([service(name, ["h"])]);
  (await context.server.register(deployment.uri, { force: true })).expect(200);
  equal((await context.server.admin.get(`/services/${extra}`)).status, 404);
});

admin.add("AP-4d 4", "a second deployment takes the next revision", async (context) => {
  const { name } = await registered(context);

  await context.deploy(manifest([service(name, ["h"])]), {});

  equal((await context.server.admin.get(`/services/${name}`)).object()["revision"], 2);
});

admin.add("AP-4e 4", "a changed service type needs permission", async (context) => {
  const { name } = await registered(context);
  const changed = () => context.mock(manifest([object(name, ["h"])]));

  const refused = (await context.server.register(changed().uri)).expect(409);
  const allowed = await context.server.register(changed().uri, { breaking: true });

  equal(refused.object()["restate_code"], "META0006");
  equal(allowed.status, 201);
  equal((await context.server.admin.get(`/services/${name}`)).object()["ty"], "VirtualObject");
});

admin.add("AP-4f 4", "a dry run answers the same and stores nothing", async (context) => {
  const name = context.unique("Dry");
  const deployment = context.mock(manifest([service(name, ["h"])]));

  const answer = (await context.server.register(deployment.uri, { dry_run: true })).expect(201);

  match(String(answer.object()["id"]), /^dp_1/);
  equal((await context.server.admin.get(`/services/${name}`)).status, 404);
  const id = String(answer.object()["id"]);
  equal((await context.server.admin.get(`/deployments/${id}`)).status, 404);
});

admin.add("AP-4g 4", "a deployment reads back with its properties", async (context) => {
  const name = context.unique("Read");
  const deployment = context.mock(manifest([service(name, ["h"])], 6));
  const options = { metadata: { team: "a" }, additional_headers: { "X-Extra": "1" } };
  const id = (await context.server.register(deployment.uri, options)).expect(201).object()["id"];

  const one = (await context.server.admin.get(`/deployments/${String(id)}`)).expect(200).object();
  const all = (await context.server.admin.get("/deployments")).expect(200).object();

  equal(one["uri"], deployment.uri);
  deepEqual(
    [one["protocol_type"], one["http_version"], one["metadata"], one["additional_headers"]],
    ["BidiStream", "HTTP/2.0", { team: "a" }, { "x-extra": "1" }],
  );
  deepEqual([one["min_protocol_version"], one["max_protocol_version"]], [5, 6]);
  match(String(one["created_at"]), /^\d{4}-.*\.\d{9}Z$/);
  const listed = (all["deployments"] as JsonObject[]).find((each) => each["id"] === id);
  deepEqual(listed?.["services"], [{ name, revision: 1 }]);
});

admin.add("AP-4h 4", "an unknown or malformed deployment id is refused", async (context) => {
  const unknown = "dp_10000000000000000000001";
  const missing = (await context.server.admin.get(`/deployments/${unknown}`)).expect(404);
  const malformed = (await context.server.admin.get("/deployments/garbage")).expect(400);

  deepEqual(missing.object(), {
    message: `The requested deployment '${unknown}' does not exist`,
    restate_code: null,
  });
  match(malformed.text, /^Invalid URL: Cannot parse `deployment` with value `garbage`: bad format/);
});

admin.add("AP-4i 4", "an update moves a deployment and keeps its services", async (context) => {
  const { name, deployment } = await registered(context);
  const moved = context.mock(manifest([service(name, ["h", "extra"])]), {
    [`${name}/h`]: (attempt) => attempt.finish("moved"),
  });
  const update = (json: JsonObject) =>
    context.server.admin.patch(`/deployments/${deployment.id}`, { json });

  (await update({})).expect(200);
  equal(moved.discoveries.length, 0);
  const answer = (await update({ uri: moved.uri })).expect(200).object();

  deepEqual([answer["id"], answer["uri"]], [deployment.id, moved.uri]);
  equal((await context.server.call(`${name}/h`)).expect(200).text, "moved");
  const kept = (await context.server.admin.get(`/services/${name}`)).object();
  deepEqual([kept["revision"], (kept["handlers"] as Json[]).length], [1, 1]);
  (await update({ uri: moved.uri, overwrite: true })).expect(200);
  const replaced = (await context.server.admin.get(`/services/${name}`)).object();
  deepEqual([replaced["revision"], (replaced["handlers"] as Json[]).length], [1, 2]);
});

admin.add("AP-4j 4", "an update to another protocol range is META0016", async (context) => {
  const { name, deployment } = await registered(context);
  const other = context.mock(manifest([service(name, ["h"])], 6));

  const answer = await context.server.admin.patch(`/deployments/${deployment.id}`, {
    json: { uri: other.uri },
  });

  deepEqual([answer.status, answer.object()["restate_code"]], [400, "META0016"]);
});

admin.add("AP-4k 4", "deleting an unknown deployment answers 404", async (context) => {
  const unknown = "dp_10000000000000000000001";

  const answer = await context.server.admin.send("DELETE", `/deployments/${unknown}?force=true`);

  equal(
    answer.expect(404).message,
    `not found in the schema registry: deployment with id '${unknown}'`,
  );
});

admin.add("AP-4l 4", "removing handlers is not breaking", async (context) => {
  const name = context.unique("Fewer");
  await context.deploy(manifest([service(name, ["a", "b"])]));

  await context.deploy(manifest([service(name, ["b"])]));

  await until("the service is replaced", async () => {
    const current = (await context.server.admin.get(`/services/${name}`)).object();
    return (current["handlers"] as Json[]).length === 1;
  });
});

admin.addWith(
  "AP-4m 4",
  "a malformed Lambda address is refused with a clear message",
  { differs: "Stet does not invoke Lambda functions yet and says so" },
  async (context) => {
    const register = (arn: string) => context.server.admin.post("/deployments", { json: { arn } });

    const short = (await register("arn:aws:lambda")).expect(400);
    const unqualified = await register("arn:aws:lambda:us-east-1:123456789012:function:f");

    match(short.message, /^The request field 'arn' is invalid\. Reason: /);
    equal(unqualified.status, 400);
  },
);

/** Checks of this topic. */
export const discoveryChecks = [...list.checks, ...admin.checks];
