/**
 * Signatures of requests to S3, as "AWS Signature Version 4" describes them, in headers.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac } from "node:crypto";

/** Whose requests they are. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** A request before it is signed. */
export interface UnsignedRequest {
  readonly method: string;
  /** Encoded path, as it is sent. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** By name in lower case; `host` among them. All of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hexadecimal. */
  readonly bodySha256: string;
}

/** What signing takes besides the request. */
export interface SigningFacts {
  readonly credentials: Credentials;
  readonly region: string;
  /** Milliseconds since the epoch; stores refuse what is 15 minutes off. */
  readonly nowMs: number;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const SERVICE = "s3";

/** All headers to send: those of the request, and what proves who sends it. */
export function signRequest(
  request: UnsignedRequest,
  { credentials, region, nowMs }: SigningFacts,
): Record<string, string> {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const date = time.slice(0, 8);
  const { sessionToken } = credentials;
  const headers: Record<string, string> = {
    ...request.headers,
    "x-amz-content-sha256": request.bodySha256,
    "x-amz-date": time,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const signedHeaders = names.join(";");
  const canonical = [
    request.method,
    request.path,
    encodeQuery(request.query),
    ...names.map((name) => `${name}:${(headers[name] ?? "").trim().replace(/\s+/g, " ")}`),
    "",
    signedHeaders,
    request.bodySha256,
  ].join("\n");
  const scope = `${date}/${region}/${SERVICE}/aws4_request`;
  const text = [ALGORITHM, time, scope, sha256(canonical)].join("\n");
  const key = signingKey(credentials.secretAccessKey, date, region);
  const signature = createHmac("sha256", key).update(text).digest("hex");
  headers["authorization"] =
    `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope}, ` +
    `SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return headers;
}

/** A query as it is sent and signed: encoded, in order of the names. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  return Object.keys(query)
    .sort()
    .map((name) => `${encodeText(name)}=${encodeText(query[name] ?? "")}`)
    .join("&");
}

/** A path as it is sent and signed: all but letters, digits, `-._~` and slashes encoded. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeText).join("/");
}

function encodeText(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function signingKey(secret: string, date: string, region: string): Buffer {
  const derive = (key: string | Buffer, text: string) =>
    createHmac("sha256", key).update(text).digest();
  const ofDate = derive(`AWS4${secret}`, date);
  return derive(derive(derive(ofDate, region), SERVICE), "aws4_request");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
