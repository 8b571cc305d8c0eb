/** Messages are those that the original answered to the same manifests. */
import { describe, expect, test } from "vitest";
import type { ManifestHandler, ManifestService } from "#model";
import { checkServices } from "../../../src/schema/manifest-check.ts";

function check(
  type: ManifestService["type"],
  handler: Partial<ManifestHandler>,
  service: Partial<ManifestService> = {},
): ReturnType<typeof checkServices> {
  const handlers = [{ name: "h", type: undefined, options: {}, ...handler }];
  return checkServices([{ name: "T", type, options: {}, handlers, ...service }], () => 1);
}

describe("manifest check", () => {
  test.each([
    ["service", undefined, "shared"],
    ["service", "shared", "shared"],
    ["virtual-object", undefined, "exclusive"],
    ["virtual-object", "shared", "shared"],
    ["workflow", undefined, "shared"],
    ["workflow", "workflow", "workflow"],
  ] as const)("a handler of a %s given as %s is %s", (serviceType, type, resolved) => {
    expect(check(serviceType, { type })[0]?.handlers[0]?.type).toBe(resolved);
  });

  test.each([
    ["service", "exclusive", "(Service, Some(Exclusive))"],
    ["service", "workflow", "(Service, Some(Workflow))"],
    ["virtual-object", "workflow", "(VirtualObject, Some(Workflow))"],
    ["workflow", "exclusive", "(Workflow, Some(Exclusive))"],
  ] as const)("a %s has no %s handlers", (serviceType, type, printed) => {
    expect(() => check(serviceType, { type })).toThrow(
      `invalid combination of service type and handler type '${printed}'`,
    );
  });

  test.each<[string, () => unknown, string]>([
    [
      "workflow retention on another handler",
      () => check("workflow", { options: { workflowCompletionRetentionMs: 5 } }),
      "h sets the workflow_completion_retention, but it's not a WORKFLOW handler",
    ],
    [
      "idempotency retention on a workflow handler",
      () => check("workflow", { type: "workflow", options: { idempotencyRetentionMs: 5 } }),
      "h sets the idempotency_retention, but it's a WORKFLOW handler",
    ],
    [
      "a public handler of a private service",
      () => check("service", { options: { public: true } }, { options: { public: false } }),
      "The service T is private, but the h is explicitly set as public. This is not supported. " +
        "Please make the service public, and hide the individual handlers",
    ],
    [
      "a content type that is none",
      () => check("service", { input: { contentType: "nonsense" } }),
      "the handler 'h' input content-type is not valid: can't parse the content-type " +
        "'nonsense': must contain one /",
    ],
    [
      "a JSON schema with an unknown type",
      () => check("service", { input: { contentType: "a/b", jsonSchema: { type: "nope" } } }),
      'the json schema for T/h input is invalid: "nope" is not valid under any of the schemas ' +
        "listed in the 'anyOf' keyword",
    ],
    [
      "a JSON schema with an external reference",
      () =>
        check("service", {
          output: { jsonSchema: { properties: { a: { $ref: "http://example.com/x.json" } } } },
        }),
      "the schema contains an external reference http://example.com/x.json",
    ],
    [
      "a reserved name",
      () => check("service", {}, { name: "ReStateFoo" }),
      "cannot insert/modify service 'ReStateFoo' as it contains a reserved name",
    ],
    [
      "another reserved name",
      () => check("service", {}, { name: "OpenAPI" }),
      "cannot insert/modify service 'OpenAPI' as it contains a reserved name",
    ],
  ])("refuses %s", (_title, run, message) => {
    expect(run).toThrow(message);
  });

  test("references inside the schema are fine", () => {
    const jsonSchema = {
      $defs: { a: { type: ["string", "null"] }, b: { $id: "http://x/b", type: "object" } },
      properties: { a: { $ref: "#/$defs/a" }, b: { $ref: "http://x/b#/x" } },
      items: true,
    };
    expect(check("service", { input: { contentType: "a/b", jsonSchema } })).toHaveLength(1);
  });

  test("of equal names the last one counts", () => {
    const handlers = ["first", "second"].map((documentation) => ({
      name: "h",
      type: undefined,
      options: {},
      documentation,
    }));
    const service = { name: "T", type: "service", options: {}, handlers } as const;
    const [checked, ...others] = checkServices([{ ...service, handlers: [] }, service], () => 1);
    expect(others).toEqual([]);
    expect(checked?.handlers).toMatchObject([{ documentation: "second" }]);
  });
});
