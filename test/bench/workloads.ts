/** The workloads that are compared. */
import { SERVICES } from "./deployment/services.ts";
import type { Requests } from "./load/jobs.ts";

/** A closed loop: every client sends its next request when the last one is answered. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** Makes the requests; `ledger` names the counts of this server and deployment. */
  readonly requests: (ledger: string) => Requests;
}

/** Name of the workload that is not a closed loop. */
export const TIMERS = "timers";

export const WORKLOADS: readonly Workload[] = [
  { name: "plain", title: "plain call", requests: () => call("plain") },
  {
    name: "counter",
    title: "object counter, 10,000 keys",
    requests: (ledger) => ({ kind: "count", ledger }),
  },
  { name: "steps", title: "three durable steps", requests: () => call("steps") },
  { name: "calls", title: "three calls to another service", requests: () => call("calls") },
];

function call(handler: string): Requests {
  return { kind: "call", path: `/${SERVICES.bench}/${handler}`, body: "null" };
}
