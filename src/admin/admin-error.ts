/** Documented codes of admin errors. */
export type RestateCode =
  | "META0003"
  | "META0005"
  | "META0006"
  | "META0012"
  | "META0013"
  | "META0014"
  | "META0015"
  | "META0016"
  | "META0017";

/** An answer that is not the success of a route; the server writes it as it is. */
export class AdminError extends Error {
  override readonly name = "AdminError";
  readonly status: number;
  /** `json`: message and code; `message-only`: as `/query` answers; `text`: plain text. */
  readonly form: "json" | "message-only" | "text" | "empty";
  readonly restateCode: RestateCode | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    options: {
      readonly form?: AdminError["form"];
      readonly restateCode?: RestateCode | undefined;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.form = options.form ?? "json";
    this.restateCode = options.restateCode ?? null;
    this.headers = options.headers ?? {};
  }
}

/** A refusal in plain text: what a request is answered before its route looks at it. */
export function textError(status: number, message: string): AdminError {
  return new AdminError(status, message, { form: "text" });
}

/** 404 for a service that is not registered. */
export function serviceNotFound(service: string): AdminError {
  return new AdminError(404, `The requested service '${service}' does not exist`);
}

/** 404 for a deployment that is not registered. */
export function deploymentNotFound(id: string): AdminError {
  return new AdminError(404, `The requested deployment '${id}' does not exist`);
}

/** 400 for a field of a request. */
export function invalidField(field: string, reason: string): AdminError {
  return new AdminError(400, `The request field '${field}' is invalid. Reason: ${reason}`);
}
