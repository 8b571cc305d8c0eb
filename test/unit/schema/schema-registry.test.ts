import { beforeEach, describe, expect, test } from "vitest";
import type { ManifestService } from "#model";
import {
  type DeploymentRegistration,
  type DiscoveredDeployment,
  type SchemaDefaults,
  SchemaRegistry,
  STANDARD_SCHEMA_DEFAULTS,
} from "#schema";
import {
  CountingRandom,
  FakeClock,
  MemoryDocuments,
  SILENT_LOGGER,
} from "../../integration/admin/admin-harness.ts";

let documents: MemoryDocuments;
let clock: FakeClock;
let random: CountingRandom;

beforeEach(() => {
  documents = new MemoryDocuments();
  clock = new FakeClock();
  random = new CountingRandom();
});

function open(
  options: { readonly defaults?: SchemaDefaults; readonly routingHeaders?: readonly string[] } = {},
): Promise<SchemaRegistry> {
  return SchemaRegistry.open({
    documents,
    defaults: options.defaults ?? STANDARD_SCHEMA_DEFAULTS,
    routingHeaders: options.routingHeaders ?? [],
    clock,
    random,
    logger: SILENT_LOGGER,
  });
}

function service(name: string, changes: Partial<ManifestService> = {}): ManifestService {
  return {
    name,
    type: "service",
    options: {},
    handlers: [{ name: "run", type: undefined, options: {} }],
    ...changes,
  };
}

function registration(
  uri: string,
  services: readonly ManifestService[],
  changes: Partial<DeploymentRegistration> & {
    readonly protocolMode?: DiscoveredDeployment["protocolMode"];
  } = {},
): DeploymentRegistration {
  return {
    uri,
    httpVersion: "h2",
    additionalHeaders: [],
    metadata: {},
    isForced: false,
    isBreakingAllowed: false,
    discovered: {
      protocolMode: changes.protocolMode ?? "bidi-stream",
      minProtocolVersion: 5,
      maxProtocolVersion: 7,
      sdkVersion: "sdk/1",
      services,
    },
    ...changes,
  };
}

describe("registration", () => {
  test("a new deployment is created, and its handlers are resolved with the defaults", async () => {
    const registry = await open();
    const { outcome, deployment } = await registry.registerDeployment(
      registration("http://a/", [service("Greeter")]),
      false,
    );
    expect(outcome).toBe("created");
    expect(deployment.id).toMatch(/^dp_1\w{22}$/);
    expect(registry.view().resolveHandler("Greeter", "run")).toEqual({
      service: "Greeter",
      serviceType: "service",
      handler: "run",
      handlerType: "shared",
      deploymentId: deployment.id,
      revision: 1,
      options: {
        public: true,
        lazyState: false,
        inactivityTimeoutMs: 60_000,
        abortTimeoutMs: 600_000,
        journalRetentionMs: 86_400_000,
        idempotencyRetentionMs: 86_400_000,
        workflowCompletionRetentionMs: 86_400_000,
        retryPolicy: STANDARD_SCHEMA_DEFAULTS.retryPolicy,
      },
      inputRules: [
        { kind: "nothing" },
        { kind: "content-type", contentType: "*/*", bodyRequired: false },
      ],
      output: { contentType: "application/json", setContentTypeIfEmpty: false },
    });
    expect(registry.view().deployment(deployment.id)).toMatchObject({
      uri: "http://a/",
      protocolMode: "bidi-stream",
      maxProtocolVersion: 7,
    });
  });

  test("a known address is left alone unless forced", async () => {
    const registry = await open();
    const first = await registry.registerDeployment(
      registration("http://a/", [service("A")]),
      false,
    );
    const again = await registry.registerDeployment(
      registration("https://A?x=1", [service("B")]),
      false,
    );
    expect(again).toMatchObject({ outcome: "unchanged", deployment: { id: first.deployment.id } });
    expect(registry.view().serviceNames()).toEqual(["A"]);

    clock.timeMs += 1_000;
    const forced = await registry.registerDeployment(
      registration("http://a/", [service("A"), service("B")], { isForced: true }),
      false,
    );
    expect(forced.outcome).toBe("overwritten");
    expect(forced.deployment).toMatchObject({
      id: first.deployment.id,
      createdAtMs: first.deployment.createdAtMs + 1_000,
      services: [
        { name: "A", revision: 2 },
        { name: "B", revision: 1 },
      ],
    });
  });

  test("the newest revision is used, and deleting it brings the one before back", async () => {
    const registry = await open();
    const first = await registry.registerDeployment(
      registration("http://a/", [service("S")]),
      false,
    );
    const second = await registry.registerDeployment(
      registration("http://b/", [service("S", { handlers: [] })]),
      false,
    );
    const view = registry.view();
    expect(view.latestRevision("S")?.service.revision).toBe(2);
    expect(view.resolveHandler("S", "run")).toBeUndefined();
    expect(view.resolvePinnedHandler(first.deployment.id, "S", "run")?.revision).toBe(1);

    await registry.deleteDeployment(second.deployment.id);
    expect(registry.view().resolveHandler("S", "run")?.revision).toBe(1);
    await registry.deleteDeployment(first.deployment.id);
    expect(registry.view().serviceType("S")).toBeUndefined();
    await expect(registry.deleteDeployment(first.deployment.id)).rejects.toMatchObject({
      kind: "deployment-not-found",
    });
  });

  test("a type may change only when breaking changes are allowed", async () => {
    const registry = await open();
    await registry.registerDeployment(registration("http://a/", [service("S")]), false);
    const breaking = service("S", { type: "workflow" });
    await expect(
      registry.registerDeployment(registration("http://b/", [breaking]), false),
    ).rejects.toMatchObject({ kind: "service-type-changed" });
    const allowed = registration("http://b/", [breaking], { isBreakingAllowed: true });
    await registry.registerDeployment(allowed, false);
    expect(registry.view().serviceType("S")).toBe("workflow");
  });

  test("a dry run tells the outcome and stores nothing", async () => {
    const registry = await open();
    const planned = await registry.registerDeployment(
      registration("http://a/", [service("S")]),
      true,
    );
    expect(planned.outcome).toBe("created");
    expect(planned.snapshot.resolveHandler("S", "run")).toBeDefined();
    expect(registry.view().serviceNames()).toEqual([]);
    expect(registry.view().version).toBe(0);
  });

  test("routing headers tell deployments at one address apart", async () => {
    const registry = await open({ routingHeaders: ["x-tenant"] });
    async function register(tenant: string): Promise<string> {
      const additionalHeaders = [["x-tenant", tenant]] as const;
      const outcome = await registry.registerDeployment(
        registration("http://a/", [service("S")], { additionalHeaders }),
        false,
      );
      return outcome.outcome;
    }
    expect(await register("one")).toBe("created");
    expect(await register("two")).toBe("created");
    expect(await register("two")).toBe("unchanged");
  });

  test("another writer in between is seen, and both changes are kept", async () => {
    const registry = await open();
    const other = await open();
    documents.beforePut = async () => {
      await other.registerDeployment(registration("http://b/", [service("S")]), false);
    };
    const mine = await registry.registerDeployment(
      registration("http://a/", [service("S")]),
      false,
    );
    expect(mine.deployment.services[0]?.revision).toBe(2);
    expect(registry.view().document.deployments).toHaveLength(2);
    expect(other.view().version).toBe(registry.view().version);
  });

  test("a new registry reads what an earlier one stored", async () => {
    const registry = await open();
    await registry.registerDeployment(registration("http://a/", [service("S")]), false);
    const reopened = await open();
    expect(reopened.view().document).toEqual(registry.view().document);
  });

  test("listeners hear of every change, until they stop", async () => {
    const registry = await open();
    const versions: number[] = [];
    const stop = registry.onChange((snapshot) => versions.push(snapshot.version));
    await registry.registerDeployment(registration("http://a/", []), false);
    await registry.registerDeployment(registration("http://b/", []), false);
    stop();
    await registry.registerDeployment(registration("http://c/", []), false);
    expect(versions).toEqual([1, 2]);
  });
});

describe("options", () => {
  async function optionsOf(
    changes: Partial<ManifestService>,
    defaults: SchemaDefaults = STANDARD_SCHEMA_DEFAULTS,
  ): Promise<unknown> {
    const registry = await open({ defaults });
    const services = [service("S", changes)];
    await registry.registerDeployment(registration("http://a/", services), false);
    return registry.view().resolveHandler("S", "run")?.options;
  }

  test("a handler's value wins over the service's, which wins over the default", async () => {
    const options = await optionsOf({
      options: {
        abortTimeoutMs: 1,
        journalRetentionMs: 2,
        lazyState: true,
        retryPolicy: { maxAttempts: 9, factor: 3 },
      },
      handlers: [
        {
          name: "run",
          type: undefined,
          options: {
            abortTimeoutMs: 5,
            lazyState: false,
            retryPolicy: { maxAttempts: 4, onMaxAttempts: "kill" },
          },
        },
      ],
    });
    expect(options).toMatchObject({
      abortTimeoutMs: 5,
      journalRetentionMs: 2,
      lazyState: false,
      inactivityTimeoutMs: 60_000,
      retryPolicy: { maxAttempts: 4, factor: 3, onMaxAttempts: "kill", initialIntervalMs: 500 },
    });
  });

  test("zero attempts count as one", async () => {
    expect(await optionsOf({ options: { retryPolicy: { maxAttempts: 0 } } })).toMatchObject({
      retryPolicy: { maxAttempts: 1 },
    });
  });

  test("maxima clamp what is asked for, and the defaults too", async () => {
    const defaults: SchemaDefaults = {
      ...STANDARD_SCHEMA_DEFAULTS,
      maxima: {
        journalRetentionMs: 10,
        idempotencyRetentionMs: 20,
        workflowCompletionRetentionMs: 30,
        retryMaxAttempts: 3,
      },
    };
    expect(await optionsOf({ options: { journalRetentionMs: 5 } }, defaults)).toMatchObject({
      journalRetentionMs: 5,
      idempotencyRetentionMs: 20,
      workflowCompletionRetentionMs: 30,
      retryPolicy: { maxAttempts: 3 },
    });
  });

  test("request-response deployments have no inactivity timeout", async () => {
    const registry = await open();
    await registry.registerDeployment(
      registration("http://a/", [service("S")], {
        discovered: {
          ...registration("", [service("S", { options: { inactivityTimeoutMs: 7 } })]).discovered,
          protocolMode: "request-response",
        },
      }),
      false,
    );
    expect(registry.view().resolveHandler("S", "run")?.options.inactivityTimeoutMs).toBe(0);
  });

  test.each([
    [
      undefined,
      [{ kind: "nothing" }, { kind: "content-type", contentType: "*/*", bodyRequired: false }],
    ],
    [{}, [{ kind: "nothing" }]],
    [{ required: true }, []],
    [
      { contentType: "a/b" },
      [{ kind: "nothing" }, { kind: "content-type", contentType: "a/b", bodyRequired: false }],
    ],
    [
      { contentType: "a/b", required: true, jsonSchema: {} },
      [{ kind: "content-type", contentType: "a/b", bodyRequired: true }],
    ],
  ])("input %j gives the rules of the ingress", async (input, rules) => {
    const registry = await open();
    const handlers = [{ name: "run", type: undefined, options: {}, input }];
    await registry.registerDeployment(
      registration("http://a/", [service("S", { handlers })]),
      false,
    );
    expect(registry.view().resolveHandler("S", "run")?.inputRules).toEqual(rules);
  });

  test("an operator's changes last until the next revision", async () => {
    const registry = await open();
    await registry.registerDeployment(registration("http://a/", [service("S")]), false);
    await registry.modifyService("S", { public: false, abortTimeoutMs: 3 });
    expect(registry.view().resolveHandler("S", "run")).toMatchObject({
      revision: 1,
      options: { public: false, abortTimeoutMs: 3 },
    });
    await registry.modifyService("S", { public: undefined, journalRetentionMs: 0 });
    expect(registry.view().resolveHandler("S", "run")).toMatchObject({
      options: { public: false, abortTimeoutMs: 3, journalRetentionMs: 0 },
    });
    await registry.registerDeployment(registration("http://b/", [service("S")]), false);
    expect(registry.view().resolveHandler("S", "run")).toMatchObject({
      revision: 2,
      options: { public: true, abortTimeoutMs: 600_000 },
    });
  });

  test("workflow retention is refused on other services, and unknown services too", async () => {
    const registry = await open();
    await registry.registerDeployment(registration("http://a/", [service("S")]), false);
    await expect(
      registry.modifyService("S", { workflowCompletionRetentionMs: 1 }),
    ).rejects.toMatchObject({ kind: "unsupported-option" });
    await expect(registry.modifyService("T", { public: true })).rejects.toMatchObject({
      kind: "service-not-found",
    });
  });
});

describe("updates", () => {
  test("address and headers change in place; services only when asked", async () => {
    const registry = await open();
    const { deployment } = await registry.registerDeployment(
      registration("http://a/", [service("S")], { metadata: { m: "1" } }),
      false,
    );
    const update = {
      ...registration("http://b/", [service("S", { type: "workflow" }), service("T")]),
      id: deployment.id,
      additionalHeaders: [["x-a", "1"]] as const,
    };
    const moved = await registry.updateDeployment({ ...update, isOverwriting: false }, false);
    expect(moved.deployment).toEqual({
      ...deployment,
      uri: "http://b/",
      additionalHeaders: [["x-a", "1"]],
    });
    const replaced = await registry.updateDeployment({ ...update, isOverwriting: true }, false);
    expect(replaced.deployment).toMatchObject({
      createdAtMs: deployment.createdAtMs,
      metadata: { m: "1" },
      services: [
        { name: "S", type: "workflow", revision: 1 },
        { name: "T", revision: 1 },
      ],
    });
  });

  test("another range of protocol versions is refused", async () => {
    const registry = await open();
    const { deployment } = await registry.registerDeployment(registration("http://a/", []), false);
    const { discovered } = registration("http://a/", []);
    const update = {
      ...registration("http://a/", []),
      id: deployment.id,
      isOverwriting: false,
      discovered: { ...discovered, maxProtocolVersion: 6 },
    };
    await expect(registry.updateDeployment(update, false)).rejects.toMatchObject({
      kind: "protocol-range-changed",
    });
  });
});
