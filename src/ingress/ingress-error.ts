/**
 * A refusal by the ingress itself, answered as JSON with source `ingress` (ingress reference
 * section 9). The texts are part of the wire contract: clients match on them.
 */
export class IngressError extends Error {
  override readonly name = "IngressError";
  /** HTTP status, repeated as `code` in the body. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Path without a meaning under a reserved prefix. */
export function notFound(): IngressError {
  return new IngressError(404, "not found");
}

/** Known path, other method. */
export function methodNotAllowed(): IngressError {
  return new IngressError(405, "method not allowed");
}

/** Path with a number of segments that no route has. */
export function badPath(path: string): IngressError {
  return new IngressError(400, `bad path: ${path}`);
}

/** Path of a family whose shape is wrong; `expected` lists the shapes of the family. */
export function badPathShape(expected: string): IngressError {
  return new IngressError(400, `bad path, expected ${expected}`);
}

/** Header value outside visible ASCII. */
export function badHeader(name: string): IngressError {
  return new IngressError(400, `bad header ${name}: ToStrError { _priv: () }`);
}

/** Service that is not in the registry. */
export function serviceNotFound(service: string): IngressError {
  return new IngressError(
    404,
    `service '${service}' not found, make sure to register the service before calling it.`,
  );
}

/** Handler that the latest revision of its service does not have. */
export function handlerNotFound(service: string, handler: string): IngressError {
  return new IngressError(
    404,
    `the service '${service}' exists, but the handler '${handler}' was not found, ` +
      "check that the handler exists in the latest registered service version.",
  );
}

/** Body that could not be read or understood; 500 as the original answers. */
export function unreadableBody(reason: string): IngressError {
  return new IngressError(500, `cannot read body: ${reason}`);
}
