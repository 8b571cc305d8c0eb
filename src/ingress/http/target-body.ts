import { unreadableBody } from "../ingress-error.ts";
import {
  type ResultSubject,
  subjectOfId,
  subjectOfIdempotencyKey,
  subjectOfWorkflow,
} from "./attach.ts";
import { parseScope } from "./flow-control.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Names the kind of body in error messages. */
export type TargetBodyKind = "lookup" | "request";

/**
 * Reads the JSON body of lookup, attach and output (section 6); unknown fields are ignored.
 *
 * @throws IngressError 500 for anything that is not such a body, as the original answers
 */
export function parseTargetBody(body: Uint8Array, kind: TargetBodyKind): ResultSubject {
  const fields = new Fields(parseJson(body, kind), kind);
  const target = fields.text("target");
  switch (target) {
    case "invocation":
      return subjectOfId(fields.text("invocationId"));
    case "workflow": {
      const name = fields.text("workflowName");
      const key = fields.text("workflowKey");
      return subjectOfWorkflow(name, key, scopeOf(fields));
    }
    case "idempotentInvocation":
      return subjectOfIdempotencyKey({
        service: fields.text("service"),
        key: fields.optionalText("key"),
        handler: fields.text("handler"),
        idempotencyKey: fields.text("idempotencyKey"),
        scope: scopeOf(fields),
      });
    default:
      throw fields.refuse(
        `unknown variant \`${target}\`, ` +
          "expected one of `workflow`, `idempotentInvocation`, `invocation`",
      );
  }
}

function scopeOf(fields: Fields): string | undefined {
  const scope = fields.optionalText("scope");
  return scope === undefined ? undefined : parseScope(scope);
}

function parseJson(body: Uint8Array, kind: TargetBodyKind): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch (error) {
    throw invalid(kind, body.length === 0 ? EMPTY_JSON : (error as Error).message);
  }
}

const EMPTY_JSON = "EOF while parsing a value at line 1 column 0";

function invalid(kind: TargetBodyKind, reason: string): Error {
  return unreadableBody(`invalid ${kind} body: ${reason}`);
}

/** String fields of a JSON object. */
class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #kind: TargetBodyKind;

  constructor(value: unknown, kind: TargetBodyKind) {
    this.#kind = kind;
    if (value === null || typeof value !== "object") {
      const found = describe(value);
      throw invalid(
        kind,
        `invalid type: ${found}, expected internally tagged enum InvocationTargetRequest`,
      );
    }
    this.#object = value as Readonly<Record<string, unknown>>;
  }

  text(name: string): string {
    const value = this.#get(name);
    if (typeof value === "string") return value;
    if (value === undefined) throw this.refuse(`missing field \`${name}\``);
    throw this.refuse(`invalid type: ${describe(value)}, expected a string`);
  }

  optionalText(name: string): string | undefined {
    const value = this.#get(name);
    return value === undefined || value === null ? undefined : this.text(name);
  }

  refuse(reason: string): Error {
    return invalid(this.#kind, reason);
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "sequence";
  switch (typeof value) {
    case "number":
      return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
    case "boolean":
      return `boolean \`${value}\``;
    case "string":
      return `string ${JSON.stringify(value)}`;
    default:
      return "map";
  }
}
