/**
 * The state machine of one attempt: one stream to a deployment on behalf of an invocation.
 *
 * | phase         | request side | leaves by                                                    |
 * |---------------|--------------|--------------------------------------------------------------|
 * | `live`        | open         | inactivity or request/response mode: `half-closed`; terminal |
 * | `half-closed` | ended        | terminal message, failure, abort timeout: `over`             |
 * | `over`        | ended, reset | never; everything later is ignored                           |
 *
 * Pure: `advance(attempt, event)` changes the attempt and returns what the shell must do. Journal
 * entries get their order here; what they do to the partition is decided elsewhere.
 */
import type {
  AttemptEvent,
  AttemptFailure,
  DeploymentId,
  Failure,
  Future,
  InvocationTarget,
  JournalCommand,
  JournalEntry,
} from "#model";
import type { Frame, OversizeFrame, ProtocolVersion, WireCommand } from "#service-protocol";

/** What is known when the stream opens. */
export interface AttemptFacts {
  readonly target: InvocationTarget;
  readonly deploymentId: DeploymentId;
  readonly version: ProtocolVersion;
  /** The invocation was bound to deployment and version before. */
  readonly isPinned: boolean;
  /** Journal messages that are replayed. */
  readonly knownEntries: number;
  /** Commands among them. */
  readonly commandCount: number;
  /** An Output is among them. */
  readonly hasOutput: boolean;
  /** The request is ended right after the replay. */
  readonly isRequestResponse: boolean;
  readonly abortTimeoutMs: number;
  readonly bodyBytesMax: number;
  readonly futureDepthMax: number;
  readonly resolveCommand: ResolveCommand;
}

/** Why a command cannot be carried out. */
export type CommandRefusal =
  | {
      /** The world is not as the handler thinks; a retry may find it changed. */
      readonly kind: "precondition";
      readonly documentedCode: string;
      readonly reason: string;
    }
  | { readonly kind: "bad-field"; readonly reason: string };

/** Outcome of resolving a command. */
export type ResolvedCommand =
  | { readonly ok: true; readonly command: JournalCommand }
  | { readonly ok: false; readonly refusal: CommandRefusal };

/** Turns ids and names of a decoded command into what the partition needs; answers at once. */
export type ResolveCommand = (command: WireCommand) => ResolvedCommand;

/** What happens to an attempt. */
export type AttemptInputEvent =
  | {
      readonly kind: "head";
      readonly status: number;
      readonly contentType: string | undefined;
      /** Delay that the response asks for, already clamped. */
      readonly retryAfterMs: number | undefined;
    }
  | { readonly kind: "message"; readonly frame: Frame | OversizeFrame }
  | { readonly kind: "end-of-stream" }
  | { readonly kind: "stream-failed"; readonly message: string }
  | { readonly kind: "inactivity-timeout" }
  | { readonly kind: "abort-timeout" }
  | { readonly kind: "out-of-memory" }
  | { readonly kind: "notification"; readonly entryIndex: number; readonly entry: JournalEntry }
  | { readonly kind: "command-durable"; readonly commandIndex: number }
  | { readonly kind: "run-durable"; readonly entryIndex: number; readonly completionId: number };

/** What the shell must do, in order. */
export type AttemptAction =
  | { readonly kind: "report"; readonly event: AttemptEvent }
  | { readonly kind: "write"; readonly buffers: readonly Uint8Array[] }
  | { readonly kind: "half-close" }
  | { readonly kind: "finish"; readonly outcome: AttemptOutcome };

/** How an attempt ended. */
export type AttemptOutcome =
  | { readonly kind: "suspended"; readonly future: Future; readonly recordEvent: boolean }
  | { readonly kind: "ended" }
  | { readonly kind: "paused"; readonly cause: AttemptFailure }
  | { readonly kind: "failed-for-good"; readonly failure: Failure }
  | {
      readonly kind: "failed";
      readonly cause: AttemptFailure;
      /** Delay asked for by the deployment; undefined leaves it to the retry policy. */
      readonly retryDelayMs: number | undefined;
      /** The stream is cut; otherwise the rest of the response is drained. */
      readonly isReset: boolean;
    };

/** Mutable state of an attempt; only `advance` changes it. */
export interface Attempt {
  readonly facts: AttemptFacts;
  phase: "live" | "half-closed" | "over";
  hasHead: boolean;
  isPinned: boolean;
  /** Index of the next command among commands. */
  commandCount: number;
  hasOutput: boolean;
  /** Notifications up to this entry index have been sent. */
  lastEntryIndex: number;
  /** The attempt stored a command or a proposal. */
  hasProgress: boolean;
  /** What the handler says that it awaits (v7). */
  awaitingOn: Future | undefined;
}

/** An attempt whose replay is about to be written. */
export function createAttempt(facts: AttemptFacts): Attempt {
  return {
    facts,
    phase: facts.isRequestResponse ? "half-closed" : "live",
    hasHead: false,
    isPinned: facts.isPinned,
    commandCount: facts.commandCount,
    hasOutput: facts.hasOutput,
    lastEntryIndex: facts.knownEntries - 1,
    hasProgress: false,
    awaitingOn: undefined,
  };
}
