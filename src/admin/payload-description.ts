import type { ManifestInput, ManifestOutput } from "#model";

/** Says in a few words what a handler accepts. */
export function describeInput(input: ManifestInput | undefined): string {
  if (input === undefined) return "*/*";
  if (input.contentType === undefined) {
    return input.required === true ? "<invalid rules>" : "none";
  }
  return describeSchema(input.jsonSchema) ?? input.contentType;
}

/** Says in a few words what a handler returns. */
export function describeOutput(output: ManifestOutput | undefined): string {
  if (output === undefined) return "application/json";
  if (output.contentType === undefined) return "none";
  const described = describeSchema(output.jsonSchema);
  if (described !== undefined) return described;
  return output.setContentTypeIfEmpty === true
    ? `optional ${output.contentType}`
    : output.contentType;
}

function describeSchema(schema: unknown): string | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  const { title, type } = schema as { readonly title?: unknown; readonly type?: unknown };
  if (typeof title === "string") return `JSON '${title}'`;
  return typeof type === "string" ? `JSON ${type}` : undefined;
}
