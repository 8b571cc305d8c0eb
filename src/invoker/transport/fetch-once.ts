/** One small request with its whole response, as a promise: discovery, not invocations. */

import { ByteGatherer } from "#base/byte-gatherer";
import {
  type OpenRequest,
  type ResponseHeaders,
  type Transport,
  TransportError,
} from "./transport.ts";

/** A complete response. */
export interface FetchedResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** Owned by the caller. */
  readonly body: Uint8Array;
}

/** A request with the bounds of its response. */
export interface FetchRequest extends OpenRequest {
  readonly body?: Uint8Array;
  /** From the call to the end of the response; beyond, TIMEOUT. */
  readonly timeoutMs: number;
  /** Beyond, BODY_TOO_LARGE. */
  readonly bodyBytesMax: number;
}

/**
 * Sends a request and collects the response.
 *
 * @throws TransportError with the code of what went wrong; every HTTP status is a response
 */
export function fetchOnce(transport: Transport, request: FetchRequest): Promise<FetchedResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<FetchedResponse>();
  const body = new ByteGatherer();
  let status = 0;
  let headers: ResponseHeaders = new Map();
  const abort = (error: TransportError): void => {
    clearTimeout(timer);
    stream.reset();
    reject(error);
  };
  const stream = transport.open(request, {
    onHead: (responseStatus, responseHeaders) => {
      status = responseStatus;
      headers = responseHeaders;
    },
    onData: (chunk) => {
      if (body.byteCount + chunk.length <= request.bodyBytesMax) body.add(Buffer.from(chunk));
      else {
        const message = `Response body is larger than ${request.bodyBytesMax} bytes`;
        abort(new TransportError("BODY_TOO_LARGE", message));
      }
    },
    onEnd: () => {
      clearTimeout(timer);
      resolve({ status, headers, body: body.take() });
    },
    onError: (error) => {
      clearTimeout(timer);
      reject(error);
    },
  });
  const timer = setTimeout(() => {
    abort(new TransportError("TIMEOUT", `No complete response in ${request.timeoutMs} ms`));
  }, request.timeoutMs);
  if (request.body !== undefined) stream.write(request.body);
  stream.end();
  return promise;
}
