/** Services, state, versions, errors and queries of the admin API (admin-api.md). */

import { deepEqual, equal, match, ok } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { Json, JsonObject } from "../support/http.ts";
import { manifest, object, service, workflow } from "../support/mock.ts";
import { until } from "../support/wait.ts";

const list = new CheckList("admin-api.md");

/** Checks of this topic. */
export const adminChecks = list.checks;

list.add("AP-3 3", "version names the supported admin API and features", async (context) => {
  const version = (await context.server.admin.get("/version")).expect(200).object();

  match(String(version["version"]), /^\d+\.\d+\.\d+/);
  deepEqual([version["min_admin_api_version"], version["max_admin_api_version"]], [2, 4]);
  match(String(version["ingress_endpoint"]), /^http:\/\//);
  const features = version["features"] as JsonObject;
  deepEqual([features["vqueues"], features["protocol_v7"]], [true, true]);
  ok(Object.values(features).every((value) => typeof value === "boolean"));
});

list.add("AP-3a 3", "health is an empty 200", async (context) => {
  for (const method of ["GET", "HEAD"]) {
    const answer = (await context.server.admin.send(method, "/health")).expect(200);
    equal(answer.text, "");
  }
});

list.add("AP-3b 3", "openapi describes the admin API", async (context) => {
  const document = (await context.server.admin.get("/openapi")).expect(200).object();

  match(String(document["openapi"]), /^3\.1/);
  const paths = Object.keys(document["paths"] as JsonObject);
  for (const path of ["/deployments", "/services/{service}", "/health"]) {
    ok(paths.includes(path), `${path} is missing of ${paths.join()}`);
  }
});

list.add("AP-1a 1", "every route is served under v2, v3 and v4 too", async (context) => {
  for (const prefix of ["/v2", "/v3", "/v4"]) {
    for (const path of ["/version", "/services", "/deployments", "/services/Basic"]) {
      (await context.server.admin.get(`${prefix}${path}`)).expect(200);
    }
  }
  const first = (await context.server.admin.get("/v1/services")).expect(400);
  equal(
    first.text,
    "Unsupported Admin API version V1. This server supports versions between V2 and V4.",
  );
  const fifth = (await context.server.admin.get("/v5/services")).expect(404);
  equal(fifth.text, "");
});

list.add(
  "AP-1b 1",
  "version 2 forces by default and refuses known deployments",
  async (context) => {
    const name = context.unique("Vtwo");
    const deployment = context.mock(manifest([service(name, ["h"])]));
    const register = (path: string, options: JsonObject = {}) =>
      context.server.admin.post(path, { json: { uri: deployment.uri, ...options } });

    (await register("/v2/deployments")).expect(201);
    const refused = (await register("/v2/deployments", { force: false })).expect(409);
    const forced = await register("/v2/deployments");
    const third = await register("/v3/deployments");

    match(refused.message, /deployment dp_1\w+ already exists/);
    deepEqual([forced.status, third.status], [201, 200]);
    const current = (await context.server.admin.get(`/services/${name}`)).object();
    equal(current["revision"], 2);
  },
);

list.add("AP-1c 1", "errors are JSON with message and code, always both", async (context) => {
  const answer = (await context.server.admin.get("/services/Nope")).expect(404);

  equal(
    answer.text,
    `{"message":"The requested service 'Nope' does not exist","restate_code":null}`,
  );
  match(answer.headers["content-type"] ?? "", /^application\/json/);
});

list.add(
  "AP-1d 1",
  "wrong methods are 405 with allow, unknown paths empty 404",
  async (context) => {
    const method = (await context.server.admin.send("DELETE", "/services/Basic")).expect(405);
    const path = (await context.server.admin.get("/nowhere")).expect(404);
    const options = await context.server.admin.send("OPTIONS", "/services");

    equal(method.text, "");
    match(method.headers["allow"] ?? "", /GET/);
    equal(path.text, "");
    equal(options.status, 405);
  },
);

list.add("AP-5a 5", "a service shows its effective settings", async (context) => {
  const name = context.unique("Full");
  const options = {
    documentation: "about it",
    metadata: { team: "a" },
    idempotencyRetention: 600_000,
    journalRetention: 300_000,
    inactivityTimeout: 30_000,
    abortTimeout: 40_000,
    retryPolicyInitialInterval: 100,
    retryPolicyMaxInterval: 1000,
    retryPolicyMaxAttempts: 3,
    retryPolicyExponentiationFactor: 1.5,
    retryPolicyOnMaxAttempts: "PAUSE",
  };
  const { id } = await context.deploy(manifest([service(name, ["h"], options)]));

  const shown = (await context.server.admin.get(`/services/${name}`)).expect(200).object();

  const { handlers, ...rest } = shown;
  deepEqual(rest, {
    name,
    ty: "Service",
    documentation: "about it",
    metadata: { team: "a" },
    deployment_id: id,
    revision: 1,
    public: true,
    idempotency_retention: "10m",
    journal_retention: "5m",
    inactivity_timeout: "30s",
    abort_timeout: "40s",
    enable_lazy_state: false,
    retry_policy: {
      initial_interval: "100ms",
      exponentiation_factor: 1.5,
      max_attempts: 3,
      max_interval: "1s",
      on_max_attempts: "Pause",
    },
  });
  equal((handlers as Json[]).length, 1);
});

list.add("AP-5b 5", "settings left open show the defaults", async (context) => {
  const name = context.unique("Default");
  await context.deploy(manifest([service(name, ["h"]), workflow(`${name}W`, ["run"])]));

  const plain = (await context.server.admin.get(`/services/${name}`)).expect(200).object();
  const flow = (await context.server.admin.get(`/services/${name}W`)).expect(200).object();

  deepEqual(
    ["idempotency_retention", "journal_retention", "inactivity_timeout", "abort_timeout"].map(
      (field) => plain[field],
    ),
    ["1d", "1d", "1m", "10m"],
  );
  deepEqual(plain["retry_policy"], {
    initial_interval: "500ms",
    exponentiation_factor: 2,
    max_attempts: 70,
    max_interval: "1m",
    on_max_attempts: "Pause",
  });
  equal("workflow_completion_retention" in plain, false);
  equal(flow["workflow_completion_retention"], "1d");
});

list.add("AP-5c 5", "handlers list and read alone with their overrides", async (context) => {
  const name = context.unique("Handlers");
  const handler = {
    name: "h",
    ingressPrivate: true,
    documentation: "doc",
    inactivityTimeout: 5000,
    input: { contentType: "application/json" },
    output: {},
    retryPolicyMaxAttempts: 7,
  };
  await context.deploy(manifest([object(name, [handler, "plain"])]));
  const base = `/services/${name}/handlers`;

  const all = (await context.server.admin.get(base)).expect(200).object()["handlers"] as Json[];
  const one = (await context.server.admin.get(`${base}/h`)).expect(200).object();
  const missing = (await context.server.admin.get(`${base}/nope`)).expect(404);

  equal(all.length, 2);
  deepEqual(
    ["name", "ty", "public", "documentation", "inactivity_timeout"].map((field) => one[field]),
    ["h", "Exclusive", false, "doc", "5s"],
  );
  equal((one["retry_policy"] as JsonObject)["max_attempts"], 7);
  equal("abort_timeout" in one, false);
  equal(missing.message, `The requested handler 'nope' on service '${name}' does not exist`);
});

list.add("AP-5d 5", "the services list holds every registered service", async (context) => {
  const name = context.unique("Listed");
  await context.deploy(manifest([service(name, ["h"])]));

  const all = (await context.server.admin.get("/services")).expect(200).object();

  const names = (all["services"] as JsonObject[]).map((each) => each["name"]);
  for (const each of [name, "Basic", "Hidden"]) ok(names.includes(each));
});

list.add("AP-5e 5", "a service's settings can be changed in place", async (context) => {
  const name = context.unique("Patched");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => attempt.finish("1"),
  });
  const patch = (json: JsonObject) => context.server.admin.patch(`/services/${name}`, { json });

  const changed = (
    await patch({ public: false, idempotency_retention: "2h", journal_retention: "PT30M" })
  )
    .expect(200)
    .object();

  deepEqual(
    ["public", "idempotency_retention", "journal_retention", "revision"].map((at) => changed[at]),
    [false, "2h", "30m", 1],
  );
  (await context.server.call(`${name}/h`)).expect(400);
  (await patch({ public: null })).expect(200);
  (await patch({ public: true, inactivity_timeout: "1m 30s", abort_timeout: "5 hours" })).expect(
    200,
  );
  const { id } = (await context.server.call(`${name}/h`)).expect(200);
  const row = await context.server.waitStatus(id, "completed");
  deepEqual([row["completion_retention"], row["journal_retention"]], ["PT7200S", "PT1800S"]);
  (await context.server.register(deployment.uri, { force: true })).expect(200);
  const reset = (await context.server.admin.get(`/services/${name}`)).object();
  deepEqual([reset["revision"], reset["idempotency_retention"]], [2, "1d"]);
});

list.add("AP-5f 5", "wrong changes of a service are refused", async (context) => {
  const patch = (name: string, json: JsonObject) =>
    context.server.admin.patch(`/services/${name}`, { json });

  const retention = await patch("Basic", { workflow_completion_retention: "1h" });
  const duration = await patch("Basic", { journal_retention: "soon" });
  const missing = await patch("Nope", { public: true });

  equal(retention.status, 400);
  match(retention.message, /modifying retention time for service type Service is unsupported/);
  equal(duration.status, 422);
  equal(missing.expect(404).message, "not found in the schema registry: service with name 'Nope'");
});

list.add("AP-5g 5", "request/response services show no inactivity timeout", async (context) => {
  const name = context.unique("Rr");
  const options = { protocolMode: "REQUEST_RESPONSE" };
  await context.deploy(manifest([service(name, ["h"])], 7, options));

  const shown = (await context.server.admin.get(`/services/${name}`)).expect(200).object();

  equal(shown["inactivity_timeout"], "0s");
});

list.add("AP-5h 5", "a state edit takes strings and byte arrays", async (context) => {
  const key = context.unique();
  const json = { object_key: key, new_state: { text: "abc", bytes: [100, 101] } };

  (await context.server.admin.post("/services/Store/state", { json })).expect(202);

  await until(
    "the state is stored",
    async () => Object.keys(await context.server.state("Store", key)).length === 2,
  );
  deepEqual(await context.server.state("Store", key), { bytes: "de", text: "abc" });
});

list.add("AP-5i 5", "an empty edit clears the state", async (context) => {
  const key = context.unique();
  await context.server.call(`Store/${key}/set`, { a: 1 });

  const json = { object_key: key, new_state: {} };
  (await context.server.admin.post("/services/Store/state", { json })).expect(202);

  await until(
    "the state is gone",
    async () => Object.keys(await context.server.state("Store", key)).length === 0,
  );
});

list.add("AP-5j 5", "malformed state edits are refused", async (context) => {
  const edit = (json: JsonObject, name = "Store") =>
    context.server.admin.post(`/services/${name}/state`, { json });

  const missing = await edit({ new_state: {} });
  const unknown = await edit({ object_key: "k", new_state: { a: "1" } }, "Nope");

  equal(missing.status, 422);
  match(missing.text, /missing field `object_key`/);
  equal(unknown.status, 404);
});

list.add("AP-5k 5", "the openapi of a service has its routes", async (context) => {
  const name = context.unique("Api");
  await context.deploy(manifest([object(name, ["h"]), workflow(`${name}W`, ["run", "signal"])]));
  const pathsOf = async (of: string) => {
    const document = (await context.server.admin.get(`/services/${of}/openapi`)).expect(200);
    match(String(document.object()["openapi"]), /^3\.1/);
    return Object.keys(document.object()["paths"] as JsonObject);
  };

  const keyed = await pathsOf(name);
  const flow = await pathsOf(`${name}W`);

  for (const path of [`/restate/call/${name}/{key}/h`, `/restate/send/${name}/{key}/h`]) {
    ok(keyed.includes(path), keyed.join());
  }
  for (const path of [
    `/restate/workflow/${name}W/{key}/attach`,
    `/restate/call/${name}W/{key}/run`,
  ]) {
    ok(flow.includes(path), flow.join());
  }
});

list.add("AP-6a 6", "a malformed invocation id is refused by every operation", async (context) => {
  const verbs = ["cancel", "kill", "pause", "resume", "purge", "purge-journal", "restart-as-new"];
  for (const verb of verbs) {
    const answer = (await context.server.operate("garbage", verb)).expect(400);
    equal(answer.message, "The request field 'invocation_id' is invalid. Reason: bad format");
  }
});

list.add("AP-9a 9", "a query answers rows as JSON", async (context) => {
  const { id } = (await context.server.call("Basic/echo", 1)).expect(200);
  await context.server.waitStatus(id, "completed");

  const rows = await context.server.sql(
    `SELECT id, target, restarted_from FROM sys_invocation WHERE id = '${id}'`,
  );

  deepEqual(rows, [{ id, target: "Basic/echo" }]);
});

list.add("AP-9b 9", "a query that cannot be run answers an error", async (context) => {
  const query = (text: string) =>
    context.server.admin.post("/query", {
      json: { query: text },
      headers: { accept: "application/json" },
    });

  equal((await query("SELEC nonsense")).status, 400);
  for (const text of ["SELECT * FROM no_such_table", "SELECT nope FROM sys_invocation"]) {
    const answer = await query(text);
    equal(answer.status, 500, text);
    deepEqual(Object.keys(answer.object()), ["message"]);
  }
  const shape = await context.server.admin.post("/query", { json: {} });
  equal(shape.status, 422);
});

list.add("AP-9c 9", "the journal table shows entries with their content", async (context) => {
  const { id } = (await context.server.call("Basic/echo", "hi")).expect(200);
  await context.server.waitStatus(id, "completed");

  const rows = await context.server.sql(
    `SELECT index, entry_type, version, raw_length, entry_json FROM sys_journal ` +
      `WHERE id = '${id}' ORDER BY index`,
  );

  deepEqual(
    rows.map((row) => [row["index"], row["entry_type"], row["version"]]),
    [
      [0, "Command: Input", 2],
      [1, "Command: Output", 2],
    ],
  );
  const output = JSON.parse(String(rows[1]?.["entry_json"])) as JsonObject;
  deepEqual(output, {
    Command: { Output: { result: { Success: [...Buffer.from('"hi"')] }, name: "" } },
  });
});

list.add("AP-9d 9", "deployments and services can be queried", async (context) => {
  const name = context.unique("Queried");
  const { id } = await context.deploy(manifest([object(name, ["h"])]));

  const services = await context.server.sql(
    `SELECT name, revision, ty, deployment_id, public FROM sys_service WHERE name = '${name}'`,
  );
  const deployments = await context.server.sql(
    `SELECT id, min_service_protocol_version, max_service_protocol_version ` +
      `FROM sys_deployment WHERE id = '${id}'`,
  );

  deepEqual(services, [
    { name, revision: 1, ty: "virtual_object", deployment_id: id, public: true },
  ]);
  deepEqual(deployments, [
    { id, min_service_protocol_version: 5, max_service_protocol_version: 7 },
  ]);
});

list.add("AP-9e 9", "state rows show keys, values and text", async (context) => {
  const key = context.unique();
  await context.server.call(`Store/${key}/set`, { a: "x" });

  const rows = await context.server.sql(
    `SELECT service_name, service_key, key, value, value_utf8 FROM state WHERE service_key = '${key}'`,
  );

  deepEqual(rows, [
    {
      service_name: "Store",
      service_key: key,
      key: "a",
      value: Buffer.from('"x"').toString("hex"),
      value_utf8: '"x"',
    },
  ]);
});
