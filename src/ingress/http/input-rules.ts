import { assertNever } from "#base/assert";
import type { InputRule } from "#schema";
import { badHeader, IngressError } from "../ingress-error.ts";

const NOT_VISIBLE_ASCII = /[^\t\x20-\x7e]/;

/** What input rules look at. */
export interface HandlerInput {
  /** Value of the `content-type` header; undefined if there is none. */
  readonly contentType: string | undefined;
  readonly bodyIsEmpty: boolean;
}

/**
 * Applies the input rules of a handler: one must pass (ingress reference section 4).
 *
 * @throws IngressError with the complaint of the last rule
 */
export function validateInput(rules: readonly InputRule[], input: HandlerInput): void {
  const { contentType } = input;
  if (contentType !== undefined && NOT_VISIBLE_ASCII.test(contentType)) {
    throw badHeader("content-type");
  }
  let complaint: string | undefined;
  for (const rule of rules) {
    complaint = complaintOf(rule, input);
    if (complaint === undefined) return;
  }
  if (complaint === undefined) return;
  throw new IngressError(400, `input validation error: ${complaint}`);
}

function complaintOf(rule: InputRule, input: HandlerInput): string | undefined {
  const { contentType, bodyIsEmpty } = input;
  switch (rule.kind) {
    case "nothing": {
      if (bodyIsEmpty && contentType === undefined) return undefined;
      const found = contentType === undefined ? "None" : `Some(${JSON.stringify(contentType)})`;
      return `Expected body and content-type to be empty, but wasn't with content-type '${found}'`;
    }
    case "content-type":
      if (contentType === undefined) return "Empty content-type";
      if (!matchesContentType(contentType, rule.contentType)) {
        return `Content-type '${contentType}' does not match '${rule.contentType}'`;
      }
      return rule.bodyRequired && bodyIsEmpty ? "Empty body not allowed" : undefined;
    default:
      return assertNever(rule);
  }
}

/**
 * Compares a content type with `type/subtype`, `type/*` or `*` + `/*`, case and all, without its
 * parameters.
 */
export function matchesContentType(contentType: string, pattern: string): boolean {
  if (contentType === pattern || pattern === "*/*") return true;
  const parameters = contentType.indexOf(";");
  const essence = parameters < 0 ? contentType : contentType.slice(0, parameters).trim();
  if (pattern.endsWith("/*")) return essence.startsWith(pattern.slice(0, -1));
  return essence === pattern;
}
