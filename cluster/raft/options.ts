import { assert } from "#base/assert";
import type { Random } from "#base/random";
import { isStorageThread } from "./messages.ts";
import type { Storage } from "./storage.ts";

/** Where the core reports what it does, one line per event. A `Logger` fits. */
export interface RaftLogSink {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * How reads are confirmed.
 *
 * "safe" asks a quorum for each round of reads. "lease-based" trusts that a leader whose quorum
 * check has not failed is still the leader; it is only as good as the ticks are regular.
 */
export type ReadOnlyOption = "safe" | "lease-based";

/** Everything one replica of a group needs to start. */
export interface RaftOptions {
  /** Non-zero id of this replica, used by no other replica of the group, ever. */
  readonly id: number;
  readonly storage: Storage;
  /** Source of election timeouts; one seeded generator per group keeps runs repeatable. */
  readonly random: Random;
  /** Ticks without a leader before a follower campaigns, drawn from `[n, 2n)`. */
  readonly electionTicks: number;
  /** Ticks between two heartbeats of a leader; less than `electionTicks`. */
  readonly heartbeatTicks: number;
  /** Last applied index at restart; entries up to it are not handed out again. Default 0. */
  readonly applied?: number;
  /** Storage work leaves as messages and is acknowledged by messages. Default false. */
  readonly asyncStorageWrites?: boolean;
  /** Encoded bytes of one append message; 0 sends entries one by one. Default no limit. */
  readonly appendBytesMax?: number;
  /** Encoded bytes handed out to apply and not yet acknowledged. Default `appendBytesMax`. */
  readonly applyingBytesMax?: number;
  /** Payload bytes of a leader's uncommitted tail; 0 for no limit. Default 0. */
  readonly uncommittedBytesMax?: number;
  /** Append messages sent to one follower and not yet answered. Default 256. */
  readonly inflightAppendsMax?: number;
  /** Payload bytes sent to one follower and not yet acknowledged; 0 for no limit. Default 0. */
  readonly inflightBytesMax?: number;
  /** A leader that does not hear from a quorum steps down. Default true. */
  readonly checkQuorum?: boolean;
  /** A candidate first asks whether it could win. Default true. */
  readonly preVote?: boolean;
  /** Default "safe"; "lease-based" needs `checkQuorum`. */
  readonly readOnlyOption?: ReadOnlyOption;
  /** Followers refuse proposals instead of forwarding them. Default false. */
  readonly disableProposalForwarding?: boolean;
  /** Skips the checks of membership changes when they are proposed. Default false. */
  readonly disableConfChangeValidation?: boolean;
  /** A leader that is removed or demoted steps down when it applies that. Default false. */
  readonly stepDownOnRemoval?: boolean;
  readonly logSink?: RaftLogSink | undefined;
}

/** Options with every default filled in. */
export type RaftSettings = Required<RaftOptions>;

/** Fills in defaults and checks the rules between options; a violation is the caller's defect. */
export function resolveOptions(options: RaftOptions): RaftSettings {
  const appendBytesMax = options.appendBytesMax ?? Number.POSITIVE_INFINITY;
  const applyingBytesMax = options.applyingBytesMax ?? 0;
  const uncommittedBytesMax = options.uncommittedBytesMax ?? 0;
  const inflightBytesMax = options.inflightBytesMax ?? 0;
  const settings: RaftSettings = {
    id: options.id,
    storage: options.storage,
    random: options.random,
    electionTicks: options.electionTicks,
    heartbeatTicks: options.heartbeatTicks,
    applied: options.applied ?? 0,
    asyncStorageWrites: options.asyncStorageWrites ?? false,
    appendBytesMax,
    // At least one byte, so that handing out one entry at a time is the tightest budget.
    applyingBytesMax: Math.max(1, applyingBytesMax === 0 ? appendBytesMax : applyingBytesMax),
    uncommittedBytesMax: uncommittedBytesMax === 0 ? Infinity : uncommittedBytesMax,
    inflightAppendsMax: options.inflightAppendsMax ?? 256,
    inflightBytesMax: inflightBytesMax === 0 ? Infinity : inflightBytesMax,
    checkQuorum: options.checkQuorum ?? true,
    preVote: options.preVote ?? true,
    readOnlyOption: options.readOnlyOption ?? "safe",
    disableProposalForwarding: options.disableProposalForwarding ?? false,
    disableConfChangeValidation: options.disableConfChangeValidation ?? false,
    stepDownOnRemoval: options.stepDownOnRemoval ?? false,
    logSink: options.logSink,
  };
  assertSettings(settings);
  return settings;
}

function assertSettings(settings: RaftSettings): void {
  const { id, electionTicks, heartbeatTicks, inflightAppendsMax, inflightBytesMax } = settings;
  assert(Number.isSafeInteger(id) && id > 0, "an id is a positive safe integer");
  assert(!isStorageThread(id), "an id is not one of the storage threads");
  assert(Number.isInteger(heartbeatTicks) && heartbeatTicks > 0, "heartbeatTicks is at least 1");
  assert(
    Number.isInteger(electionTicks) && electionTicks > heartbeatTicks,
    "electionTicks exceeds heartbeatTicks",
  );
  assert(inflightAppendsMax > 0, "at least one append may be in flight");
  assert(
    inflightBytesMax >= settings.appendBytesMax,
    "inflightBytesMax covers at least one append message",
  );
  assert(settings.appendBytesMax >= 0, "appendBytesMax is not negative");
  assert(settings.applied >= 0, "applied is not negative");
  assert(
    settings.readOnlyOption !== "lease-based" || settings.checkQuorum,
    "lease-based reads need checkQuorum",
  );
}
