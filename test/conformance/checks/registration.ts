/** Registering, updating and deleting deployments (admin-api.md 4). */

import { deepEqual, equal, match, notEqual } from "node:assert/strict";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import type { Json, JsonObject } from "../support/http.ts";
import { manifest, object, service } from "../support/mock.ts";
import { until } from "../support/wait.ts";

const list = new CheckList("admin-api.md");

/** Checks of this topic. */
export const registrationChecks = list.checks;

/** A registered deployment with one service; returns its name, id and the mock. */
async function registered(context: CheckContext) {
  const name = context.unique("Reg");
  const deployment = await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => attempt.finish("1"),
  });
  return { name, deployment };
}

list.add("AP-4a 4", "a new deployment answers 201 with its location", async (context) => {
  const deployment = context.mock(manifest([service(context.unique("New"), ["h"])]));

  const answer = (await context.server.register(deployment.uri)).expect(201);

  const id = String(answer.object()["id"]);
  match(id, /^dp_1[0-9a-zA-Z]{22}$/);
  equal(answer.headers["location"], `deployments/${id}`);
  const [registeredService] = answer.object()["services"] as JsonObject[];
  equal(registeredService?.["revision"], 1);
});

list.add("AP-4b 4", "a known deployment is not contacted again", async (context) => {
  const { deployment } = await registered(context);

  const answer = (await context.server.register(deployment.uri)).expect(200);

  equal(answer.object()["id"], deployment.id);
  equal(deployment.discoveries.length, 1);
});

list.add("AP-4c 4", "force replaces the services under the same id", async (context) => {
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

list.add("AP-4d 4", "a second deployment takes the next revision", async (context) => {
  const { name } = await registered(context);

  await context.deploy(manifest([service(name, ["h"])]), {});

  equal((await context.server.admin.get(`/services/${name}`)).object()["revision"], 2);
});

list.add("AP-4e 4", "a changed service type needs permission", async (context) => {
  const { name } = await registered(context);
  const changed = () => context.mock(manifest([object(name, ["h"])]));

  const refused = (await context.server.register(changed().uri)).expect(409);
  const allowed = await context.server.register(changed().uri, { breaking: true });

  equal(refused.object()["restate_code"], "META0006");
  equal(allowed.status, 201);
  equal((await context.server.admin.get(`/services/${name}`)).object()["ty"], "VirtualObject");
});

list.add("AP-4f 4", "a dry run answers the same and stores nothing", async (context) => {
  const name = context.unique("Dry");
  const deployment = context.mock(manifest([service(name, ["h"])]));

  const answer = (await context.server.register(deployment.uri, { dry_run: true })).expect(201);

  match(String(answer.object()["id"]), /^dp_1/);
  equal((await context.server.admin.get(`/services/${name}`)).status, 404);
  const id = String(answer.object()["id"]);
  equal((await context.server.admin.get(`/deployments/${id}`)).status, 404);
});

list.add("AP-4g 4", "a deployment reads back with its properties", async (context) => {
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

list.add("AP-4h 4", "an unknown or malformed deployment id is refused", async (context) => {
  const unknown = "dp_10000000000000000000001";
  const missing = (await context.server.admin.get(`/deployments/${unknown}`)).expect(404);
  const malformed = (await context.server.admin.get("/deployments/garbage")).expect(400);

  deepEqual(missing.object(), {
    message: `The requested deployment '${unknown}' does not exist`,
    restate_code: null,
  });
  match(malformed.text, /^Invalid URL: Cannot parse `deployment` with value `garbage`: bad format/);
});

list.add("AP-4i 4", "an update moves a deployment and keeps its services", async (context) => {
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

list.add("AP-4j 4", "an update to another protocol range is META0016", async (context) => {
  const { name, deployment } = await registered(context);
  const other = context.mock(manifest([service(name, ["h"])], 6));

  const answer = await context.server.admin.patch(`/deployments/${deployment.id}`, {
    json: { uri: other.uri },
  });

  deepEqual([answer.status, answer.object()["restate_code"]], [400, "META0016"]);
});

list.add("AP-4k 4", "deleting an unknown deployment answers 404", async (context) => {
  const unknown = "dp_10000000000000000000001";

  const answer = await context.server.admin.send("DELETE", `/deployments/${unknown}?force=true`);

  equal(
    answer.expect(404).message,
    `not found in the schema registry: deployment with id '${unknown}'`,
  );
});

list.add("AP-4l 4", "removing handlers is not breaking", async (context) => {
  const name = context.unique("Fewer");
  await context.deploy(manifest([service(name, ["a", "b"])]));

  await context.deploy(manifest([service(name, ["b"])]));

  await until("the service is replaced", async () => {
    const current = (await context.server.admin.get(`/services/${name}`)).object();
    return (current["handlers"] as Json[]).length === 1;
  });
});

list.addWith(
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
