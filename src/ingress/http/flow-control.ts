import { IngressError } from "../ingress-error.ts";

const VALUE_BYTES_MAX = 36;
const LIMIT_KEY_COMPONENTS_MAX = 2;
const ALLOWED = /^[a-zA-Z0-9_.-]+$/;

/**
 * Checks a scope.
 *
 * @throws IngressError with the reason
 */
export function parseScope(value: string): string {
  const reason = refusalOf(value);
  if (reason !== undefined) throw new IngressError(400, `bad scope value: ${reason}`);
  return value;
}

/**
 * Parses a limit key, `l1` or `l1/l2`. The empty string is no key; one trailing slash is dropped.
 *
 * @throws IngressError with the reason
 */
export function parseLimitKey(value: string): string | undefined {
  if (value === "") return undefined;
  const components = value.split("/");
  if (components.length > 1 && components.at(-1) === "") components.pop();
  for (const component of components.slice(0, LIMIT_KEY_COMPONENTS_MAX)) {
    const reason = refusalOf(component);
    if (reason === undefined) continue;
    throw new IngressError(400, `invalid limit-key: invalid limit-key component: ${reason}`);
  }
  if (components.length > LIMIT_KEY_COMPONENTS_MAX) {
    const reason = "too many path components in the given limit-key (max 2)";
    throw new IngressError(400, `invalid limit-key: ${reason}`);
  }
  return components.join("/");
}

function refusalOf(value: string): string | undefined {
  if (value === "") return "value cannot be empty";
  const bytes = Buffer.byteLength(value);
  if (bytes > VALUE_BYTES_MAX) return `value too long: ${bytes} bytes (max ${VALUE_BYTES_MAX})`;
  if (ALLOWED.test(value)) return undefined;
  return "value contains characters outside the allowed set [a-zA-Z0-9_.-]";
}
