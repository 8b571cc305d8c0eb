/** What both deployments serve: names, payloads, and the control of the process. */
import process from "node:process";

/** Names of services and handlers. Both deployments serve all of them. */
export const SERVICES = {
  bench: "Bench",
  counter: "BenchCounter",
  callee: "BenchCallee",
} as const;

/** Answer of every handler that has nothing to tell, as JSON. */
export const ANSWER = '"done"';

/** State key of the counter. */
export const COUNT_KEY = "count";

/** Steps of the handler `steps` and calls of the handler `calls`. */
export const STEPS = 3;
export const CALLS = 3;

/** Delayed sends that one invocation of `sendMany` makes. */
export const SENDS_PER_CALL = 500;

/** When the invocations of the handlers `timer` and `hold` began. */
export interface Arrivals {
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Told by a deployment to whoever started it. */
export type DeploymentReport =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "arrivals"; readonly arrivals: Arrivals };

/** Told to a deployment. */
export type DeploymentRequest =
  | { readonly kind: "readArrivals" }
  | { readonly kind: "resetArrivals" };

let arrivals: Arrivals = { count: 0, firstMs: 0, lastMs: 0 };

/** Counts an attempt of the handler `timer` or `hold`. */
export function countArrival(): void {
  const now = Date.now();
  arrivals = {
    count: arrivals.count + 1,
    firstMs: arrivals.count === 0 ? now : arrivals.firstMs,
    lastMs: now,
  };
}

/** Answers requests of the parent, and ends with it. */
export function serveParent(port: number): void {
  const report = (message: DeploymentReport): void => {
    process.send?.(message);
  };
  process.on("message", (request: DeploymentRequest) => {
    if (request.kind === "resetArrivals") arrivals = { count: 0, firstMs: 0, lastMs: 0 };
    report({ kind: "arrivals", arrivals });
  });
  process.on("disconnect", () => process.exit(0));
  process.on("SIGINT", () => {}); // The parent stops its children.
  report({ kind: "listening", port });
}
