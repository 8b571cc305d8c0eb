// The structure was compared with documents of the original; these facts pin what clients use.
import { describe, expect, test } from "vitest";
import {
  type OpenApiHandler,
  type OpenApiService,
  openApiOf,
} from "../../../src/ingress/openapi.ts";

interface Document {
  readonly info: unknown;
  readonly servers: unknown;
  readonly paths: Readonly<Record<string, Record<string, Operation>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

interface Operation {
  readonly operationId: string;
  readonly parameters: unknown;
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}

function describeService(change: Partial<OpenApiService>): Document {
  const service: OpenApiService = {
    name: "Svc",
    type: "service",
    revision: 3,
    options: {},
    handlers: [],
    ...change,
  };
  return openApiOf(service, { ingressUrl: "http://host:8080/" }) as unknown as Document;
}

function handlerOf(name: string, change: Partial<OpenApiHandler> = {}): OpenApiHandler {
  return { name, type: "shared", options: {}, ...change };
}

describe("OpenAPI of a service", () => {
  test("names service, revision, address and metadata", () => {
    const { info, servers } = describeService({ documentation: "Docs", metadata: { a: "b" } });

    expect(info).toEqual({
      title: "Svc",
      description: "Docs",
      version: "3",
      "x-restate-extensions": { a: "b" },
    });
    expect(servers).toMatchObject([{ url: "http://host:8080/" }]);
  });

  const PATHS = [
    [
      "service",
      [
        "/restate/call/Svc/h",
        "/restate/send/Svc/h",
        "/restate/invocation/Svc/h/{idempotencyKey}/attach",
        "/restate/invocation/Svc/h/{idempotencyKey}/output",
      ],
    ],
    [
      "virtual-object",
      [
        "/restate/call/Svc/{key}/h",
        "/restate/send/Svc/{key}/h",
        "/restate/invocation/Svc/{key}/h/{idempotencyKey}/attach",
        "/restate/invocation/Svc/{key}/h/{idempotencyKey}/output",
      ],
    ],
    ["workflow", ["/restate/call/Svc/{key}/h", "/restate/send/Svc/{key}/h"]],
  ] as const;
  for (const [type, expected] of PATHS) {
    test(`a shared handler of a ${type} has ${expected.length} paths`, () => {
      const { paths } = describeService({ type, handlers: [handlerOf("h")] });

      expect(Object.keys(paths)).toEqual(expected);
    });
  }

  test("the run handler of a workflow can be attached to by key", () => {
    const run = handlerOf("run", { type: "workflow" });
    const { paths } = describeService({ type: "workflow", handlers: [run] });

    const output = paths["/restate/workflow/Svc/{key}/output"]?.["get"];
    expect(output?.operationId).toBe("runOutput");
    expect(Object.keys(output?.responses ?? {})).toEqual(["200", "404", "470", "default"]);
  });

  test("a private handler is left out, a private service is described whole", () => {
    const hidden = handlerOf("hidden", { options: { public: false } });

    const inPublic = describeService({ handlers: [hidden] });
    const inPrivate = describeService({ options: { public: false }, handlers: [hidden] });

    expect(Object.keys(inPublic.paths)).toEqual([]);
    expect(Object.keys(inPrivate.paths)).toHaveLength(4);
  });

  test("payload schemas become components, and their references follow", () => {
    const jsonSchema = {
      properties: { a: { $ref: "#/$defs/A" } },
      $defs: { A: { type: "string" } },
    };
    const input = { contentType: "application/json", required: true, jsonSchema };
    const { paths, components } = describeService({ handlers: [handlerOf("h", { input })] });

    expect(paths["/restate/call/Svc/h"]?.["post"]?.requestBody).toEqual({
      required: true,
      content: { "application/json": { schema: { $ref: "#/components/schemas/hRequest" } } },
    });
    expect(components.schemas["hRequest"]).toEqual({
      properties: { a: { $ref: "#/components/schemas/hRequest/$defs/A" } },
      $defs: { A: { type: "string" } },
    });
  });

  const PAYLOADS = [
    [undefined, { required: false, content: { "*/*": {} } }, { "application/json": {} }],
    [{}, undefined, undefined],
    [{ contentType: "text/*" }, { required: false, content: { "text/*": {} } }, { "text/*": {} }],
  ] as const;
  for (const [payload, requestBody, content] of PAYLOADS) {
    test(`the payload ${JSON.stringify(payload)} is described`, () => {
      const handlers = [handlerOf("h", { input: payload, output: payload })];
      const call = describeService({ handlers }).paths["/restate/call/Svc/h"]?.["post"];

      expect(call?.requestBody).toEqual(requestBody);
      expect(call?.responses["200"]).toEqual(
        content === undefined ? { description: "Empty" } : { description: "", content },
      );
    });
  }
});
