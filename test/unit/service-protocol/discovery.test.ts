import { describe, expect, test } from "vitest";
import type { Manifest, ManifestService } from "#model";
import { DISCOVERY_ACCEPT, parseManifest } from "#service-protocol";

const TYPE = "application/vnd.restate.endpointmanifest.v4+json";
const MINIMAL = {
  protocolMode: "BIDI_STREAM",
  minProtocolVersion: 5,
  maxProtocolVersion: 7,
  services: [] as unknown[],
};

function parse(manifest: unknown, contentType: string | undefined = TYPE) {
  return parseManifest(contentType, new TextEncoder().encode(JSON.stringify(manifest)));
}

function withService(service: object): unknown {
  return { ...MINIMAL, services: [{ name: "S", ty: "SERVICE", handlers: [], ...service }] };
}

function withHandler(handler: object): unknown {
  return withService({ handlers: [{ name: "h", ...handler }] });
}

test("the accept header is the one the original sends", () => {
  expect(DISCOVERY_ACCEPT).toBe(
    "application/vnd.restate.endpointmanifest.v1+json, " +
      "application/vnd.restate.endpointmanifest.v2+json, " +
      "application/vnd.restate.endpointmanifest.v3+json, " +
      "application/vnd.restate.endpointmanifest.v4+json",
  );
});

test("a manifest with every field is read, whatever version it claims", () => {
  const options = {
    documentation: "d",
    metadata: { a: "b" },
    inactivityTimeout: 1,
    abortTimeout: 2,
    journalRetention: 3,
    idempotencyRetention: 4,
    enableLazyState: true,
    ingressPrivate: true,
    retryPolicyInitialInterval: 5,
    retryPolicyMaxInterval: 6,
    retryPolicyMaxAttempts: 0,
    retryPolicyExponentiationFactor: 1.5,
    retryPolicyOnMaxAttempts: "KILL",
  };
  const manifest = {
    ...MINIMAL,
    lambdaCompression: "zstd",
    services: [
      {
        name: "S.a-b_c",
        ty: "WORKFLOW",
        ...options,
        handlers: [
          {
            name: "run",
            ty: "WORKFLOW",
            ...options,
            workflowCompletionRetention: 7,
            input: { required: true, contentType: "a/b", jsonSchema: { $any: [1] } },
            output: { contentType: "c/d", setContentTypeIfEmpty: true, jsonSchema: false },
          },
        ],
      },
    ],
  };
  const readOptions = {
    inactivityTimeoutMs: 1,
    abortTimeoutMs: 2,
    journalRetentionMs: 3,
    idempotencyRetentionMs: 4,
    lazyState: true,
    public: false,
    retryPolicy: {
      initialIntervalMs: 5,
      maxIntervalMs: 6,
      maxAttempts: 0,
      factor: 1.5,
      onMaxAttempts: "kill",
    },
  };
  const expected: Manifest = {
    protocolMode: "bidi-stream",
    minProtocolVersion: 5,
    maxProtocolVersion: 7,
    lambdaCompression: "zstd",
    services: [
      {
        name: "S.a-b_c",
        type: "workflow",
        documentation: "d",
        metadata: { a: "b" },
        options: readOptions as Manifest["services"][number]["options"],
        handlers: [
          {
            name: "run",
            type: "workflow",
            documentation: "d",
            metadata: { a: "b" },
            input: { required: true, contentType: "a/b", jsonSchema: { $any: [1] } },
            output: { contentType: "c/d", setContentTypeIfEmpty: true, jsonSchema: false },
            options: {
              ...(readOptions as Manifest["services"][number]["options"]),
              workflowCompletionRetentionMs: 7,
            },
          },
        ],
      },
    ],
  };

  for (const version of [1, 2, 3, 4]) {
    const type = `application/vnd.restate.endpointmanifest.v${version}+json; charset=utf-8`;
    expect(parse(manifest, type)).toEqual({ ok: true, manifest: expected });
  }
  // The registry takes the services as they are.
  const services: readonly ManifestService[] = expected.services;
  expect(services).toHaveLength(1);
});

test("absent options stay absent, null counts as absent", () => {
  const parsed = parse(withHandler({ documentation: null, input: {} }));

  expect(parsed).toMatchObject({ ok: true });
  const handler = parsed.ok ? parsed.manifest.services[0]?.handlers[0] : undefined;
  expect(handler).toMatchObject({ name: "h", type: undefined, input: {}, output: undefined });
  expect(handler?.documentation).toBeUndefined();
  expect(handler?.options.retryPolicy).toBeUndefined();
});

describe("refusals with a code", () => {
  test.each([
    ["no content type", MINIMAL, "", "META0013"],
    ["another content type", MINIMAL, "application/json", "META0013"],
    ["no mode", { ...MINIMAL, protocolMode: undefined }, TYPE, "META0013"],
    ["min above max", { ...MINIMAL, minProtocolVersion: 8 }, TYPE, "META0013"],
    ["above int32", { ...MINIMAL, maxProtocolVersion: 2 ** 31 }, TYPE, "META0013"],
    [
      "no common version",
      { ...MINIMAL, minProtocolVersion: 1, maxProtocolVersion: 4 },
      TYPE,
      "META0012",
    ],
    [
      "no common version above",
      { ...MINIMAL, minProtocolVersion: 8, maxProtocolVersion: 9 },
      TYPE,
      "META0012",
    ],
  ])("%s", (_name, manifest, contentType, code) => {
    expect(parse(manifest, contentType)).toMatchObject({ ok: false, code });
  });

  test("a range around ours is accepted", () => {
    const wide = { ...MINIMAL, minProtocolVersion: 3, maxProtocolVersion: 9 };

    expect(parse(wide)).toMatchObject({ ok: true });
  });
});

describe("refusals without a code", () => {
  test.each([
    ["unknown field", { ...MINIMAL, surprise: 1 }],
    ["unknown service field", withService({ surprise: 1 })],
    ["unknown handler field", withHandler({ surprise: 1 })],
    ["unknown input field", withHandler({ input: { surprise: 1 } })],
    ["version 0", { ...MINIMAL, minProtocolVersion: 0 }],
    ["version missing", { ...MINIMAL, maxProtocolVersion: undefined }],
    ["bad mode", { ...MINIMAL, protocolMode: "HALF" }],
    ["bad compression", { ...MINIMAL, lambdaCompression: "gzip" }],
    ["bad service type", withService({ ty: "ACTOR" })],
    ["bad service name", withService({ name: "1a" })],
    ["empty service name", withService({ name: "" })],
    ["bad handler name", withHandler({ name: "a-b" })],
    ["bad handler type", withHandler({ ty: "MAYBE" })],
    ["negative duration", withHandler({ inactivityTimeout: -1 })],
    ["fractional duration", withHandler({ inactivityTimeout: 1.5 })],
    ["metadata of numbers", withHandler({ metadata: { a: 1 } })],
    ["inherited word", withHandler({ ty: "toString" })],
    ["workflow retention of a service", withService({ workflowCompletionRetention: 1 })],
    ["not an object", []],
  ])("%s", (_name, manifest) => {
    const parsed = parse(manifest);

    expect(parsed).toMatchObject({ ok: false, code: undefined });
    expect(parsed.ok ? "" : parsed.message).toContain("cannot be decoded");
  });

  test("broken JSON and broken UTF-8", () => {
    for (const bytes of [Uint8Array.of(0x7b), Uint8Array.of(0x22, 0xff, 0x22)]) {
      expect(parseManifest(TYPE, bytes)).toMatchObject({ ok: false, code: undefined });
    }
  });
});
