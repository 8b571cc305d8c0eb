// A cluster that is a table of answers, and a terminal that is a list of lines.
import type { Command } from "commander";

import type { OperatorEnvironment } from "../../../../src/cli/operator/operator-command.ts";
import type { ExitCode } from "../../../../src/cli/operator/operator-error.ts";
import type {
  ListedNodeReply,
  PartitionReply,
  ReplicaReply,
  StatusReply,
} from "../../../../src/cli/operator/replies.ts";
import { createProgram, runProgram } from "../../../../src/cli/program.ts";

export interface Call {
  readonly address: string;
  readonly service: string;
  readonly request: Record<string, unknown>;
  readonly timeoutMs: number;
}

type Answer = (request: Record<string, unknown>, call: Call) => unknown;

export interface FakeOptions {
  /** Answers by service; one that throws an error with a code refuses. */
  readonly answers?: Readonly<Record<string, Answer>>;
  /** Addresses at which nobody is. */
  readonly silent?: readonly string[];
  /** Nodes without a cluster. */
  readonly waiting?: readonly string[];
  /** What a person types, one answer per question; without, nobody is there. */
  readonly typed?: readonly string[];
}

export interface Outcome {
  readonly exitCode: ExitCode | undefined;
  readonly printed: string;
  readonly noted: string;
  readonly calls: readonly Call[];
  readonly pausesMs: readonly number[];
}

export function refuse(code: string, message: string): never {
  throw Object.assign(new Error(message), { code });
}

/** Runs a command line against the fake cluster. */
export async function runCommand(words: string, options: FakeOptions = {}): Promise<Outcome> {
  const test = createTestProgram(options);
  const exitCode = await runProgram(test.program, words.split(" ").filter(Boolean));
  const { printed, noted, calls, pausesMs } = test;
  return {
    exitCode: exitCode ?? test.exitCode(),
    printed: printed.join("\n"),
    noted: noted.join("\n"),
    calls: calls.filter(({ request }) => request["isProbe"] !== true),
    pausesMs,
  };
}

export function createTestProgram(options: FakeOptions) {
  const printed: string[] = [];
  const noted: string[] = [];
  const calls: Call[] = [];
  const pausesMs: number[] = [];
  const typed = [...(options.typed ?? [])];
  let exitCode: ExitCode | undefined;
  let nowMs = 0;
  const operators: OperatorEnvironment = {
    terminal: {
      isInteractive: options.typed !== undefined,
      print: (text) => void printed.push(text),
      note: (text) => void noted.push(text),
      ask: async (question) => {
        noted.push(question);
        return typed.shift() ?? "";
      },
    },
    openCalls: async () => ({
      callAddress: async ({ address, service }, payload, { timeoutMs }) => {
        const request = JSON.parse(new TextDecoder().decode(payload));
        const call = { address, service, request, timeoutMs };
        const reply = answer(options, call);
        const isProbe = service === "cluster.provision" && Object.keys(request).length === 1;
        if (!isProbe) calls.push(call);
        return new TextEncoder().encode(JSON.stringify(reply() ?? {}));
      },
      close: async () => undefined,
    }),
    onExit: (code) => {
      exitCode = code;
    },
    pause: async (durationMs) => {
      pausesMs.push(durationMs);
      nowMs += durationMs;
    },
    monotonicMs: () => nowMs,
  };
  const program: Command = createProgram({
    version: "1.2.3",
    runServer: async () => undefined,
    operators,
  });
  silence(program);
  return { program, printed, noted, calls, pausesMs, exitCode: () => exitCode };
}

/** Help and usage errors of commander are not looked at. */
function silence(command: Command): void {
  command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  for (const each of command.commands) silence(each);
}

function answer(options: FakeOptions, call: Call): () => unknown {
  const { address, service, request } = call;
  if (options.silent?.includes(address)) return () => refuse("NODE_UNREACHABLE", "ECONNREFUSED");
  const given = options.answers?.[service];
  if (service === "cluster.provision" && !options.waiting?.includes(address)) {
    return () => refuse("ALREADY_PROVISIONED", "It belongs to a cluster already");
  }
  if (given !== undefined) return () => given(request, call);
  if (service === "cluster.provision") return () => ({});
  return () => refuse("SERVICE_UNKNOWN", `This node has no service "${service}"`);
}

/** A replica as nodes report it. */
export function replica(fields: Partial<ReplicaReply> = {}): ReplicaReply {
  return {
    partitionId: 0,
    replicaId: 1,
    role: "follower",
    term: 3,
    commit: 10,
    applied: 10,
    firstIndex: 5,
    lastIndex: 10,
    lastTerm: 3,
    voters: [1, 2, 3],
    votersOutgoing: [],
    learners: [],
    members: [],
    isQuiescent: false,
    isRestoring: false,
    isStopped: false,
    ...fields,
  };
}

/** A partition with three replicas, led by the first. */
export function partition(fields: Partial<PartitionReply> = {}): PartitionReply {
  const { partitionId = 0 } = fields;
  const replicas = [1, 2, 3].map((id) => ({ replicaId: id, nodeId: id }));
  const progress = replicas.map(({ replicaId }) => ({
    replicaId,
    match: 11 - replicaId,
    state: "replicate",
  }));
  return {
    partitionId,
    startKey: "0",
    endKey: "18446744073709551615",
    replicas,
    leaving: [],
    isLeadershipFrozen: false,
    isPlacementFrozen: false,
    leaderNode: 1,
    term: 3,
    commit: 10,
    isUnderReplicated: false,
    hasQuorum: true,
    members: replicas.map((member) => ({
      ...replica({ partitionId }),
      ...member,
      ...(member.nodeId === 1 ? { role: "leader", members: progress } : {}),
    })),
    ...fields,
  };
}

/** A node that is well. */
export function node(nodeId: number, fields: Partial<ListedNodeReply> = {}): ListedNodeReply {
  return {
    nodeId,
    nodeName: `node-${nodeId}`,
    generation: 2,
    address: `http://10.0.0.${nodeId}:5122`,
    roles: ["http-ingress", "admin", "worker", "log-server", "metadata-server"],
    location: "",
    workerState: "active",
    storageState: "read-write",
    isAlive: true,
    uptimeMs: 61_000,
    storage: "ready",
    isStopping: false,
    leaders: 1,
    replicas: 1,
    ...fields,
  };
}

/** The status of a cluster of three that is well. */
export function status(fields: Partial<StatusReply> = {}): StatusReply {
  return {
    clusterName: "test",
    clusterFingerprint: "77",
    answeredBy: 1,
    nodes: [1, 2, 3].map((nodeId) => ({
      ...node(nodeId),
      report: {
        uptimeMs: 61_000,
        storageState: "ready",
        isStopping: false,
        tableVersion: 4,
        replicas: [
          replica({
            partitionId: -1,
            replicaId: nodeId,
            role: nodeId === 1 ? "leader" : "follower",
          }),
          replica({ replicaId: nodeId, role: nodeId === 1 ? "leader" : "follower" }),
        ],
      },
    })),
    metadata: { leaderNode: 1, term: 2, voters: [1, 2, 3], learners: [] },
    partitions: [partition()],
    ...fields,
  };
}
