import type { Clock, Scheduler } from "#base/clock";
import { ClusterError } from "#base/cluster-error";
import type { Logger } from "#base/logger";
import type { AddressCalls } from "#transport";
import type { NodeRegistration } from "./register-node.ts";

/** Service that makes a node a member. */
export const JOIN_SERVICE = "cluster.join";
/** Service that creates the cluster on a node that belongs to none. */
export const PROVISION_SERVICE = "cluster.provision";

/** Answer to a node that has become a member. */
export interface JoinReply {
  readonly nodeId: number;
  /** Decimal, since JSON has no 64-bit numbers. */
  readonly clusterFingerprint: string;
  readonly isForcedIdBurnt: boolean;
  readonly nodes: readonly { readonly nodeId: number; readonly address: string }[];
}

/** What looking for a cluster takes. */
export interface FirstContactOptions {
  readonly calls: AddressCalls;
  /** Addresses of other nodes. */
  readonly seedAddresses: readonly string[];
  readonly registration: NodeRegistration;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly initializationMs: number;
  readonly nameTakenMs: number;
  /** Silence after which seeds count as belonging to no cluster; left out, they never do. */
  readonly silenceMs?: number | undefined;
  /** Ends the search: the node became a member in another way, or stops. */
  isOver(): boolean;
}

const CALL_TIMEOUT_MS = 1_500;
const FIRST_PAUSE_MS = 100;
const PAUSE_MS_MAX = 1_000;
const SILENT = new Set(["NODE_UNREACHABLE", "CALL_TIMED_OUT"]);
/** Refusals that no waiting changes. */
const FINAL = new Set(["CLUSTER_MISMATCH", "PROTOCOL_MISMATCH", "NODE_ID_TAKEN", "NODE_MISMATCH"]);

/** What the seeds said. */
interface SeedAnswers {
  readonly reply: JoinReply | undefined;
  /** Seeds that did not answer, and so may belong to a cluster. */
  readonly silentCount: number;
  /** True when one belongs to a cluster that cannot take anybody in right now. */
  readonly isBusy: boolean;
  /** Set when another node has the name. */
  readonly nameTaken: Error | undefined;
}

/**
 * Asks the seeds until one takes this node in.
 *
 * Ends with `undefined` when the search is over for another reason, and, for a node that may create
 * a cluster, once every seed has said that it belongs to none, or has been silent for long enough.
 *
 * @throws ClusterError `INITIALIZATION_TIMED_OUT`, `NODE_NAME_TAKEN` and other refusals
 */
export async function joinThroughSeeds(
  options: FirstContactOptions,
): Promise<JoinReply | undefined> {
  const { clock, logger, initializationMs, nameTakenMs, silenceMs } = options;
  const startMs = clock.monotonicMs();
  let takenSinceMs: number | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
    if (options.isOver()) return undefined;
    const { reply, silentCount, isBusy, nameTaken } = await askSeeds(options);
    if (reply !== undefined) return reply;
    const nowMs = clock.monotonicMs();
    if (nameTaken === undefined) takenSinceMs = undefined;
    else {
      // The other node may just have died; its name is free when that is certain.
      takenSinceMs ??= nowMs;
      if (nowMs - takenSinceMs >= nameTakenMs) throw nameTaken;
      logger.warn("Another node has this name; waiting for it to go", { error: nameTaken });
    }
    const isFree = nameTaken === undefined && !isBusy && silenceMs !== undefined;
    if (isFree && (silentCount === 0 || nowMs - startMs >= silenceMs)) return undefined;
    if (nowMs - startMs >= initializationMs) throw timedOut(options);
    await pause(options.scheduler, pauseMs);
  }
}

/** Asks every seed once. */
async function askSeeds(options: FirstContactOptions): Promise<SeedAnswers> {
  const { calls, seedAddresses, registration } = options;
  const payload = new TextEncoder().encode(JSON.stringify(registration));
  let silentCount = 0;
  let isBusy = false;
  let nameTaken: Error | undefined;
  for (const address of seedAddresses) {
    try {
      const target = { address, service: JOIN_SERVICE };
      const answer = await calls.callAddress(target, payload, { timeoutMs: CALL_TIMEOUT_MS });
      const reply = JSON.parse(new TextDecoder().decode(answer)) as JoinReply;
      return { reply, silentCount, isBusy, nameTaken };
    } catch (error) {
      const code = (error as { code?: string }).code ?? "";
      if (FINAL.has(code)) throw error;
      if (code === "NODE_NAME_TAKEN") nameTaken = error as Error;
      else if (SILENT.has(code)) silentCount++;
      else if (code !== "NOT_PROVISIONED") isBusy = true;
    }
  }
  return { reply: undefined, silentCount, isBusy, nameTaken };
}

function pause(scheduler: Scheduler, pauseMs: number): Promise<void> {
  return new Promise((resolve) => {
    scheduler.after(pauseMs, resolve);
  });
}

function timedOut({ seedAddresses, initializationMs }: FirstContactOptions): ClusterError {
  const seeds = seedAddresses.length === 0 ? "none" : seedAddresses.join(", ");
  return new ClusterError(
    "INITIALIZATION_TIMED_OUT",
    `No cluster took this node in within ${initializationMs} ms (seeds: ${seeds}). Provision the ` +
      "cluster, or correct the addresses",
  );
}
