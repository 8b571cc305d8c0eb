import type { Clock, ScheduledCall, Scheduler } from "#base/clock";
import type { Logger } from "#base/logger";
import type { NodeCalls } from "#transport";
import type { Membership } from "../membership/membership.ts";
import {
  decodeNodes,
  encodeNodes,
  NODES_DOCUMENT,
  type NodeRecord,
} from "../membership/nodes-document.ts";
import type { Metadata } from "../metadata/metadata.ts";
import {
  type ControllerDecision,
  decide,
  type PlacementSettings,
  placementNode,
} from "./decide.ts";
import { NodeHealthLog } from "./node-health-log.ts";
import { NODE_REPORT_SERVICE, type NodeReport } from "./node-report.ts";
import {
  decodePartitionTable,
  encodePartitionTable,
  PARTITION_TABLE_DOCUMENT,
} from "./partition-table-codec.ts";
import { type PlacementTable, routingTableOf } from "./placement-table.ts";
import type { LeaderTransfer } from "./plan-leaders.ts";

/** Service that makes a leader hand a partition over. */
export const TRANSFER_SERVICE = "cluster.transfer-leader";

/** Service that makes a replica the only member of its group. */
export const RECOVER_ALONE_SERVICE = "cluster.recover-alone";

/** How often the controller looks, and what it then does. */
export interface ControllerSettings extends PlacementSettings {
  readonly roundMs: number;
  /** Milliseconds between rounds while something changes. */
  readonly busyRoundMs: number;
  /** Zero turns balancing off. */
  readonly leaderBalanceIntervalMs: number;
}

/** What the controller needs; it runs on every node and works where metadata is led. */
export interface ControllerOptions {
  readonly metadata: Metadata;
  readonly membership: Membership;
  readonly calls: NodeCalls;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly settings: ControllerSettings;
  /** True while this node leads the metadata group. */
  isLeader(): boolean;
}

/** A node that does not report within this time is left out of the round. */
const REPORT_TIMEOUT_MS = 1_000;
/** Longer than a connection takes to come back, shorter than anybody waits to start a node. */
const SURELY_DEAD_MS = 2_000;
/** After the first table leaders are wherever elections put them: they are spread at once. */
const SPREADING_MS = 15_000;

/**
 * Edits the partition table: asks all nodes how they are doing, decides, writes.
 *
 * Everything that it knows comes from documents and reports, so any node can take over; a write of
 * a controller that has been overtaken fails on the document's version.
 */
export class PlacementController {
  readonly #options: ControllerOptions;
  readonly #health: NodeHealthLog;
  #timer: ScheduledCall | undefined;
  #isRunning = false;
  #isPoked = false;
  #isClosed = false;
  #ledSinceMs: number | undefined;
  #balancedAtMs = 0;
  #spreadUntilMs = 0;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#health = new NodeHealthLog(options.clock);
  }

  /** Starts working, now and then, as long as this node leads the metadata group. */
  start(): void {
    this.#schedule(0);
  }

  /** Looks soon: something has changed. */
  poke(): void {
    if (this.#isRunning) this.#isPoked = true;
    else this.#schedule(0);
  }

  /** Spreads leaders with the next round, whatever the interval. */
  balanceNow(): void {
    this.#balancedAtMs = Number.NEGATIVE_INFINITY;
    this.poke();
  }

  /** True once this node leads the metadata group and has seen another one dead for a while. */
  isSurelyDead(nodeId: number): boolean {
    const { isAlive, sinceMs } = this.#health.of(nodeId);
    return this.#ledSinceMs !== undefined && !isAlive && sinceMs >= SURELY_DEAD_MS;
  }

  /** True if the node is given up: an operator said so, or it is dead for too long. */
  isGone(record: NodeRecord): boolean {
    const { settings } = this.#options;
    return placementNode(record, { health: (nodeId) => this.#health.of(nodeId), settings }).isGone;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = this.#options.scheduler.after(delayMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    if (this.#isRunning || this.#isClosed) return;
    this.#isRunning = true;
    this.#isPoked = false;
    let hasChanged = false;
    try {
      hasChanged = await this.#round();
    } catch (error) {
      if (!this.#isClosed) this.#options.logger.warn("A round of placement failed", { error });
    }
    this.#isRunning = false;
    const { roundMs, busyRoundMs } = this.#options.settings;
    const pauseMs = hasChanged ? busyRoundMs : roundMs;
    this.#schedule(this.#isPoked ? 0 : pauseMs);
  }

  async #round(): Promise<boolean> {
    const { metadata, membership, clock, settings } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#health.observe(membership.nodes());
    if (!this.#options.isLeader()) {
      this.#ledSinceMs = undefined;
      return false;
    }
    if (this.#ledSinceMs === undefined) {
      this.#ledSinceMs = nowMs;
      this.#balancedAtMs = nowMs;
      this.#health.reset(membership.nodes());
    }
    const nodesDocument = await metadata.get(NODES_DOCUMENT);
    if (nodesDocument === undefined) return false;
    const tableDocument = await metadata.get(PARTITION_TABLE_DOCUMENT);
    const table =
      tableDocument && decodePartitionTable(tableDocument.contents, tableDocument.version);
    const reports = table === undefined ? [] : await collectReports(this.#options);
    const isBalancing = this.#isBalancingDue(nowMs);
    const decision = decide({
      nodes: decodeNodes(nodesDocument.contents),
      table,
      reports,
      health: (nodeId) => this.#health.of(nodeId),
      settings,
      ledForMs: nowMs - this.#ledSinceMs,
      isBalancing,
    });
    if (isBalancing) this.#balancedAtMs = nowMs;
    return this.#carryOut(decision, nodesDocument.version);
  }

  #isBalancingDue(nowMs: number): boolean {
    const { leaderBalanceIntervalMs } = this.#options.settings;
    if (leaderBalanceIntervalMs === 0) return false;
    return nowMs < this.#spreadUntilMs || nowMs - this.#balancedAtMs >= leaderBalanceIntervalMs;
  }

  async #carryOut(decision: ControllerDecision, nodesVersion: number): Promise<boolean> {
    const { metadata, clock } = this.#options;
    const { table, nodes, transfers } = decision;
    if (nodes !== undefined) await metadata.put(NODES_DOCUMENT, encodeNodes(nodes), nodesVersion);
    if (table !== undefined) {
      const isFirst = table.version === 0;
      await this.#writeTable(table);
      if (isFirst) this.#spreadUntilMs = clock.monotonicMs() + SPREADING_MS;
    }
    await Promise.all(transfers.map((transfer) => this.#transfer(transfer)));
    return table !== undefined;
  }

  async #writeTable(table: PlacementTable): Promise<void> {
    // Checks that every key has an owner before anybody relies on it.
    routingTableOf(table);
    const contents = encodePartitionTable(table);
    await this.#options.metadata.put(PARTITION_TABLE_DOCUMENT, contents, table.version);
  }

  async #transfer({ partitionId, fromNode, toNode }: LeaderTransfer): Promise<void> {
    const { calls, logger } = this.#options;
    const payload = encodeJson({ partitionId, nodeId: toNode });
    const target = { nodeId: fromNode, service: TRANSFER_SERVICE };
    try {
      await calls.call(target, payload, { timeoutMs: REPORT_TIMEOUT_MS });
    } catch (error) {
      logger.debug("A leader could not be moved", { partitionId, fromNode, toNode, error });
    }
  }
}

const NO_BYTES = new Uint8Array(0);

/** Asks all living nodes how they are doing; those that do not answer in time are left out. */
export async function collectReports({
  membership,
  calls,
}: Pick<ControllerOptions, "membership" | "calls">): Promise<readonly NodeReport[]> {
  const living = membership.nodes().filter(({ isAlive }) => isAlive);
  const replies = await Promise.allSettled(
    living.map(async ({ nodeId }) => {
      const target = { nodeId, service: NODE_REPORT_SERVICE };
      const reply = await calls.call(target, NO_BYTES, { timeoutMs: REPORT_TIMEOUT_MS });
      return decodeJson(reply) as NodeReport;
    }),
  );
  return replies.filter((reply) => reply.status === "fulfilled").map(({ value }) => value);
}

/** Payload of a call that operators and controllers make: rare, so it may be readable. */
export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Reads such a payload; an empty one is an empty object. */
export function decodeJson(payload: Uint8Array): unknown {
  return payload.length === 0 ? {} : JSON.parse(new TextDecoder().decode(payload));
}
