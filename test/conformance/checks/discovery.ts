/** Discovery and what makes a manifest unacceptable (service-protocol.md 2). */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { CheckList } from "../support/check.ts";
import type { JsonObject } from "../support/http.ts";
import { manifest, object, service, workflow } from "../support/mock.ts";

const list = new CheckList("service-protocol.md");

/** Checks of this topic. */
export const discoveryChecks = list.checks;

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
