const TYPES = new Set(["array", "boolean", "integer", "null", "number", "object", "string"]);
const SCHEMA_MAPS = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
]);
const SCHEMA_LISTS = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const SCHEMA_VALUES = new Set([
  "items",
  "additionalProperties",
  "additionalItems",
  "contains",
  "not",
  "if",
  "then",
  "else",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
]);
const DEPTH_MAX = 128;

/**
 * Finds what is wrong with the structure of a JSON schema.
 *
 * Checks what would break a published document: types, nesting and references. External references
 * are refused, since whoever reads the document could not follow them.
 *
 * @returns the problem, or undefined
 */
export function findJsonSchemaProblem(schema: unknown): string | undefined {
  const ids = new Set<string>();
  collectIds(schema, ids, 0);
  return findProblem(schema, ids, 0);
}

function collectIds(schema: unknown, ids: Set<string>, depth: number): void {
  if (typeof schema !== "object" || schema === null || depth > DEPTH_MAX) return;
  if (!Array.isArray(schema)) {
    const id = (schema as Record<string, unknown>)["$id"];
    if (typeof id === "string") ids.add(id.replace(/#$/, ""));
  }
  for (const value of Object.values(schema)) collectIds(value, ids, depth + 1);
}

function findProblem(schema: unknown, ids: Set<string>, depth: number): string | undefined {
  if (typeof schema === "boolean") return undefined;
  if (depth > DEPTH_MAX) return `the schema is nested deeper than ${DEPTH_MAX} levels`;
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    return `${JSON.stringify(schema)} is not of types "boolean", "object"`;
  }
  for (const [keyword, value] of Object.entries(schema)) {
    const problem = findKeywordProblem(keyword, value, { ids, depth });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

interface Position {
  readonly ids: Set<string>;
  readonly depth: number;
}

function findKeywordProblem(
  keyword: string,
  value: unknown,
  { ids, depth }: Position,
): string | undefined {
  if (keyword === "$ref") return findReferenceProblem(value, ids);
  if (keyword === "type") return findTypeProblem(value);
  if (SCHEMA_VALUES.has(keyword) && !Array.isArray(value))
    return findProblem(value, ids, depth + 1);
  if (SCHEMA_LISTS.has(keyword)) {
    if (!Array.isArray(value)) return `${JSON.stringify(value)} is not of type "array"`;
    return firstProblem(value, ids, depth + 1);
  }
  if (SCHEMA_MAPS.has(keyword)) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return `${JSON.stringify(value)} is not of type "object"`;
    }
    return firstProblem(Object.values(value), ids, depth + 1);
  }
  return undefined;
}

function firstProblem(
  schemas: readonly unknown[],
  ids: Set<string>,
  depth: number,
): string | undefined {
  for (const schema of schemas) {
    const problem = findProblem(schema, ids, depth);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function findTypeProblem(value: unknown): string | undefined {
  const types: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (types.length > 0 && types.every((type) => typeof type === "string" && TYPES.has(type))) {
    return undefined;
  }
  const printed = JSON.stringify(value);
  return `${printed} is not valid under any of the schemas listed in the 'anyOf' keyword`;
}

function findReferenceProblem(value: unknown, ids: Set<string>): string | undefined {
  if (typeof value !== "string") return `${JSON.stringify(value)} is not of type "string"`;
  const target = value.replace(/#.*$/, "");
  if (target === "" || ids.has(target)) return undefined;
  return (
    `Resource '${target}' is not present in a registry and retrieving it failed: the schema ` +
    `contains an external reference ${target}. This is not supported, all schemas uploaded to ` +
    "Restate should be normalized first, bundling the external references."
  );
}
