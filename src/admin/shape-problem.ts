import type { z } from "zod";

/** Words of the original for what a field should be, by name of the validator's type. */
const EXPECTED: Readonly<Record<string, string>> = {
  array: "a sequence",
  boolean: "a boolean",
  int: "an integer",
  number: "a number",
  object: "a map",
  record: "a map",
  string: "a string",
};

/** Prints a value of a request as the original names it in its messages. */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "sequence";
  switch (typeof value) {
    case "string":
      return `string ${JSON.stringify(value)}`;
    case "number":
      return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
    case "boolean":
      return `boolean \`${value}\``;
    default:
      return "map";
  }
}

/** Says that a value has the wrong type. */
export function wrongType(value: unknown, expected: string): string | undefined {
  // An absent field is reported by name, where the path is known.
  if (value === undefined) return undefined;
  return `invalid type: ${describeValue(value)}, expected ${expected}`;
}

/** Message of an issue that no schema words itself; for the `error` option of the validator. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== "invalid_type") return undefined;
  return wrongType(issue.input, EXPECTED[issue.expected] ?? issue.expected);
}

/** Says where a value does not fit, and why. */
export function describeProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "invalid value";
  const isMissing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  const path = isMissing ? issue.path.slice(0, -1) : issue.path;
  const message = isMissing ? `missing field \`${String(issue.path.at(-1))}\`` : issue.message;
  const place = path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      return index === 0 ? String(part) : `.${String(part)}`;
    })
    .join("");
  return place === "" ? message : `${place}: ${message}`;
}
