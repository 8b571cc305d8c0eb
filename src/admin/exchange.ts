import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { ByteGatherer } from "#base/byte-gatherer";
import { AdminError } from "./admin-error.ts";
import { REQUEST_BODY_BYTES_MAX } from "./request-body.ts";
import type { ReplyStream } from "./route.ts";

/** A request of either HTTP version. */
export type AdminRequest = IncomingMessage | Http2ServerRequest;
/** A response of either HTTP version. */
export type AdminResponse = ServerResponse | Http2ServerResponse;

/** Bodies below are not worth compressing. */
const COMPRESSED_BYTES_MIN = 1024;
const gzipAsync = promisify(gzip);

/** A complete response. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Collects the body of a request.
 *
 * @throws AdminError 413 when it is larger than `REQUEST_BODY_BYTES_MAX`, 400 when the client
 *   leaves
 */
export async function readBody(request: AdminRequest): Promise<Uint8Array> {
  const gathered = new ByteGatherer();
  if (Number(request.headers["content-length"]) > REQUEST_BODY_BYTES_MAX) throw tooLarge();
  // Leaving early must not take the connection down before the refusal is sent.
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  try {
    for await (const chunk of body) {
      gathered.add(chunk);
      if (gathered.byteCount > REQUEST_BODY_BYTES_MAX) throw tooLarge();
    }
  } catch (cause) {
    if (cause instanceof AdminError) throw cause;
    // Nobody is there to read this, and nothing of ours has failed.
    throw new AdminError(400, "The request was aborted", { form: "empty", cause });
  }
  return gathered.take();
}

/** The rest of the body is not read, so that the connection cannot be used again. */
function tooLarge(): AdminError {
  const headers = { connection: "close" };
  return new AdminError(413, "length limit exceeded", { form: "text", headers });
}

/** Builds the answer of a JSON value. */
export function jsonAnswer(
  status: number,
  json: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(json)),
  };
}

/** Builds the answer without a body. */
export function emptyAnswer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers, body: Buffer.alloc(0) };
}

/** Builds the answer of an error. */
export function errorAnswer(error: AdminError): Answer {
  const { status, headers, message } = error;
  switch (error.form) {
    case "json":
      return jsonAnswer(status, { message, restate_code: error.restateCode }, headers);
    case "message-only":
      return jsonAnswer(status, { message }, headers);
    case "text": {
      const type = { "content-type": "text/plain; charset=utf-8" };
      return { status, headers: { ...type, ...headers }, body: Buffer.from(message) };
    }
    case "empty":
      return emptyAnswer(status, headers);
  }
}

/** Sends a complete answer; compressed if the client takes it and it is large enough. */
export async function sendAnswer(
  request: AdminRequest,
  response: AdminResponse,
  answer: Answer,
): Promise<void> {
  let { body } = answer;
  const headers: Record<string, string | number> = { ...answer.headers };
  if (body.length > 0) headers["vary"] = "accept-encoding";
  const accepted = String(request.headers["accept-encoding"] ?? "");
  if (body.length >= COMPRESSED_BYTES_MIN && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\b)/.test(accepted)) {
    body = await gzipAsync(body);
    headers["content-encoding"] = "gzip";
  }
  headers["content-length"] = body.length;
  write(response, answer.status, headers);
  if (request.method === "HEAD" || body.length === 0) response.end();
  else response.end(body);
}

/** Sends a body while it is produced; cuts the connection if producing fails. */
export async function sendStream(
  request: AdminRequest,
  response: AdminResponse,
  { status, stream }: { readonly status: number; readonly stream: ReplyStream },
): Promise<void> {
  write(response, status, { "content-type": stream.contentType });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  let goOn: () => void = () => undefined;
  response.on("drain", () => goOn());
  response.on("close", () => goOn());
  try {
    for await (const chunk of stream.chunks) {
      if (response.destroyed) return;
      // Both versions of the stream share this method, but not their overloads.
      const isRoomLeft = (response as ServerResponse).write(chunk);
      if (isRoomLeft) continue;
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
    response.end();
  } catch (error) {
    response.destroy();
    throw error;
  }
}

function write(
  response: AdminResponse,
  status: number,
  headers: Readonly<Record<string, string | number>>,
): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
