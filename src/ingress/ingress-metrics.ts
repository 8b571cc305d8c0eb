/** How a finished call or send is counted. */
export type RequestOutcome =
  /** Answered with a result or an accept. */
  | "completed"
  /** The request was refused: its own fault. */
  | "request-error"
  /** The invocation ended in a failure. */
  | "invocation-error"
  /** The ingress or the cluster could not carry it out. */
  | "ingress-error";

/** Facts of a finished call or send. */
export interface FinishedRequest {
  readonly service: string;
  readonly mode: "call" | "send";
  readonly outcome: RequestOutcome;
  /** From the head of the request to the response, in milliseconds. */
  readonly durationMs: number;
}

/** Receives what happens at the ingress; called synchronously, so it must be cheap. */
export interface IngressMetrics {
  /** A request passed the overload check; one of the two below follows in the end. */
  onRequestAdmitted(): void;
  /** A request was refused because too many were in flight. */
  onRequestRateLimited(): void;
  /** A request was answered. `facts` is undefined for anything but calls and sends. */
  onRequestFinished(facts: FinishedRequest | undefined): void;
  onConnectionOpened(): void;
  onConnectionClosed(): void;
}

/** Metrics that go nowhere. */
export const NO_METRICS: IngressMetrics = {
  onRequestAdmitted: () => {},
  onRequestRateLimited: () => {},
  onRequestFinished: () => {},
  onConnectionOpened: () => {},
  onConnectionClosed: () => {},
};

/** Classifies a response by its status and `x-restate-error-source`. */
export function outcomeOf(status: number, errorSource: string | undefined): RequestOutcome {
  if (errorSource === undefined) return "completed";
  if (errorSource === "invocation") return "invocation-error";
  return status >= 500 ? "ingress-error" : "request-error";
}
