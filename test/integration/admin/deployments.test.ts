/** Statuses and bodies are those that the original answered to the same requests. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AdminHarness, manifestOf, startAdmin } from "./admin-harness.ts";

let admin: AdminHarness;
let discoverError: Error | undefined;

const GREETER = {
  name: "Greeter",
  ty: "SERVICE",
  documentation: "Doc of greeter",
  metadata: { a: "b" },
  handlers: [
    {
      name: "greet",
      input: {
        required: true,
        contentType: "application/json",
        jsonSchema: { type: "string", title: "Name" },
      },
      output: { contentType: "application/json", jsonSchema: { type: "object" } },
      documentation: "says hi",
    },
    {
      name: "tuned",
      inactivityTimeout: 1500,
      abortTimeout: 90_061_000,
      journalRetention: 0,
      enableLazyState: true,
      ingressPrivate: true,
      retryPolicyMaxAttempts: 5,
      retryPolicyOnMaxAttempts: "KILL",
      retryPolicyInitialInterval: 250,
    },
    { name: "none", input: {}, output: {} },
    {
      name: "opt",
      input: { contentType: "application/json" },
      output: { contentType: "text/plain", setContentTypeIfEmpty: true },
    },
  ],
};
const FLOW = {
  name: "Flow",
  ty: "WORKFLOW",
  handlers: [
    { name: "run", ty: "WORKFLOW", workflowCompletionRetention: 7_200_000 },
    { name: "signal", ty: "SHARED" },
  ],
};
const URI = "http://127.0.0.1:9080/a";
const UNKNOWN_ID = "dp_16TSSoH38joOpW4KIJW9MPL";

beforeEach(async () => {
  discoverError = undefined;
  admin = await startAdmin({ discoverError: () => discoverError });
  admin.manifests["/a"] = manifestOf([GREETER, FLOW]);
});

afterEach(() => admin.close());

async function register(body: object = {}): Promise<string> {
  const reply = await admin.call("POST", "/deployments", { uri: URI, ...body });
  return String((reply.json as { id: string }).id);
}

describe("registration", () => {
  test("creates, discovers with the headers, and answers with the services", async () => {
    const reply = await admin.call("POST", "/deployments", {
      uri: URI,
      use_http_11: true,
      additional_headers: { "X-Foo": "bar" },
      metadata: { m: "1" },
    });
    expect(reply.status).toBe(201);
    expect(reply.headers.get("location")).toBe(`deployments/${reply.json.id}`);
    expect(reply.json).toMatchObject({
      min_protocol_version: 5,
      max_protocol_version: 6,
      sdk_version: "mock/1.0",
    });
    expect(reply.json.services[0]).toEqual({
      name: "Greeter",
      ty: "Service",
      handlers: [
        {
          name: "greet",
          documentation: "says hi",
          public: true,
          input_description: "JSON 'Name'",
          output_description: "JSON object",
          input_json_schema: { title: "Name", type: "string" },
          output_json_schema: { type: "object" },
          retry_policy: { max_attempts: null },
        },
        {
          name: "tuned",
          journal_retention: "0s",
          abort_timeout: "1d 1h 1m 1s",
          enable_lazy_state: true,
          public: false,
          input_description: "*/*",
          output_description: "application/json",
          retry_policy: { initial_interval: "250ms", max_attempts: 5, on_max_attempts: "Kill" },
          info: [
            {
              code: "RT0021",
              message:
                "The configured inactivity_timeout 1s 500ms will not be applied because the " +
                "handler is exposed in Request/Response mode.",
            },
          ],
        },
        {
          name: "none",
          public: true,
          input_description: "none",
          output_description: "none",
          retry_policy: { max_attempts: null },
        },
        {
          name: "opt",
          public: true,
          input_description: "application/json",
          output_description: "optional text/plain",
          retry_policy: { max_attempts: null },
        },
      ],
      documentation: "Doc of greeter",
      metadata: { a: "b" },
      deployment_id: reply.json.id,
      revision: 1,
      public: true,
      idempotency_retention: "1d",
      journal_retention: "1d",
      inactivity_timeout: "0s",
      abort_timeout: "10m",
      enable_lazy_state: false,
      retry_policy: {
        initial_interval: "500ms",
        exponentiation_factor: 2,
        max_attempts: 70,
        max_interval: "1m",
        on_max_attempts: "Pause",
      },
    });
    expect(reply.json.services[1]).toMatchObject({ workflow_completion_retention: "2h" });
    expect(admin.discoveries).toEqual([
      {
        uri: URI,
        headers: {
          accept: [1, 2, 3, 4]
            .map((version) => `application/vnd.restate.endpointmanifest.v${version}+json`)
            .join(", "),
          "x-foo": "bar",
        },
      },
    ]);
  });

  test("a known deployment is answered without contact; force asks again", async () => {
    const id = await register();
    const again = await admin.call("POST", "/deployments", { uri: URI });
    expect([again.status, again.json.id, admin.discoveries.length]).toEqual([200, id, 1]);
    const forced = await admin.call("POST", "/deployments", { uri: URI, force: true });
    expect([forced.status, forced.json.id]).toEqual([200, id]);
    expect(forced.json.services[0].revision).toBe(2);
  });

  test("version 2 of the API forces by default and reports conflicts", async () => {
    const id = await register();
    const forced = await admin.call("POST", "/v2/deployments", { uri: URI });
    expect([forced.status, forced.json.id]).toEqual([201, id]);
    const refused = await admin.call("POST", "/v2/deployments", { uri: URI, force: false });
    expect(refused.status).toBe(409);
    expect(refused.json.message).toBe(`Conflict: deployment ${id} already exists`);
  });

  test("a dry run stores nothing", async () => {
    expect((await admin.call("POST", "/deployments", { uri: URI, dry_run: true })).status).toBe(
      201,
    );
    expect((await admin.call("GET", "/deployments")).json).toEqual({ deployments: [] });
  });

  test.each([
    [{ uri: "/foo" }, 400, "The request field 'uri' is invalid. Reason: The provided uri /foo is"],
    [
      { arn: "bad" },
      400,
      "The request field 'arn' is invalid. Reason: A qualified ARN must have 8",
    ],
    [
      { arn: "arn:aws:lambda:us-east-1:123456789012:function:foo" },
      400,
      "The request field 'arn' is invalid. Reason: A qualified ARN needs a version or alias",
    ],
    [
      { arn: "arn:aws:lambda:us-east-1:123456789012:function:foo:1" },
      501,
      "AWS Lambda deployments are not supported by this server yet",
    ],
  ])("refuses %j with a JSON error", async (body, status, message) => {
    const reply = await admin.call("POST", "/deployments", body);
    expect(reply.status).toBe(status);
    expect(reply.json).toEqual({
      message: expect.stringContaining(message) as unknown,
      restate_code: null,
    });
  });

  test.each([
    [{ uri: 5 }],
    [{}],
    [[]],
    [{ uri: "not a uri" }],
    [{ uri: URI, additional_headers: { "bad header": "x" } }],
  ])("refuses the shape of %j in plain text", async (body) => {
    const reply = await admin.call("POST", "/deployments", body);
    expect(reply.status).toBe(422);
    expect(reply.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(reply.text).toBe(
      "Failed to deserialize the JSON body into the target type: data did not match any variant " +
        "of untagged enum RegisterDeploymentRequest",
    );
  });

  test.each([
    [manifestOf([{ ...GREETER, name: "restateX" }]), 400, "META0005", "[META0005] cannot insert"],
    [manifestOf([{ ...GREETER, name: "Obj" }]), 409, "META0006", "[META0006] detected a new"],
    [manifestOf([], { minProtocolVersion: 8, maxProtocolVersion: 9 }), 500, "META0012", "[8, 9]"],
    [manifestOf([], { protocolMode: undefined }), 500, "META0013", "[META0013] [META0013] "],
    [manifestOf([], { bogus: 1 }), 500, null, "cannot be decoded"],
    [
      manifestOf([{ name: "T", ty: "SERVICE", handlers: [{ name: "h", ty: "EXCLUSIVE" }] }]),
      400,
      null,
      "invalid combination of service type and handler type '(Service, Some(Exclusive))'",
    ],
    [undefined, 500, "META0003", "got status code '404'. Make sure the provided URI has"],
  ])("refuses manifest %#", async (manifest, status, code, message) => {
    admin.manifests["/b"] = manifestOf([{ name: "Obj", ty: "VIRTUAL_OBJECT", handlers: [] }]);
    await register({ uri: "http://127.0.0.1:9080/b" });
    admin.manifests["/c"] = manifest;
    const reply = await admin.call("POST", "/deployments", { uri: "http://127.0.0.1:9080/c" });
    expect([reply.status, reply.json.restate_code]).toEqual([status, code]);
    expect(reply.json.message).toContain(message);
  });

  test("a deployment without HTTP/2 is told from one that cannot be reached", async () => {
    discoverError = Object.assign(new Error("bad preface"), { code: "PROTOCOL_ERROR" });
    const http1 = await admin.call("POST", "/deployments", { uri: URI });
    expect([http1.status, http1.json.restate_code]).toEqual([500, "META0014"]);
    expect(admin.discoveries).toHaveLength(1);
    discoverError = Object.assign(new Error("refused"), { code: "CONNECT_FAILED" });
    const gone = await admin.call("POST", "/deployments", { uri: URI });
    expect(gone.json).toEqual({
      message: `[META0003] [META0003] error when calling '${URI}': refused`,
      restate_code: "META0003",
    });
    expect(admin.discoveries.length).toBeGreaterThan(2);
  });
});

describe("reading", () => {
  test("the list names services, one deployment prints them", async () => {
    const id = await register({ metadata: { m: "1" }, additional_headers: { "X-A": "1" } });
    expect((await admin.call("GET", "/deployments")).json).toEqual({
      deployments: [
        {
          id,
          uri: URI,
          protocol_type: "RequestResponse",
          http_version: "HTTP/2.0",
          additional_headers: { "x-a": "1" },
          metadata: { m: "1" },
          created_at: "2026-11-22T17:59:19.467000000Z",
          min_protocol_version: 5,
          max_protocol_version: 6,
          sdk_version: "mock/1.0",
          services: [
            { name: "Greeter", revision: 1 },
            { name: "Flow", revision: 1 },
          ],
        },
      ],
    });
    const one = await admin.call("GET", `/deployments/${id}`);
    expect(one.json.services[0].handlers).toHaveLength(4);
  });

  test.each([
    ["GET", UNKNOWN_ID, 404, `The requested deployment '${UNKNOWN_ID}' does not exist`],
    [
      "DELETE",
      `${UNKNOWN_ID}?force=true`,
      404,
      `not found in the schema registry: deployment with id '${UNKNOWN_ID}'`,
    ],
    ["PATCH", UNKNOWN_ID, 404, `The requested deployment '${UNKNOWN_ID}' does not exist`],
    ["PUT", UNKNOWN_ID, 405, "PUT deployment is deprecated, use PATCH instead"],
  ])("%s %s", async (method, path, status, message) => {
    const body = method === "PATCH" || method === "PUT" ? {} : undefined;
    const reply = await admin.call(method, `/deployments/${path}`, body);
    expect(reply.status).toBe(status);
    expect(reply.json).toEqual({ message, restate_code: null });
  });

  test.each([
    ["garbage", "bad format"],
    ["inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz", "id doesn't match the expected type"],
  ])("an id that is none is refused in plain text: %s", async (id, reason) => {
    const reply = await admin.call("GET", `/deployments/${id}`);
    expect(reply.status).toBe(400);
    expect(reply.text).toBe(
      `Invalid URL: Cannot parse \`deployment\` with value \`${id}\`: ${reason}`,
    );
  });
});

describe("changing", () => {
  test("an empty update answers without contact", async () => {
    const id = await register();
    for (const body of [{}, { overwrite: true }]) {
      expect((await admin.call("PATCH", `/deployments/${id}`, body)).status).toBe(200);
    }
    expect((await admin.call("PUT", `/v2/deployments/${id}`, {})).status).toBe(200);
    expect(admin.discoveries).toHaveLength(1);
  });

  test("an update discovers the new address and keeps the services", async () => {
    const id = await register();
    admin.manifests["/moved"] = manifestOf([]);
    const reply = await admin.call("PATCH", `/deployments/${id}`, {
      uri: "http://127.0.0.1:9080/moved",
      additional_headers: { "x-a": "1" },
      use_http_11: true,
    });
    expect(reply.json).toMatchObject({
      uri: "http://127.0.0.1:9080/moved",
      additional_headers: { "x-a": "1" },
      http_version: "HTTP/1.1",
      services: [{ name: "Greeter" }, { name: "Flow" }],
    });
    admin.manifests["/moved"] = manifestOf([], { maxProtocolVersion: 5 });
    const refused = await admin.call("PATCH", `/deployments/${id}`, { use_http_11: false });
    expect([refused.status, refused.json.restate_code]).toEqual([400, "META0016"]);
  });

  test("deletion needs force", async () => {
    const id = await register();
    for (const query of ["", "?force=false"]) {
      const reply = await admin.call("DELETE", `/deployments/${id}${query}`);
      expect([reply.status, reply.text, reply.headers.get("content-type")]).toEqual([
        501,
        "",
        null,
      ]);
    }
    const malformed = await admin.call("DELETE", `/deployments/${id}?force=maybe`);
    expect([malformed.status, malformed.text]).toEqual([
      400,
      "Failed to deserialize query string: force: provided string was not `true` or `false`",
    ]);
    expect((await admin.call("DELETE", `/deployments/${id}?force=true`)).status).toBe(202);
    expect((await admin.call("GET", "/services/Greeter")).status).toBe(404);
  });
});
