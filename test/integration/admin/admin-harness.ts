import { type Admin, createAdmin, type DiscoverResponse, type QueryRunner } from "#admin";
import type { Clock } from "#base/clock";
import type { Logger } from "#base/logger";
import type { Random } from "#base/random";
import type { InvocationId } from "#model";
import type { PartitionClient, PartitionReply, PartitionRequest } from "#partition";
import {
  type DocumentStore,
  RuleRegistry,
  type SchemaDefaults,
  SchemaRegistry,
  STANDARD_SCHEMA_DEFAULTS,
  type StoredDocument,
} from "#schema";

/** Documents in memory; every write is seen by every watcher at once. */
export class MemoryDocuments implements DocumentStore {
  readonly #documents = new Map<string, StoredDocument>();
  readonly #watchers = new Map<string, Set<(document: StoredDocument | undefined) => void>>();
  /** Runs before each write, to let another writer come first. */
  beforePut: (() => Promise<void>) | undefined;

  getLatest(name: string): Promise<StoredDocument | undefined> {
    return Promise.resolve(this.#documents.get(name));
  }

  async put(
    name: string,
    contents: Uint8Array,
    expectedVersion: number,
  ): Promise<{ isWritten: boolean; version: number }> {
    const { beforePut } = this;
    this.beforePut = undefined;
    await beforePut?.();
    const version = this.#documents.get(name)?.version ?? 0;
    if (version !== expectedVersion) return { isWritten: false, version };
    const document = { version: version + 1, contents };
    this.#documents.set(name, document);
    for (const callback of this.#watchers.get(name) ?? []) callback(document);
    return { isWritten: true, version: version + 1 };
  }

  watch(name: string, callback: (document: StoredDocument | undefined) => void): () => void {
    const watchers = this.#watchers.get(name) ?? new Set();
    this.#watchers.set(name, watchers.add(callback));
    callback(this.#documents.get(name));
    return () => watchers.delete(callback);
  }
}

/** Partitions that answer what a test tells them to, and remember what they were asked. */
export class FakePartitions implements PartitionClient {
  readonly requests: PartitionRequest[] = [];
  readonly partitionKeys: bigint[] = [];
  answer: (request: PartitionRequest) => PartitionReply = () => ({ kind: "not-found" });

  request(_invocationId: InvocationId, request: PartitionRequest): Promise<PartitionReply> {
    this.requests.push(request);
    return new Promise((resolve) => resolve(this.answer(request)));
  }

  requestByPartitionKey(partitionKey: bigint, request: PartitionRequest): Promise<PartitionReply> {
    this.requests.push(request);
    this.partitionKeys.push(partitionKey);
    return Promise.resolve({ kind: "accepted" });
  }
}

/** A clock that stands at a moment and moves when it is told to. */
export class FakeClock implements Clock {
  timeMs = Date.UTC(2026, 10, 22, 17, 59, 19, 467);

  nowMs(): number {
    return this.timeMs;
  }

  monotonicMs(): number {
    return this.timeMs;
  }
}

/** Numbers that differ from call to call, the same in every run. */
export class CountingRandom implements Random {
  #count = 0;

  nextBelow(bound: number): number {
    return this.#count++ % bound;
  }

  nextBytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    bytes[count - 1] = ++this.#count;
    return bytes;
  }
}

/** Swallows everything. */
export const SILENT_LOGGER: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => SILENT_LOGGER,
};

/** Manifests by path of the deployment; what is missing answers 404. */
export type Manifests = Record<string, unknown>;

/** A running admin API over fakes. */
export interface AdminHarness {
  readonly admin: Admin;
  readonly port: number;
  readonly registry: SchemaRegistry;
  readonly rules: RuleRegistry;
  readonly documents: MemoryDocuments;
  readonly partitions: FakePartitions;
  readonly clock: FakeClock;
  readonly manifests: Manifests;
  /** Discovery requests so far. */
  readonly discoveries: { uri: string; headers: Record<string, string> }[];
  /** Sends a request and parses the body. */
  call(method: string, path: string, body?: unknown): Promise<HarnessReply>;
  close(): Promise<void>;
}

/** What the admin API answered. */
export interface HarnessReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes.
  readonly json: any;
}

/** Starts an admin API on a free port. */
export async function startAdmin(
  options: {
    readonly defaults?: SchemaDefaults;
    readonly introspection?: QueryRunner;
    readonly discoverError?: () => Error | undefined;
  } = {},
): Promise<AdminHarness> {
  const documents = new MemoryDocuments();
  const partitions = new FakePartitions();
  const clock = new FakeClock();
  const random = new CountingRandom();
  const logger = SILENT_LOGGER;
  const manifests: Manifests = {};
  const discoveries: AdminHarness["discoveries"] = [];
  const registry = await SchemaRegistry.open({
    documents,
    defaults: options.defaults ?? STANDARD_SCHEMA_DEFAULTS,
    routingHeaders: [],
    clock,
    random,
    logger,
  });
  const rules = await RuleRegistry.open({ documents, clock, logger });
  const admin = createAdmin({
    registry,
    rules,
    partitions,
    introspection: options.introspection,
    async discover({ uri, headers }) {
      discoveries.push({ uri, headers: Object.fromEntries(headers) });
      const error = options.discoverError?.();
      if (error !== undefined) throw error;
      return respond(manifests[new URL(uri).pathname]);
    },
    openApiOf: ({ service }) => ({ openapi: "3.1.0", info: { title: service.name } }),
    versionInfo: { version: "1.7.12", ingressEndpoint: "http://ingress/", features: {} },
    clusterHealth: () => ({ clusterName: "test", metadataMembers: [1] }),
    clock,
    random,
    logger,
  });
  const bound = await admin.listen({ host: "127.0.0.1", port: 0 });
  const port = "port" in bound ? bound.port : 0;
  return {
    admin,
    port,
    registry,
    rules,
    documents,
    partitions,
    clock,
    manifests,
    discoveries,
    call: (method, path, body) => call(`http://127.0.0.1:${port}${path}`, method, body),
    async close() {
      await admin.close();
      registry.close();
      rules.close();
    },
  };
}

function respond(manifest: unknown): DiscoverResponse {
  if (manifest === undefined) {
    return { status: 404, headers: new Map(), body: new TextEncoder().encode("no such path") };
  }
  return {
    status: 200,
    headers: new Map([
      ["content-type", "application/vnd.restate.endpointmanifest.v4+json"],
      ["x-restate-server", "mock/1.0"],
    ]),
    body: new TextEncoder().encode(JSON.stringify(manifest)),
  };
}

async function call(url: string, method: string, body: unknown): Promise<HarnessReply> {
  const response = await fetch(url, {
    method,
    redirect: "manual",
    ...(body === undefined
      ? {}
      : {
          headers: { "content-type": "application/json" },
          body: typeof body === "string" ? body : JSON.stringify(body),
        }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  const { status, headers } = response;
  return { status, headers, text, json: isJson && text !== "" ? JSON.parse(text) : undefined };
}

/** A manifest with the given services. */
export function manifestOf(services: readonly unknown[], extra: object = {}): unknown {
  return {
    protocolMode: "REQUEST_RESPONSE",
    minProtocolVersion: 5,
    maxProtocolVersion: 6,
    services,
    ...extra,
  };
}
