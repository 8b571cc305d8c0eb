/** Discovery of deployments: the request's accept header and the manifest (protocol section 2). */
import {
  decodeUtf8,
  type HandlerType,
  type Manifest,
  type ManifestHandler,
  type ManifestInput,
  type ManifestOptions,
  type ManifestOutput,
  type ManifestRetryPolicy,
  type ManifestService,
  MessageFormatError,
  type ServiceType,
} from "#model";
import {
  JsonShape,
  oneOf,
  readCount,
  readFlag,
  readList,
  readNumber,
  readPositive,
  readText,
  readTextMap,
} from "./json-shape.ts";
import { PROTOCOL_VERSION_MAX, PROTOCOL_VERSION_MIN } from "./protocol-version.ts";

const MANIFEST_TYPES = [1, 2, 3, 4].map(
  (version) => `application/vnd.restate.endpointmanifest.v${version}+json`,
);

/** Value of the `accept` header of a discovery request, byte for byte. */
export const DISCOVERY_ACCEPT = MANIFEST_TYPES.join(", ");

/** Path of discovery, after the path prefix of the deployment's URI. */
export const DISCOVERY_PATH = "/discover";

/** Outcome of parsing a manifest. The code is undefined where the original gives none. */
export type ParsedManifest =
  | { readonly ok: true; readonly manifest: Manifest }
  | {
      readonly ok: false;
      readonly code: "META0012" | "META0013" | undefined;
      readonly message: string;
    };

const INT32_MAX = 0x7fffffff;
const SERVICE_NAME = /^([a-zA-Z]|_[a-zA-Z0-9])[a-zA-Z0-9._-]*$/;
const HANDLER_NAME = /^([a-zA-Z]|_[a-zA-Z0-9])[a-zA-Z0-9_]*$/;

const readProtocolMode = oneOf({
  BIDI_STREAM: "bidi-stream",
  REQUEST_RESPONSE: "request-response",
} as const);
const readLambdaCompression = oneOf({ zstd: "zstd" } as const);
const readServiceType = oneOf<ServiceType>({
  SERVICE: "service",
  VIRTUAL_OBJECT: "virtual-object",
  WORKFLOW: "workflow",
});
const readHandlerType = oneOf<HandlerType>({
  WORKFLOW: "workflow",
  EXCLUSIVE: "exclusive",
  SHARED: "shared",
});
const readOnMaxAttempts = oneOf({ PAUSE: "pause", KILL: "kill" } as const);

/**
 * Parses the response of a discovery request.
 *
 * All manifest versions have one schema; an unknown field is an error. What needs the registry, or
 * the service type of a handler, is checked by whoever registers.
 *
 * @param contentType value of the response header; undefined if it was absent
 * @param body        the response body; not kept
 */
export function parseManifest(contentType: string | undefined, body: Uint8Array): ParsedManifest {
  const mediaType = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType === undefined || !MANIFEST_TYPES.includes(mediaType)) {
    return badResponse(
      `the response content-type ${printedType(contentType)} is none of ${DISCOVERY_ACCEPT}`,
    );
  }
  try {
    return checkVersions(readManifest(JSON.parse(decodeUtf8(body))));
  } catch (error) {
    if (!(error instanceof MessageFormatError) && !(error instanceof SyntaxError)) throw error;
    return {
      ok: false,
      code: undefined,
      message: `The discovery response cannot be decoded: ${error.message}`,
    };
  }
}

function printedType(contentType: string | undefined): string {
  return contentType === undefined ? "(absent)" : `'${contentType}'`;
}

function badResponse(reason: string): ParsedManifest {
  return { ok: false, code: "META0013", message: `Bad discovery response: ${reason}` };
}

type UncheckedManifest = Omit<Manifest, "protocolMode"> & {
  readonly protocolMode: Manifest["protocolMode"] | undefined;
};

function checkVersions(unchecked: UncheckedManifest): ParsedManifest {
  const { protocolMode, minProtocolVersion: min, maxProtocolVersion: max } = unchecked;
  if (protocolMode === undefined) return badResponse("missing protocol mode");
  if (min > INT32_MAX || max > INT32_MAX) {
    return badResponse(`the protocol versions [${min}, ${max}] are out of range`);
  }
  if (min > max) {
    return badResponse(`the min protocol version ${min} is above the max protocol version ${max}`);
  }
  if (max < PROTOCOL_VERSION_MIN || min > PROTOCOL_VERSION_MAX) {
    return {
      ok: false,
      code: "META0012",
      message:
        `The deployment supports the protocol versions [${min}, ${max}], the server supports ` +
        `[${PROTOCOL_VERSION_MIN}, ${PROTOCOL_VERSION_MAX}]: there is no common version`,
    };
  }
  return { ok: true, manifest: { ...unchecked, protocolMode } };
}

function readManifest(json: unknown): UncheckedManifest {
  const shape = new JsonShape(json, "the manifest");
  const manifest = {
    protocolMode: shape.takeOptional("protocolMode", readProtocolMode),
    minProtocolVersion: shape.takeRequired("minProtocolVersion", readPositive),
    maxProtocolVersion: shape.takeRequired("maxProtocolVersion", readPositive),
    lambdaCompression: shape.takeOptional("lambdaCompression", readLambdaCompression),
    services: shape.takeRequired("services", (value, path) => readList(value, path, readService)),
  };
  shape.finish();
  return manifest;
}

function readService(json: unknown, path: string): ManifestService {
  const shape = new JsonShape(json, path);
  const service = {
    name: shape.takeRequired("name", nameReader(SERVICE_NAME)),
    type: shape.takeRequired("ty", readServiceType),
    documentation: shape.takeOptional("documentation", readText),
    metadata: shape.takeOptional("metadata", readTextMap),
    options: readOptions(shape),
    handlers: shape.takeRequired("handlers", (value, at) => readList(value, at, readHandler)),
  };
  shape.finish();
  return service;
}

function readHandler(json: unknown, path: string): ManifestHandler {
  const shape = new JsonShape(json, path);
  const workflowCompletionRetentionMs = shape.takeOptional(
    "workflowCompletionRetention",
    readCount,
  );
  const handler = {
    name: shape.takeRequired("name", nameReader(HANDLER_NAME)),
    type: shape.takeOptional("ty", readHandlerType),
    documentation: shape.takeOptional("documentation", readText),
    metadata: shape.takeOptional("metadata", readTextMap),
    input: shape.takeOptional("input", readInput),
    output: shape.takeOptional("output", readOutput),
    options: { ...readOptions(shape), workflowCompletionRetentionMs },
  };
  shape.finish();
  return handler;
}

function readOptions(shape: JsonShape): ManifestOptions {
  const isPrivate = shape.takeOptional("ingressPrivate", readFlag);
  return {
    inactivityTimeoutMs: shape.takeOptional("inactivityTimeout", readCount),
    abortTimeoutMs: shape.takeOptional("abortTimeout", readCount),
    journalRetentionMs: shape.takeOptional("journalRetention", readCount),
    idempotencyRetentionMs: shape.takeOptional("idempotencyRetention", readCount),
    lazyState: shape.takeOptional("enableLazyState", readFlag),
    public: isPrivate === undefined ? undefined : !isPrivate,
    retryPolicy: readRetryPolicy(shape),
  };
}

function readRetryPolicy(shape: JsonShape): ManifestRetryPolicy | undefined {
  const policy = {
    initialIntervalMs: shape.takeOptional("retryPolicyInitialInterval", readCount),
    factor: shape.takeOptional("retryPolicyExponentiationFactor", readNumber),
    maxIntervalMs: shape.takeOptional("retryPolicyMaxInterval", readCount),
    maxAttempts: shape.takeOptional("retryPolicyMaxAttempts", readCount),
    onMaxAttempts: shape.takeOptional("retryPolicyOnMaxAttempts", readOnMaxAttempts),
  };
  return Object.values(policy).every((value) => value === undefined) ? undefined : policy;
}

function readInput(json: unknown, path: string): ManifestInput {
  const shape = new JsonShape(json, path);
  const input = {
    required: shape.takeOptional("required", readFlag),
    contentType: shape.takeOptional("contentType", readText),
    jsonSchema: shape.take("jsonSchema"),
  };
  shape.finish();
  return input;
}

function readOutput(json: unknown, path: string): ManifestOutput {
  const shape = new JsonShape(json, path);
  const output = {
    contentType: shape.takeOptional("contentType", readText),
    setContentTypeIfEmpty: shape.takeOptional("setContentTypeIfEmpty", readFlag),
    jsonSchema: shape.take("jsonSchema"),
  };
  shape.finish();
  return output;
}

function nameReader(pattern: RegExp): (value: unknown, path: string) => string {
  return (value, path) => {
    const name = readText(value, path);
    if (!pattern.test(name)) {
      throw new MessageFormatError(`${path} is '${name}', which does not match ${pattern.source}`);
    }
    return name;
  };
}
