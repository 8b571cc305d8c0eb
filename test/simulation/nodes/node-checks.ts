import { decodeOutput, type InvocationId, type InvocationStatus } from "#model";
import { partitionDigest, splitInstance } from "#partition-store";
import { decodeValue } from "./sim-attempt.ts";
import { textOf } from "./sim-client.ts";
import type { SimLedger } from "./sim-ledger.ts";
import type { SimServer } from "./sim-server.ts";

void decodeOutput;

/** What of a partition is not at rest. */
export interface Unrest {
  readonly text: string;
  /** Invocations that an operator has to resume. */
  readonly paused: readonly InvocationId[];
}

/** Server that leads a partition and has told its processor. */
export function leaderOf(
  servers: readonly SimServer[],
  partitionId: number,
): SimServer | undefined {
  return servers.find(({ host }) => host?.processor(partitionId)?.isLeader === true);
}

/** In each term of each group at most one node leads. */
export function checkLeaders(
  servers: readonly SimServer[],
  leaders: Map<string, number>,
  ledger: SimLedger,
): void {
  for (const { run, nodeId } of servers) {
    for (const { group, role, term } of run?.cluster?.groups() ?? []) {
      if (role !== "leader") continue;
      const place = `group ${group}, term ${term}`;
      const known = leaders.get(place);
      if (known === undefined) leaders.set(place, nodeId);
      else if (known !== nodeId) ledger.violate(`${place}: nodes ${known} and ${nodeId} lead`);
    }
  }
}

/** What still has to happen in a partition, by the tables of its leader; undefined: nothing. */
export async function findUnrest(
  servers: readonly SimServer[],
  partitionId: number,
): Promise<Unrest | undefined> {
  const leader = leaderOf(servers, partitionId);
  const host = leader?.host;
  if (host === undefined) return { text: `partition ${partitionId} has no leader`, paused: [] };
  await host.flush();
  const tables = host.tables(partitionId);
  const paused: InvocationId[] = [];
  const found: string[] = [];
  for await (const [id, status] of tables.invocations()) {
    if (status.kind === "paused") paused.push(id);
    if (status.kind !== "completed") found.push(describe(id, status));
  }
  for await (const [sequence, message] of tables.outbox()) {
    found.push(`outbox ${sequence} ${message.kind}`);
  }
  for await (const { instance, value } of tables.locks()) {
    found.push(`lock of ${instance} by ${value}`);
  }
  for await (const { instance } of tables.inbox()) found.push(`inbox of ${instance}`);
  for (const timer of await tables.timers(undefined, 100)) {
    found.push(`timer ${timer.kind} ${timer.timeMs} of ${timer.invocationId}`);
  }
  if (found.length === 0) return undefined;
  const text = `partition ${partitionId} at node ${leader?.nodeId}: ${found.slice(0, 5).join("; ")}`;
  return { text, paused };
}

function describe(id: InvocationId, status: InvocationStatus): string {
  const { service, handler } = status.metadata.target;
  return `${id} (${service}/${handler}) is ${status.kind}`;
}

/** Replicas that have applied the same have the same tables. Returns what is not the same yet. */
export async function compareReplicas(
  servers: readonly SimServer[],
  partitionId: number,
): Promise<string | undefined> {
  const holders = servers.filter(({ host }) => host?.processor(partitionId) !== undefined);
  const indexes = holders.map(({ host }) => host?.processor(partitionId)?.log.appliedIndex ?? 0);
  const highest = Math.max(...indexes);
  const behind = holders.filter((_, at) => indexes[at] !== highest);
  if (behind.length > 0) {
    return `partition ${partitionId}: applied ${indexes.join()} on ${holders.map(({ name }) => name)}`;
  }
  const digests = await Promise.all(
    holders.map(async ({ host, run }) => {
      await host?.flush();
      const engine = run?.engine;
      if (engine === undefined) return undefined;
      return partitionDigest(engine, partitionId, async () => undefined);
    }),
  );
  if (new Set(digests).size <= 1) return undefined;
  return `partition ${partitionId}: digests ${digests.join()} at ${highest}`;
}

/** What leaders hold in the end, compared with what the world has seen. */
export async function checkEnd(
  servers: readonly SimServer[],
  partitionIds: readonly number[],
  ledger: SimLedger,
): Promise<number> {
  const lists = new Map<string, readonly string[]>();
  const succeeded = new Set<InvocationId>();
  const known = new Set<InvocationId>();
  for (const partitionId of partitionIds) {
    const host = leaderOf(servers, partitionId)?.host;
    if (host === undefined) throw new Error(`Partition ${partitionId} has no leader`);
    const tables = host.tables(partitionId);
    for await (const { instance, key, value } of tables.state()) {
      const name = splitInstance(instance);
      if (key === "list") lists.set(name.key, decodeValue(value) as string[]);
    }
    for await (const [id, status] of tables.invocations()) {
      known.add(id);
      if (status.kind !== "completed") continue;
      ledger.noteResult(id, textOf(status.result));
      if (status.result.kind === "success") succeeded.add(id);
    }
  }
  for (const id of ledger.results.keys()) {
    if (!known.has(id)) ledger.violate(`${id} has ended and is gone`);
  }
  for (const append of ledger.appends.values()) {
    if (append.parent !== undefined && succeeded.has(append.parent)) append.isRequired = true;
  }
  ledger.checkLists(lists);
  return known.size;
}
