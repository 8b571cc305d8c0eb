import type {
  AttemptEvent,
  DeploymentId,
  InvocationId,
  InvocationRequest,
  NotificationResult,
  Pin,
  Retention,
  SignalId,
} from "#model";
import type { OutboxMessage } from "./outbox-message.ts";

/** Names a request that waits at the leader of `epoch`. */
export interface RequestId {
  /** Raft term of the leader that took the request. */
  readonly epoch: number;
  readonly sequence: number;
}

/** A record of the log: when the leader stamped it, and what it asks. */
export interface LogRecord {
  /** Milliseconds since the Unix epoch, from the proposer's clock. */
  readonly timeMs: number;
  readonly command: Command;
}

/** A due timer, as stored. */
export type Timer =
  | {
      readonly kind: "sleep";
      readonly timeMs: number;
      readonly invocationId: InvocationId;
      readonly completionId: number;
      /** Run that sleeps; 0 in timers of builds that did not note it. */
      readonly incarnation: number;
    }
  | { readonly kind: "start"; readonly timeMs: number; readonly invocationId: InvocationId };

/** What expires at a completed invocation. */
export interface Expiry {
  readonly timeMs: number;
  readonly invocationId: InvocationId;
  readonly what: "completion" | "journal";
}

/** A concurrency rule, resolved to its levels. */
export interface ConcurrencyRule {
  /** `scope`, `scope/l1` or `scope/l1/l2`; each component literal or `*`. */
  readonly pattern: string;
  readonly concurrency: number;
}

/** How a resumed or restarted invocation changes its pin. */
export type PinChange =
  | { readonly kind: "keep" }
  /** The next attempt chooses the latest deployment and its protocol version. */
  | { readonly kind: "unpin" }
  /** Fails with `deployment-not-changeable` unless pinned; keeps the protocol version. */
  | {
      readonly kind: "move";
      readonly deploymentId: DeploymentId;
      /** Protocol versions that the deployment supports, for the check against the pin. */
      readonly minProtocolVersion: number;
      readonly maxProtocolVersion: number;
      /** Set when the caller named no deployment: an unpinned invocation just stays unpinned. */
      readonly lenient: boolean;
    };

/** Everything that can change a partition. Kinds match `commands/*.ts`. */
export type Command =
  | {
      readonly kind: "invoke";
      readonly request: InvocationRequest;
      readonly requestId: RequestId | undefined;
      readonly mode: "call" | "send";
      /** The id was minted for this very request: no record before this one knows it. */
      readonly isFresh?: boolean | undefined;
    }
  | {
      readonly kind: "attempt-event";
      readonly invocationId: InvocationId;
      readonly token: number;
      readonly events: readonly AttemptEvent[];
    }
  | { readonly kind: "fire-timers"; readonly timers: readonly Timer[] }
  | {
      readonly kind: "deliver";
      /** Partition whose outbox the messages come from. */
      readonly producer: number;
      /** Outbox sequence of the first message; the others follow without gaps. */
      readonly items: readonly DeliveredMessage[];
    }
  | { readonly kind: "truncate-outbox"; readonly upTo: number }
  | {
      readonly kind: "attach-invocation";
      readonly invocationId: InvocationId;
      readonly requestId: RequestId;
    }
  | {
      readonly kind: "append-signal";
      readonly invocationId: InvocationId;
      readonly signal: SignalId;
      readonly result: NotificationResult;
      readonly requestId: RequestId | undefined;
      readonly deduplicationId?: string | undefined;
    }
  | InvocationOperation<"cancel-invocation">
  | InvocationOperation<"kill-invocation">
  | InvocationOperation<"pause-invocation">
  | (InvocationOperation<"resume-invocation"> & { readonly pinChange: PinChange })
  | (InvocationOperation<"restart-invocation"> & {
      readonly newInvocationId: InvocationId;
      readonly from: number;
      readonly pinChange: PinChange;
      readonly retention: Retention;
    })
  | InvocationOperation<"purge-invocation">
  | InvocationOperation<"purge-journal">
  | {
      readonly kind: "purge-expired";
      readonly expiries: readonly Expiry[];
    }
  | {
      readonly kind: "patch-state";
      readonly mutation: StateMutation;
      readonly requestId: RequestId | undefined;
      readonly deduplicationId?: string | undefined;
    }
  | { readonly kind: "update-rules"; readonly rules: readonly ConcurrencyRule[] }
  /** Changes nothing; every replica computes a digest of its tables as they are here. */
  | { readonly kind: "check-digest" };

/** A message with its place in the producer's outbox. */
export interface DeliveredMessage {
  readonly sequence: number;
  readonly message: OutboxMessage;
}

/** Replaces the whole state of a keyed instance, in the queue of its key. */
export interface StateMutation {
  readonly serviceType: "virtual-object" | "workflow";
  readonly service: string;
  readonly key: string;
  readonly scope: string | undefined;
  readonly expectedVersion: string | undefined;
  readonly state: readonly (readonly [key: string, value: Uint8Array])[];
}

/** A command that asks something of one invocation and answers the operator. */
export interface InvocationOperation<Kind extends string> {
  readonly kind: Kind;
  readonly invocationId: InvocationId;
  readonly requestId: RequestId | undefined;
  /** The same in every try of one request, which takes effect once. */
  readonly deduplicationId?: string | undefined;
}

/** The command of one kind. */
export type CommandOf<Kind extends Command["kind"]> = Extract<Command, { readonly kind: Kind }>;

/** Pin after a change; exported for the commands that share it. */
export type { Pin };
