/** The HTTP ingress: transport, routes, headers, errors (ingress-http.md). */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";

import { CheckList } from "../support/check.ts";
import type { CheckContext } from "../support/context.ts";
import { manifest, object, service } from "../support/mock.ts";
import { within } from "../support/wait.ts";

const list = new CheckList("ingress-http.md");

/** Checks of this topic. */
export const ingressChecks = list.checks;

/** Sends bytes over a plain socket and returns what comes back until `enough` or the end. */
async function rawExchange(
  context: CheckContext,
  bytes: string,
  enough: (received: string) => boolean,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(context.server.ingress.port, "127.0.0.1", () => socket.write(bytes));
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
    if (enough(received)) resolve(received);
  });
  socket.on("close", () => resolve(received));
  socket.on("error", reject);
  try {
    return await within("the raw answer", promise);
  } finally {
    socket.destroy();
  }
}

list.add("IN-1a 1", "HTTP/1.0 and keep-alive are served", async (context) => {
  const old = await rawExchange(context, "GET /restate/health HTTP/1.0\r\n\r\n", (text) =>
    text.includes('"services"'),
  );
  const request = "GET /restate/health HTTP/1.1\r\nhost: x\r\n\r\n";
  const twice = await rawExchange(
    context,
    request + request,
    (text) => text.split('"services"').length === 3,
  );

  match(old, /^HTTP\/1\.[01] 200/);
  equal(twice.split("HTTP/1.1 200").length, 3);
});

list.add("IN-1b 1", "Expect: 100-continue is answered", async (context) => {
  const head =
    "POST /Basic/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
    "content-length: 1\r\nexpect: 100-continue\r\n\r\n";

  const text = await rawExchange(context, head, (received) => received.includes("\r\n\r\n"));

  match(text, /^HTTP\/1\.1 100 /);
});

list.add("IN-1c 1", "chunked bodies are read", async (context) => {
  const text = await rawExchange(
    context,
    "POST /Basic/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
      'transfer-encoding: chunked\r\n\r\n2\r\n"a\r\n2\r\nb"\r\n0\r\n\r\n',
    (received) => received.includes('"ab"'),
  );

  match(text, /^HTTP\/1\.1 200/);
});

list.add("IN-1d 1", "HTTP/2 with prior knowledge is served on the same port", async (context) => {
  const session = connectHttp2(context.server.ingress.origin);
  const stream = session.request({
    ":method": "POST",
    ":path": "/Basic/echo",
    "content-type": "application/json",
  });
  const { promise, resolve, reject } = Promise.withResolvers<[number, string]>();
  let status = 0;
  let body = "";
  stream.on("response", (headers) => {
    status = Number(headers[":status"]);
  });
  stream.on("data", (chunk: Buffer) => {
    body += chunk.toString();
  });
  stream.on("end", () => resolve([status, body]));
  stream.on("error", reject);
  session.on("error", reject);
  stream.end('"h2"');

  const answer = await within("the HTTP/2 answer", promise);
  session.close();

  deepEqual(answer, [200, '"h2"']);
});

list.add("IN-1e 1", "an upgrade to h2c is ignored", async (context) => {
  const text = await rawExchange(
    context,
    "GET /restate/health HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, HTTP2-Settings\r\n" +
      "upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n",
    (received) => received.includes('"services"'),
  );

  match(text, /^HTTP\/1\.1 200/);
});

list.add("IN-1f 1", "slashes at the ends of the path do not matter", async (context) => {
  for (const path of ["/Basic/echo/", "//Basic/echo", "/Basic/echo"]) {
    equal((await context.server.call(path, 1)).expect(200).json(), 1);
  }
});

list.add("IN-1g 1", "every answer is open to other origins", async (context) => {
  const plain = (await context.server.call("Basic/echo", 1)).expect(200);
  const headers = { origin: "http://foo.com" };
  const mirrored = (await context.server.call("Basic/echo", 1, { headers })).expect(200);
  const failed = (await context.server.call("Nope/nope", 1, { headers })).expect(404);

  equal("access-control-allow-origin" in plain.headers, false);
  equal(plain.headers["access-control-allow-credentials"], "true");
  equal(
    plain.headers["vary"],
    "origin, access-control-request-method, access-control-request-headers",
  );
  for (const { headers: answered } of [mirrored, failed]) {
    equal(answered["access-control-allow-origin"], "http://foo.com");
  }
});

list.add("IN-1h 1", "a preflight is answered on any path", async (context) => {
  for (const path of ["/", "/Basic/echo", "/restate/lookup"]) {
    const answer = await context.server.ingress.send("OPTIONS", path, {
      headers: {
        origin: "http://foo.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,idempotency-key",
      },
    });
    equal(answer.expect(200).text, "");
    deepEqual(
      ["origin", "methods", "headers"].map(
        (each) => answer.headers[`access-control-allow-${each}`],
      ),
      ["http://foo.com", "POST", "content-type,idempotency-key"],
    );
  }
  const bare = (await context.server.ingress.send("OPTIONS", "/Basic/echo")).expect(200);
  equal("access-control-allow-methods" in bare.headers, false);
});

list.add("IN-1i 1", "answers carry a length and a date", async (context) => {
  const answer = (await context.server.call("Basic/echo", "x")).expect(200);

  equal(answer.headers["content-length"], "3");
  ok(!Number.isNaN(Date.parse(answer.headers["date"] ?? "")));
});

const PATHS: [string, string, number, RegExp][] = [
  ["POST", "/", 400, /^bad path: \/$/],
  ["POST", "/Basic", 400, /^bad path: \/Basic$/],
  ["GET", "/openapi", 400, /^bad path: \/openapi$/],
  ["GET", "/restate", 400, /^bad path: \/restate$/],
  ["GET", "/openapi/x", 404, /^not found$/],
  ["GET", "/restate/nowhere", 404, /^not found$/],
  ["POST", "/restate/signal/x/y", 404, /^not found$/],
  ["POST", "/Nope/echo", 404, /^service 'Nope' not found, make sure to register the service/],
  ["POST", "/Nope/a/b/c/d", 404, /^service 'Nope' not found/],
  ["POST", "/Bas%69c/echo", 404, /^service 'Bas%69c' not found/],
  [
    "POST",
    "/Basic/nope",
    404,
    /^the service 'Basic' exists, but the handler 'nope' was not found, check that the handler/,
  ],
  [
    "POST",
    "/Basic/echo/extra/parts",
    400,
    /^bad path, expected either \/:service-name\/:handler or \/:object-name\/:object-key\/:handl/,
  ],
  ["POST", "/Store/add", 400, /^bad path, expected either \/:service-name\/:handler or/],
  ["PUT", "/Basic/echo", 405, /^method not allowed$/],
  ["DELETE", "/Store/k/add", 405, /^method not allowed$/],
  ["POST", "/restate/health", 405, /^method not allowed$/],
  ["GET", "/restate/a/sign_1abc/resolve", 405, /^method not allowed$/],
  [
    "POST",
    "/restate/a/sign_1abc",
    400,
    /^bad path, expected either \/restate\/awakeables\/:id\/resolve or/,
  ],
  ["POST", "/Hidden/echo", 400, /^the invoked service is not public$/],
  ["PUT", "/Hidden/echo", 400, /^the invoked service is not public$/],
  ["GET", "/Basic/echo/send?delay=nope", 400, /^bad delay query parameter/],
  ["POST", "/Store/k%FFx/add", 400, /^bad path, cannot decode key/],
];

PATHS.forEach(([method, path, status, message], index) => {
  list.add(`IN-2-${index + 1} 2`, `${method} ${path} answers ${status}`, async (context) => {
    const answer = await context.server.ingress.send(method, path);

    equal(answer.status, status);
    match(answer.message, message);
    const { code, source } = answer.object();
    deepEqual([code, source], [status, "ingress"]);
    equal(answer.headers["x-restate-error-source"], "ingress");
    match(answer.headers["content-type"] ?? "", /^application\/json/);
    equal("x-restate-id" in answer.headers, false);
  });
});

list.add("IN-2a 2", "GET and POST call alike", async (context) => {
  const name = context.unique("Get");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => attempt.finish("1"),
  });

  equal((await context.server.ingress.get(`/${name}/h`)).expect(200).text, "1");
  const body = { body: '"x"', headers: { "content-type": "application/json" } };
  equal((await context.server.ingress.get("/Basic/echo", body)).expect(200).json(), "x");
  (await context.server.ingress.get(`/${name}/h/send`)).expect(202);
});

list.add("IN-2b 2", "a handler called send is callable and sendable", async (context) => {
  const name = context.unique("Sender");
  await context.deploy(manifest([service(name, ["send"])]), {
    [`${name}/send`]: (attempt) => attempt.finish('"handled"'),
  });

  equal((await context.server.call(`${name}/send`)).expect(200).json(), "handled");
  equal(
    (await context.server.call(`${name}/send/send`)).expect(202).object()["status"],
    "Accepted",
  );
});

list.add("IN-2c 2", "keys decode escapes once and leave the rest alone", async (context) => {
  const keys: [string, string][] = [
    ["a+b", "a+b"],
    ["%zz", "%zz"],
    ["%25", "%"],
    ["%C3%A9", "é"],
    ["a%2Fb", "a/b"],
  ];
  for (const [sent, seen] of keys) {
    equal((await context.server.call(`Store/${sent}/key`)).expect(200).json(), seen);
  }
});

list.add("IN-2d 2", "health lists services, private ones too", async (context) => {
  for (const path of ["/restate/health", "/restate/health/anything"]) {
    const services = (await context.server.ingress.get(path)).expect(200).object()["services"];
    for (const name of ["Basic", "Store", "Flow", "Hidden"]) {
      ok((services as string[]).includes(name), name);
    }
  }
});

list.add(
  "IN-3a 3",
  "handlers see the request headers, in lower case, first value",
  async (context) => {
    const answer = await context.server.call("/Basic/headers?foo=bar", 1, {
      headers: { "X-A": ["1", "2"], "idempotency-key": context.unique(), cookie: "c" },
    });

    const seen = answer.expect(200).object();

    equal(seen["x-restate-ingress-path"], "/Basic/headers?foo=bar");
    deepEqual([seen["x-a"], seen["cookie"], seen["content-type"]], ["1", "c", "application/json"]);
    equal(seen["content-length"], "1");
    for (const dropped of ["host", "connection", "idempotency-key"]) {
      equal(dropped in seen, false, dropped);
    }
  },
);

list.add("IN-3b 3", "a header value outside ASCII is refused by name", async (context) => {
  const text = await rawExchange(
    context,
    "POST /Basic/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
      "x-foo: caf\xe9\r\ncontent-length: 1\r\n\r\n1",
    (received) => received.includes("ingress"),
  );

  match(text, /^HTTP\/1\.1 400/);
  match(text, /bad header x-foo/);
});

list.add("IN-3c 3", "query parameter names are case-insensitive", async (context) => {
  const answer = await context.server.call("Basic/echo/send?DELAY=1h", 1);

  const body = answer.expect(202).object();
  ok("executionTime" in body);
  await context.server.operate(String(body["invocationId"]), "kill");
});

list.add("IN-3d 3", "authorization reaches the handler", async (context) => {
  const headers = { authorization: "Bearer token" };

  const seen = (await context.server.call("Basic/headers", 1, { headers })).expect(200).object();

  equal(seen["authorization"], "Bearer token");
});

list.add("IN-3e 3", "the trace id of the request is shown", async (context) => {
  const trace = context.unique("").padEnd(32, "a").slice(0, 32);
  const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };

  const { id } = (await context.server.call("Basic/echo", 1, { headers })).expect(200);

  equal((await context.server.waitStatus(id, "completed"))["trace_id"], trace);
});

list.add("IN-4a 4", "no argument is an empty body with a JSON type", async (context) => {
  const headers = { "content-type": "application/json" };

  equal((await context.server.call("Basic/nothing", undefined, { headers })).expect(200).text, "");
});

list.add("IN-4b 4", "a form body is refused by the content type", async (context) => {
  const headers = { "content-type": "application/x-www-form-urlencoded" };

  const answer = await context.server.ingress.post("/Basic/echo", { body: "a=1", headers });

  equal(
    answer.expect(400).message,
    "input validation error: Content-type 'application/x-www-form-urlencoded' " +
      "does not match 'application/json'",
  );
});

list.add("IN-4c 4", "broken JSON reaches the handler", async (context) => {
  const headers = { "content-type": "application/json" };

  const answer = await context.server.ingress.post("/Basic/echo", { body: "{", headers });

  equal(answer.status, 400);
  equal(answer.object()["source"], "invocation");
});

list.add("IN-4d 4", "binary bodies pass through byte for byte", async (context) => {
  const name = context.unique("Bytes");
  await context.deploy(manifest([service(name, ["h"])]), {
    [`${name}/h`]: (attempt) => {
      const value = attempt.frames[1]?.fields["value"];
      attempt.send("Output", { value });
      attempt.send("End");
    },
  });
  const body = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
  const headers = { "content-type": "application/octet-stream" };

  const answer = await context.server.ingress.post(`/${name}/h`, { body, headers });

  deepEqual([...answer.expect(200).bytes], [...body]);
});

list.add("IN-4e 4", "large bodies pass in both directions", async (context) => {
  const text = "x".repeat(3_000_000);

  const answer = await context.server.call("Basic/echo", text);

  equal(answer.expect(200).json(), text);
});

list.add("IN-5a 5", "a send answers 202 in all cases", async (context) => {
  const headers = { "idempotency-key": context.unique() };

  const first = await context.server.call("Basic/echo/send", 1, { headers });
  const again = await context.server.call("Basic/echo/send", 2, { headers });

  const id = first.expect(202).object()["invocationId"];
  equal(first.text, `{"invocationId":"${String(id)}","status":"Accepted"}`);
  deepEqual(again.expect(202).object(), { invocationId: id, status: "PreviouslyAccepted" });
  equal(first.headers["x-restate-id"], id);
  equal(first.headers["content-type"], "application/json");
});

list.add("IN-5b 5", "calls of an object wait in line as sends do", async (context) => {
  const key = context.unique();
  const results = await Promise.all(
    Array.from({ length: 10 }, () => context.server.call(`Store/${key}/add`, 1)),
  );

  const values = results.map((answer) => Number(answer.expect(200).json()));
  deepEqual(
    values.sort((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
});

list.add("IN-6a 6", "a run is awaited and read through the workflow routes", async (context) => {
  const key = context.unique();
  const path = `/restate/workflow/Flow/${key}`;
  const missing = (await context.server.ingress.get(`${path}/output`)).expect(404);
  const unattached = (await context.server.ingress.get(`${path}/attach`)).expect(404);
  await context.server.sendCall(`Flow/${key}/run`, { wait: true });
  equal((await context.server.ingress.get(`${path}/output`)).status, 470);
  await context.server.call(`Flow/${key}/resolve`, 1);

  const answer = (await context.server.ingress.get(`${path}/attach`)).expect(200);

  deepEqual(answer.json(), { released: 1 });
  equal(missing.message, "invocation not found");
  equal(unattached.message, "not found");
  match(unattached.id, /^inv_1/);
});

list.add("IN-6b 6", "routes by key need a registered service", async (context) => {
  const answer = await context.server.ingress.get("/restate/invocation/Nope/h/k/output");

  equal(answer.status, 404);
  match(answer.message, /^service 'Nope' not found/);
});

list.add("IN-7a 7", "an awakeable takes any payload, also none", async (context) => {
  const name = context.unique("Raw");
  const { awakeableId } = await import("../support/ids.ts");
  await context.deploy(manifest([object(name, ["h"])]), {
    [`${name}/h`]: async (attempt) => {
      const { fields } = await attempt.next();
      const value = fields["value"] as { content?: Uint8Array } | undefined;
      const content = value?.content ?? new Uint8Array(0);
      attempt.finish(`${value === undefined ? "void" : "value"}:${content.join()}`);
    },
  });
  const bodies: [Uint8Array, RegExp][] = [
    [Uint8Array.of(0, 255, 1), /^value:0,255,1$/],
    [new Uint8Array(0), /^(value|void):$/],
  ];
  for (const [body, expected] of bodies) {
    const id = await context.server.sendCall(`${name}/${context.unique()}/h`);
    await context.server.waitStatus(id, "running");
    const path = `/restate/a/${awakeableId(id, 17)}/resolve`;
    (await context.server.ingress.post(path, { body })).expect(202);
    match((await context.server.attach(id)).expect(200).text, expected);
  }
});

list.add("IN-8a 8", "a retry budget spent with kill shows the stack trace", async (context) => {
  const name = context.unique("Die");
  const options = { retryPolicyMaxAttempts: 1, retryPolicyOnMaxAttempts: "KILL" };
  await context.deploy(manifest([service(name, ["h"], options)]), {
    [`${name}/h`]: (attempt) => attempt.fail(500, "die", { stacktrace: "Error: die\n    at x" }),
  });

  const answer = (await context.server.call(`${name}/h`)).expect(500);

  equal(
    answer.text,
    '{"code":500,"message":"die","stacktrace":"Error: die\\n    at x","source":"invocation"}',
  );
  equal(answer.headers["x-restate-error-source"], "invocation");
});

list.add("IN-9a 9", "a body announced over the limit is refused in plain text", async (context) => {
  const text = await rawExchange(
    context,
    "POST /Basic/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
      `content-length: ${33 * 1024 * 1024}\r\n\r\n`,
    (received) => received.includes("exceeded"),
  );

  match(text, /^HTTP\/1\.1 413/);
  match(text, /content-type: text\/plain; charset=utf-8/i);
  match(text, /length limit exceeded$/);
  equal(/x-restate-|access-control-/i.test(text), false);
});
