import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { QueryReply } from "#admin";
import { type AdminHarness, startAdmin } from "./admin-harness.ts";

let admin: AdminHarness;
let onWait: (signal: AbortSignal) => void = () => undefined;
const queries: { sql: string; format: string }[] = [];

beforeAll(async () => {
  admin = await startAdmin({
    introspection: {
      query(sql, format, signal): Promise<QueryReply> {
        queries.push({ sql, format });
        if (sql === "busy") {
          return Promise.reject(Object.assign(new Error("Rate limited"), { status: 429 }));
        }
        if (sql === "waits") {
          onWait(signal);
          return new Promise(() => {});
        }
        if (sql === "defect") return Promise.reject(new Error("secret detail"));
        return Promise.resolve({ contentType: "application/json", chunks: chunksOf(sql) });
      },
    },
  });
});

afterAll(() => admin.close());

async function* chunksOf(sql: string): AsyncGenerator<Uint8Array> {
  if (sql === "long") {
    for (let count = 0; count < 40; count++) yield new Uint8Array(1024 * 1024);
    return;
  }
  const encoder = new TextEncoder();
  yield encoder.encode('{"rows":[');
  if (sql === "breaks") throw new Error("lost the partition");
  yield await Promise.resolve(encoder.encode("]}"));
}

function query(sql: string, accept?: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`http://127.0.0.1:${admin.port}/query`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(accept === undefined ? {} : { accept }) },
    body: JSON.stringify({ query: sql }),
    ...(signal === undefined ? {} : { signal }),
  });
}

describe("the server", () => {
  test.each([
    ["GET", "/health", 200, "", {}],
    ["HEAD", "/health", 200, "", {}],
    ["GET", "/v2/health", 200, "", {}],
    ["GET", "/v4/health", 200, "", {}],
    ["POST", "/health", 405, "", { allow: "GET,HEAD" }],
    ["OPTIONS", "/services", 405, "", { allow: "GET,HEAD" }],
    ["POST", "/limits/rules", 405, "", { allow: "PUT" }],
    ["GET", "/nope", 404, "", {}],
    ["GET", "/services/", 404, "", {}],
    ["GET", "/v5/health", 404, "", {}],
    [
      "GET",
      "/v1/health",
      400,
      "Unsupported Admin API version V1. This server supports versions between V2 and V4.",
      { "content-type": "text/plain; charset=utf-8" },
    ],
  ])("%s %s", async (method, path, status, text, headers) => {
    const reply = await admin.call(method, path);
    expect([reply.status, reply.text]).toEqual([status, text]);
    for (const [name, value] of Object.entries(headers)) {
      expect(reply.headers.get(name)).toBe(value);
    }
    if (text === "") expect(reply.headers.get("content-type")).toBeNull();
  });

  test("tells its version and that of the API", async () => {
    expect((await admin.call("GET", "/version")).json).toEqual({
      version: "1.7.12",
      min_admin_api_version: 2,
      max_admin_api_version: 4,
      ingress_endpoint: "http://ingress/",
      features: {},
    });
    expect((await admin.call("GET", "/cluster-health")).json).toEqual({
      cluster_name: "test",
      metadata_cluster_health: { members: [1] },
    });
  });

  test("describes every route", async () => {
    const { json } = await admin.call("GET", "/openapi");
    expect(json.openapi).toBe("3.1.0");
    expect(Object.keys(json.paths)).toContain("/invocations/{invocation_id}/cancel");
    const registration = json.paths["/deployments"].post;
    expect(registration.requestBody.content["application/json"].schema.properties).toHaveProperty(
      "use_http_11",
    );
    expect(json.paths["/deployments/{deployment}"].delete.parameters).toMatchObject([
      { name: "deployment", in: "path" },
      { name: "force", in: "query" },
    ]);
  });

  test.each([
    ["application/json", "{", 400, "Failed to parse the request body as JSON: "],
    ["application/json", "", 400, "EOF while parsing a value at line 1 column 0"],
    ["text/plain", "{}", 415, "Expected request with `Content-Type: application/json`"],
    ["application/json; charset=utf-8", "[]", 422, "data did not match any variant"],
    ["application/vnd.x+json", "[]", 422, "data did not match any variant"],
  ])("a body of type %s with %j is %i", async (type, body, status, text) => {
    const response = await fetch(`http://127.0.0.1:${admin.port}/deployments`, {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toContain(text);
  });

  test("a body that is too large is refused", async () => {
    const response = await fetch(`http://127.0.0.1:${admin.port}/deployments`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new Uint8Array(33 * 1024 * 1024),
    }).catch(() => undefined);
    // The client may see the connection end before it has read the answer.
    expect(response?.status ?? 413).toBe(413);
    expect((await admin.call("GET", "/health")).status).toBe(200);
  });

  test("HTTP/2 with prior knowledge is served on the same port", async () => {
    const session = connectHttp2(`http://127.0.0.1:${admin.port}`);
    const stream = session.request({ ":path": "/services/nope", ":method": "GET" });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    stream.on("error", reject);
    stream.on("response", (headers) => resolve(Number(headers[":status"])));
    let body = "";
    stream.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    expect(await promise).toBe(404);
    await new Promise((end) => stream.on("end", end));
    expect(JSON.parse(body)).toMatchObject({ restate_code: null });
    session.close();
  });

  test("a request that arrives byte by byte is served", async () => {
    const socket = connectTcp(admin.port, "127.0.0.1");
    socket.setNoDelay(true);
    for (const character of "GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n") {
      await new Promise((sent) => socket.write(character, sent));
    }
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  test("large answers are compressed for those who take it", async () => {
    const url = `http://127.0.0.1:${admin.port}/openapi`;
    const compressed = await fetch(url, { headers: { "accept-encoding": "gzip" } });
    expect(compressed.headers.get("content-encoding")).toBe("gzip");
    expect(compressed.headers.get("vary")).toBe("accept-encoding");
    expect(await compressed.json()).toMatchObject({ openapi: "3.1.0" });
    const plain = await fetch(url, { headers: { "accept-encoding": "gzip;q=0" } });
    expect(plain.headers.get("content-encoding")).toBeNull();
  });
});

describe("queries", () => {
  test("JSON is answered only to exactly that header", async () => {
    expect(await (await query("SELECT 1", "application/json")).json()).toEqual({ rows: [] });
    await (await query("SELECT 1", "application/json, */*")).text();
    await (await query("SELECT 1")).text();
    expect(queries.map(({ format }) => format)).toEqual(["json", "arrow", "arrow"]);
  });

  test("refusals have a message and no code", async () => {
    const response = await query("busy", "application/json");
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await response.json()).toEqual({ message: "Rate limited" });
  });

  test("a defect is a 500 that tells nothing", async () => {
    const response = await query("defect", "application/json");
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: "Internal server error", restate_code: null });
  });

  test("a failure in the middle of an answer cuts the connection", async () => {
    const answer = query("breaks", "application/json").then((response) => response.text());
    await expect(answer).rejects.toThrow();
  });

  test("a client that leaves before the answer begins ends its query", async () => {
    const { promise, resolve } = Promise.withResolvers<AbortSignal>();
    onWait = resolve;
    const client = new AbortController();
    const answer = expect(query("waits", "application/json", client.signal)).rejects.toThrow();
    const signal = await promise;
    expect(signal.aborted).toBe(false);

    const aborted = new Promise((done) => signal.addEventListener("abort", done));
    client.abort();

    await aborted;
    await answer;
  });

  test("a reader that is slow does not pile up listeners", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => {
      if (warning.name.startsWith("MaxListeners")) warnings.push(warning);
    };
    process.on("warning", note);

    const text = await (await query("long", "application/json")).text();
    process.off("warning", note);

    expect(text.length).toBe(40 * 1024 * 1024);
    expect(warnings.map(({ message }) => message)).toEqual([]);
  });

  test("the body must have the query as text", async () => {
    const reply = await admin.call("POST", "/query", { query: 5 });
    expect([reply.status, reply.text]).toEqual([
      422,
      "Failed to deserialize the JSON body into the target type: query: invalid type: " +
        "integer `5`, expected a string",
    ]);
  });
});
