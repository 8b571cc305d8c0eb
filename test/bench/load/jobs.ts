/** What the load generator can be asked to do, and what it reports. */

/** Keys of the counter workload. */
export const COUNTER_KEYS = 10_000;

/** Which requests to send. */
export type Requests =
  /** The same call again and again. */
  | { readonly kind: "call"; readonly path: string; readonly body: string }
  /** A random key of the counter; `ledger` names the counts to compare with later. */
  | { readonly kind: "count"; readonly ledger: string }
  /** Sends that are due at one moment, in milliseconds since 1970. */
  | { readonly kind: "send"; readonly path: string; readonly dueMs: number };

/** Keeps `clients` connections busy. */
export interface Job {
  readonly kind: "job";
  readonly port: number;
  /** Process whose CPU time is measured. */
  readonly serverPid: number;
  readonly clients: number;
  readonly requests: Requests;
  /** Time before measuring begins. */
  readonly warmupMs: number;
  /** Ends after this time, or after `total` answers. */
  readonly durationMs: number;
  readonly total?: number;
}

/** Compares some of the counters on the server with the ledger. */
export interface CheckJob {
  readonly kind: "check";
  readonly port: number;
  readonly ledger: string;
}

/** Result of a job: what was answered while it measured. */
export interface JobResult {
  readonly answers: number;
  readonly errors: number;
  readonly firstError: string | undefined;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuMs: number;
}

/** Result of a comparison: keys that differ, in words. */
export interface CheckResult {
  readonly differences: readonly string[];
}

/** Told by the generator to whoever started it. */
export type GeneratorReport =
  | { readonly kind: "ready" }
  | { readonly kind: "result"; readonly result: JobResult | CheckResult }
  | { readonly kind: "failed"; readonly message: string };
