/** Behaviour behind settings: request identity, size and concurrency limits, HTTP/1.1. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "@restatedev/restate-sdk";
import { createEndpointHandler, service as sdkService } from "@restatedev/restate-sdk";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import { HttpClient, type JsonObject } from "../support/http.ts";
import { manifest, object, service, textValue, workflow } from "../support/mock.ts";
import { fromUtf8 } from "../support/protobuf.ts";
import type { Server } from "../support/server.ts";
import { gates, recorder, until } from "../support/wait.ts";

const protocol = new CheckList("service-protocol.md");
const ingress = new CheckList("ingress-http.md");
const semantics = new CheckList("invocation-semantics.md");
const admin = new CheckList("admin-api.md");

const SLOW = { slow: true };
const KEY_PAIR = generateKeyPairSync("ed25519");
const LIMIT_BYTES = 16 * 1024;
const MESSAGE_BYTES = 1024 * 1024;

/** Runs `work` with a server that signs its requests and has small limits. */
function limited<T>(context: CheckContext, work: (server: Server) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "conformance-key-"));
  const file = join(folder, "key.pem");
  writeFileSync(file, KEY_PAIR.privateKey.export({ type: "pkcs8", format: "pem" }));
  const settings = {
    RESTATE_WORKER__INVOKER__REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: file,
    RESTATE_INGRESS__REQUEST_SIZE_LIMIT: `${LIMIT_BYTES}`,
    RESTATE_INGRESS__CONCURRENT_API_REQUESTS_LIMIT: "3",
    RESTATE_WORKER__INVOKER__EAGER_STATE_SIZE_LIMIT: "1000",
    RESTATE_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT: "4",
    RESTATE_WORKER__CLEANUP_INTERVAL: "1h",
    RESTATE_MAX_IDEMPOTENCY_RETENTION: "2h",
    RESTATE_MAX_JOURNAL_RETENTION: "1h",
    RESTATE_MAX_WORKFLOW_COMPLETION_RETENTION: "3h",
    RESTATE_WORKER__INVOKER__MESSAGE_SIZE_LIMIT: `${MESSAGE_BYTES}`,
  };
  const done = context.fixture.dedicated("limited", { settings }, work);
  return done.finally(() => rmSync(folder, { recursive: true, force: true }));
}

interface Token {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Decodes a compact token after verifying its signature. */
function verified(token: string): Token {
  const [header = "", claims = "", signature = ""] = token.split(".");
  const signed = Buffer.from(`${header}.${claims}`);
  ok(verify(null, signed, KEY_PAIR.publicKey, Buffer.from(signature, "base64url")));
  const parse = (part: string) =>
    JSON.parse(Buffer.from(part, "base64url").toString()) as JsonObject;
  return { header: parse(header), claims: parse(claims) };
}

protocol.addWith(
  "SP-3.3 3.3",
  "requests are signed with the configured key",
  SLOW,
  async (context) => {
    ok(
      createPrivateKey(KEY_PAIR.privateKey.export({ type: "pkcs8", format: "pem" })) !== undefined,
    );
    await limited(context, async (server) => {
      const name = context.unique("Signed");
      const deployment = await context.deploy(
        manifest([service(name, ["h"]), object(`${name}Obj`, ["h"])]),
        {
          [`${name}/h`]: (attempt) => attempt.finish("1"),
          [`${name}Obj/h`]: (attempt) => attempt.finish("1"),
        },
        server,
      );
      await until("a call answers", async () => (await server.call(`${name}/h`)).status === 200);
      (await server.call(`${name}Obj/the%20key/h`)).expect(200);

      const [discovery] = deployment.discoveries;
      equal(discovery?.["x-restate-signature-scheme"], "v1");
      equal(verified(String(discovery?.["x-restate-jwt-v1"])).claims["aud"], "/discover");
      const [plain, keyed] = deployment.attempts.slice(-2).map(({ headers }) => {
        equal(headers["x-restate-signature-scheme"], "v1");
        return verified(String(headers["x-restate-jwt-v1"]));
      });
      equal(plain?.header["alg"], "EdDSA");
      equal(plain?.header["typ"], "JWT");
      match(String(plain?.header["kid"]), /^publickeyv1_[1-9A-HJ-NP-Za-km-z]{43,44}$/);
      deepEqual(
        [plain?.claims["aud"], "sub" in (plain?.claims ?? {})],
        [`/invoke/${name}/h`, false],
      );
      equal(keyed?.claims["sub"], "the key");
      const [issued, before, expires] = ["iat", "nbf", "exp"].map((at) =>
        Number(plain?.claims[at]),
      );
      deepEqual([(issued ?? 0) - (before ?? 0), (expires ?? 0) - (issued ?? 0)], [60, 60]);
    });
  },
);

protocol.addWith(
  "SP-3.3a 3.3",
  "the SDK accepts the signature of its key",
  SLOW,
  async (context) => {
    await limited(context, async (server) => {
      const name = context.unique("Verifying");
      const probe = await context.deploy(manifest([service(`${name}P`, ["h"])]), {}, server);
      const kid = String(
        verified(String(probe.discoveries[0]?.["x-restate-jwt-v1"])).header["kid"],
      );
      const handler = createEndpointHandler({
        services: [
          sdkService({ name, handlers: { echo: async (_: Context, input: string) => input } }),
        ],
        identityKeys: [kid],
        logger: () => {},
      });
      const { createServer: createHttp2Server } = await import("node:http2");
      const http2 = createHttp2Server(handler);
      await new Promise<void>((resolve) => {
        http2.listen(0, "127.0.0.1", () => resolve());
      });
      const { port } = http2.address() as AddressInfo;

      (await server.register(`http://127.0.0.1:${port}`)).expect(201);
      const answer = await server.call(`${name}/echo`, "signed");
      http2.close();

      equal(answer.expect(200).json(), "signed");
    });
  },
);

protocol.addWith(
  "SP-13c 13",
  "eager state stops at its limit and says so",
  SLOW,
  async (context) => {
    await limited(context, async (server) => {
      const name = context.unique("Partial");
      const deployment = await context.deploy(
        manifest([object(name, ["set", "get"])]),
        {
          [`${name}/set`]: (attempt) => {
            for (const key of ["a", "b", "c"]) {
              attempt.send("SetState", { key, value: textValue("x".repeat(400)) });
            }
            attempt.finish("1");
          },
          [`${name}/get`]: async (attempt) => {
            attempt.send("GetLazyState", { key: "c", result_completion_id: 1 });
            const { fields } = await attempt.next();
            attempt.finish(fromUtf8((fields["value"] as { content: Uint8Array }).content));
          },
        },
        server,
      );
      (await server.call(`${name}/k/set`)).expect(200);

      const answer = (await server.call(`${name}/k/get`)).expect(200);

      equal(answer.text.length, 400);
      const start = deployment.attempts.at(-1)?.start ?? {};
      const keys = (start["state_map"] as { key: Uint8Array }[]).map(({ key }) => fromUtf8(key));
      deepEqual([keys, start["partial_state"]], [["a", "b"], true]);
    });
  },
);

protocol.addWith(
  "SP-16 16",
  "a message over the configured limit is RT0003",
  SLOW,
  async (context) => {
    await limited(context, async (server) => {
      const name = context.unique("Big");
      await context.deploy(
        manifest([service(name, ["h"], { retryPolicyInitialInterval: 20 })]),
        {
          [`${name}/h`]: (attempt) => {
            if (attempt.number > 1) attempt.finish("small");
            else attempt.finish("x".repeat(2 * MESSAGE_BYTES));
          },
        },
        server,
      );

      const { id, text } = (await server.call(`${name}/h`)).expect(200);

      equal(text, "small");
      const [event] = await server.events(id);
      equal(event?.json["restate_doc_error_code"], "RT0003");
    });
  },
);

ingress.addWith("S53 9", "a body over the limit is 413, in two shapes", SLOW, async (context) => {
  await limited(context, async (server) => {
    const name = context.unique("Sized");
    await context.deploy(
      manifest([service(name, ["h"])]),
      { [`${name}/h`]: (attempt) => attempt.finish(`${attempt.input.length}`) },
      server,
    );
    const body = "x".repeat(LIMIT_BYTES + 1);
    const headers = { "content-type": "text/plain" };

    const announced = await server.ingress.post(`/${name}/h`, { body, headers });
    const fitting = await server.ingress.post(`/${name}/h`, { body: body.slice(1), headers });
    const chunked = await server.ingress.post(`/${name}/h`, {
      body,
      headers: { ...headers, "transfer-encoding": "chunked" },
    });

    deepEqual([announced.status, announced.text], [413, "length limit exceeded"]);
    equal(fitting.expect(200).text, `${LIMIT_BYTES}`);
    equal(chunked.status, 413);
    equal(chunked.message, "cannot read body: LengthLimitError");
  });
});

ingress.addWith(
  "IN-9b 9",
  "too many requests at once are refused with 429",
  SLOW,
  async (context) => {
    await limited(context, async (server) => {
      await context.fixture.registerSdk(server);
      const subject = context.unique();
      const holding = [1, 2, 3].map(() => server.call("Basic/hold", { subject }));
      await recorder.seen(subject, "start", 3);

      const refused = await server.call("Basic/echo", 1);
      gates.open(subject);

      deepEqual(refused.expect(429).object(), {
        code: 429,
        message: "too many requests, the ingress is overloaded. Retry later.",
        source: "ingress",
      });
      for (const call of holding) (await call).expect(200);
      await until(
        "there is room again",
        async () => (await server.call("Basic/echo", 1)).status === 200,
      );
    });
  },
);

protocol.add("SP-3.1 3.1", "a deployment that speaks HTTP/1.1 works", async (context) => {
  const name = context.unique("OldHttp");
  const handler = createEndpointHandler({
    services: [
      sdkService({
        name,
        handlers: {
          work: async (inner: Context, input: number) => {
            const first = await inner.run("one", () => input + 1);
            await inner.sleep(50);
            return first + (await inner.run("two", () => 10));
          },
        },
      }),
    ],
    logger: () => {},
  });
  const server = createServer(handler);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const answer = await context.server.register(`http://127.0.0.1:${port}`, { use_http_11: true });

  const id = String(answer.expect(201).object()["id"]);
  const shown = (await context.server.admin.get(`/deployments/${id}`)).expect(200).object();
  const result = await context.server.call(`${name}/work`, 1);
  server.close();

  equal(result.expect(200).json(), 12);
  deepEqual([shown["http_version"], shown["protocol_type"]], ["HTTP/1.1", "RequestResponse"]);
});

semantics.addWith("AD-9 3", "configured maxima clamp retentions", SLOW, async (context) => {
  await limited(context, async (server) => {
    const name = context.unique("Clamped");
    await context.deploy(
      manifest([service(name, ["h"]), workflow(`${name}W`, ["run"])]),
      {
        [`${name}/h`]: (attempt) => attempt.finish("1"),
        [`${name}W/run`]: (attempt) => attempt.finish("1"),
      },
      server,
    );

    const plain = (await server.call(`${name}/h`)).expect(200).id;
    const run = (await server.call(`${name}W/k/run`)).expect(200).id;

    const retentions = async (id: string) => {
      const row = await server.waitStatus(id, "completed");
      return [row["completion_retention"], row["journal_retention"]];
    };
    deepEqual(await retentions(plain), ["PT7200S", "PT3600S"]);
    deepEqual(await retentions(run), ["PT10800S", "PT3600S"]);
  });
});

semantics.addWith(
  "ID-7 6",
  "an expired key deduplicates until it is cleaned",
  SLOW,
  async (context) => {
    await limited(context, async (server) => {
      const name = context.unique("Expired");
      const deployment = await context.deploy(
        manifest([service(name, ["h"], { idempotencyRetention: 1 })]),
        { [`${name}/h`]: (attempt) => attempt.finish(`${attempt.number}`) },
        server,
      );
      const call = () =>
        server.call(`${name}/h`, undefined, { headers: { "idempotency-key": "k" } });
      const first = (await call()).expect(200);
      const row = await server.waitStatus(first.id, "completed");
      const expired = Date.parse(String(row["completed_at"])) + 1;
      await until("the result has expired", () => Date.now() > expired);

      const second = (await call()).expect(200);

      deepEqual([second.id, deployment.attempts.length], [first.id, 1]);
    });
  },
);

semantics.addWith("FC-14 20.2", "the limit of running attempts holds", SLOW, async (context) => {
  await limited(context, async (server) => {
    const name = context.unique("Many");
    let running = 0;
    let most = 0;
    await context.deploy(
      manifest([service(name, ["h"])]),
      {
        [`${name}/h`]: async (attempt) => {
          most = Math.max(most, ++running);
          await gates.wait(name);
          running--;
          attempt.finish("1");
        },
      },
      server,
    );
    const ids: string[] = [];
    for (let index = 0; index < 7; index++) ids.push(await server.sendCall(`${name}/h`));
    await until("four attempts run", () => running === 4);
    const query =
      `SELECT count(*) AS n FROM sys_invocation WHERE target_service_name = '${name}' ` +
      "AND status IN ('ready', 'pending')";
    await until("three wait", async () => Number((await server.sql(query))[0]?.["n"]) === 3);

    gates.open(name);

    for (const id of ids) await server.waitStatus(id, "completed");
    equal(most, 4);
  });
});

admin.addWith(
  "AP-4n 4",
  "deployments registered at the same moment all succeed",
  { differs: "the original gives up on some of them with 500; ours go one by one", slow: true },
  async (context) => {
    await limited(context, async (server) => {
      const names = Array.from({ length: 40 }, () => context.unique("AtOnce"));
      const client = new HttpClient(server.admin.origin);
      const register = (name: string) => {
        const { uri } = context.mock(manifest([service(name, ["h"])]));
        return client.post("/deployments", { json: { uri } });
      };

      const answers = await Promise.all(names.map(register));
      client.close();

      const allowed = context.expected({ oracle: [201, 500], stet: [201] });
      for (const answer of answers) ok(allowed.includes(answer.status), answer.describe());
      const all = (await server.admin.get("/services")).expect(200).object();
      const listed = new Set((all["services"] as JsonObject[]).map((each) => each["name"]));
      const accepted = names.filter((_, index) => answers[index]?.status === 201);
      deepEqual(
        accepted.filter((name) => !listed.has(name)),
        [],
      );
    });
  },
);

/** Checks of this topic. */
export const settingChecks = [
  ...protocol.checks,
  ...ingress.checks,
  ...semantics.checks,
  ...admin.checks,
];
