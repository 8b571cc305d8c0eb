import { z } from "zod";
import { textError } from "./admin-error.ts";
import type { Route } from "./route.ts";
import { describeIssue, describeProblem } from "./shape-problem.ts";

/** Largest request body, in bytes; a larger one is refused with 413. */
export const REQUEST_BODY_BYTES_MAX = 32 * 1024 * 1024;

/** A body as it came. */
export interface RawBody {
  readonly contentType: string | undefined;
  readonly bytes: Uint8Array;
}

/**
 * Parses and validates a JSON body.
 *
 * @throws AdminError in plain text: 415 content type, 400 not JSON, 422 wrong shape
 */
export function parseBody(route: Route, raw: RawBody): unknown {
  if (route.body === undefined) return undefined;
  if (!isJson(raw.contentType)) {
    throw textError(415, "Expected request with `Content-Type: application/json`");
  }
  const parsed = route.body.safeParse(parseJson(raw.bytes), { error: describeIssue });
  if (parsed.success) return parsed.data;
  const detail = route.bodyMismatch ?? describeProblem(parsed.error);
  throw textError(422, `Failed to deserialize the JSON body into the target type: ${detail}`);
}

/** Parses and validates the query string; parameters that the route does not know are ignored. */
export function parseQuery(route: Route, search: URLSearchParams): unknown {
  if (route.query === undefined) return undefined;
  const parsed = route.query.safeParse(Object.fromEntries(search), { error: describeIssue });
  if (parsed.success) return parsed.data;
  throw textError(400, `Failed to deserialize query string: ${describeProblem(parsed.error)}`);
}

/** A boolean of a query string. */
export function queryBoolean(): z.ZodType<boolean | undefined> {
  return z
    .enum(["true", "false"], { error: "provided string was not `true` or `false`" })
    .transform((text) => text === "true")
    .optional();
}

function isJson(contentType: string | undefined): boolean {
  const essence = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return essence === "application/json" || /^application\/[^;]*\+json$/.test(essence);
}

function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw textError(400, "Failed to parse the request body as JSON: invalid unicode code point");
  }
  if (text.trim() === "") {
    const column = text.length;
    throw textError(
      400,
      "Failed to parse the request body as JSON: EOF while parsing a value at " +
        `line 1 column ${column}`,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw textError(400, `Failed to parse the request body as JSON: ${reason}`);
  }
}
