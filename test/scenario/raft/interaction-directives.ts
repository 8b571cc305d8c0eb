import {
  type ConfChange,
  type ConfChangeKind,
  type ConfChangeOperation,
  createMessage,
  EMPTY_BYTES,
  EMPTY_CONF_STATE,
  type RaftOptions,
  type Snapshot,
} from "#raft";
import { describeProgress, describeRole } from "../../../cluster/raft/describe.ts";
import { argumentOf, bareArguments, type Directive, valuesOf } from "./data-driven.ts";
import { errorTextOf, InteractionEnvironment, type Recipient } from "./interaction-environment.ts";
import { printEntries, printMessage } from "./printing.ts";
import { ScriptError, ScriptNode } from "./script-node.ts";
import { LEVELS, type Level } from "./script-output.ts";

const ELECTION_TICKS = 3;
const HEARTBEAT_TICKS = 1;

type Handler = (environment: InteractionEnvironment, directive: Directive) => void;

const HANDLERS: Readonly<Record<string, Handler>> = {
  _breakpoint: () => {},
  "add-nodes": addNodes,
  campaign: (environment, directive) => nodeOf(environment, directive).core.campaign(),
  compact,
  "deliver-msgs": deliverMessages,
  "forget-leader": (environment, directive) => nodeOf(environment, directive).core.forgetLeader(),
  "log-level": (environment, directive) => {
    environment.output.level = parseLevel(bareArguments(directive)[0]);
  },
  "process-append-thread": (environment, directive) =>
    forEachNode(environment, directive, {
      title: "processing append thread",
      run: (id) => environment.processAppend(id),
    }),
  "process-apply-thread": (environment, directive) =>
    forEachNode(environment, directive, {
      title: "processing apply thread",
      run: (id) => environment.processApply(id),
    }),
  "process-ready": (environment, directive) =>
    forEachNode(environment, directive, {
      title: "handling Ready",
      run: (id) => environment.processReady(id),
    }),
  propose,
  "propose-conf-change": proposeConfChange,
  "raft-log": (environment, directive) => printLog(environment, idsOf(directive)[0] as number),
  "raft-state": printStates,
  "report-unreachable": (environment, directive) => {
    const [reporter, peer] = idsOf(directive);
    environment.node(reporter as number).core.reportUnreachable(peer as number);
  },
  "send-snapshot": sendSnapshot,
  "set-randomized-election-timeout": (environment, directive) => {
    const { core } = nodeOf(environment, directive);
    core.setRandomizedElectionTicks(Number(argumentOf(directive, "timeout")));
  },
  stabilize,
  status: printStatus,
  "tick-election": (environment, directive) => tick(environment, directive, ELECTION_TICKS),
  "tick-heartbeat": (environment, directive) => tick(environment, directive, HEARTBEAT_TICKS),
  "transfer-leadership": (environment, directive) => {
    const { core } = environment.node(Number(argumentOf(directive, "from")));
    core.transferLeader(Number(argumentOf(directive, "to")));
  },
};

/** A run of one interaction script: a fresh set of nodes, driven by directives in order. */
export function createInteractionRun(): (directive: Directive) => string {
  const environment = new InteractionEnvironment();
  const { output } = environment;
  return (directive) => {
    output.take();
    const error = runHandler(environment, directive);
    if (error !== undefined) {
      if (output.isQuiet) return error;
      output.write(error);
    }
    const text = output.take();
    return text === "" ? "ok" : text;
  };
}

function runHandler(environment: InteractionEnvironment, directive: Directive): string | undefined {
  try {
    const handler = HANDLERS[directive.command];
    if (handler === undefined) throw new ScriptError("unknown command");
    handler(environment, directive);
    return undefined;
  } catch (error) {
    if (error instanceof ScriptError) return error.message;
    throw error;
  }
}

function addNodes(environment: InteractionEnvironment, directive: Directive): void {
  const count = Number(bareArguments(directive)[0]);
  const snapshot = initialSnapshot(directive);
  const flag = (key: string) => argumentOf(directive, key) === "true";
  const readOnly = argumentOf(directive, "read-only");
  const applyingBytes = argumentOf(directive, "max-committed-size-per-ready");
  const options: Omit<RaftOptions, "id" | "storage" | "applied"> = {
    // The drawn timeouts never matter: scripts that depend on one set it.
    random: { nextBelow: (bound) => bound - 1, nextBytes: (size) => new Uint8Array(size) },
    electionTicks: ELECTION_TICKS,
    heartbeatTicks: HEARTBEAT_TICKS,
    inflightAppendsMax: Number(argumentOf(directive, "inflight") ?? 2 ** 31 - 1),
    asyncStorageWrites: flag("async-storage-writes"),
    preVote: flag("prevote"),
    checkQuorum: flag("checkquorum"),
    applyingBytesMax: Number(applyingBytes ?? Number.POSITIVE_INFINITY),
    disableConfChangeValidation: flag("disable-conf-change-validation"),
    stepDownOnRemoval: flag("step-down-on-removal"),
    readOnlyOption: readOnly === "lease-based" ? "lease-based" : "safe",
    logSink: environment.output,
  };
  for (let added = 0; added < count; added += 1) {
    const id = environment.nodes.length + 1;
    environment.nodes.push(new ScriptNode({ ...options, id }, snapshot));
  }
}

function initialSnapshot(directive: Directive): Snapshot {
  const keys = ["voters", "learners", "index", "content"];
  if (!directive.arguments.some(({ key }) => keys.includes(key))) {
    return { index: 0, term: 0, confState: EMPTY_CONF_STATE, data: EMPTY_BYTES };
  }
  const index = Number(argumentOf(directive, "index") ?? 0);
  if (index <= 1) throw new ScriptError("index must be specified as > 1 due to bootstrap");
  const confState = {
    ...EMPTY_CONF_STATE,
    voters: (valuesOf(directive, "voters") ?? []).map(Number),
    learners: (valuesOf(directive, "learners") ?? []).map(Number),
  };
  const data = new TextEncoder().encode(argumentOf(directive, "content") ?? "");
  return { index, term: 1, confState, data };
}

function compact(environment: InteractionEnvironment, directive: Directive): void {
  const [id, index] = idsOf(directive);
  const outcome = environment.node(id as number).storage.compact(index as number);
  if (outcome === "compacted") {
    throw new ScriptError("requested index is unavailable due to compaction");
  }
  printLog(environment, id as number);
}

function deliverMessages(environment: InteractionEnvironment, directive: Directive): void {
  const recipients: Recipient[] = [];
  for (const { key, values } of directive.arguments) {
    if (values.length === 0) recipients.push({ id: Number(key), isDropping: false });
    if (key === "drop") {
      for (const value of values) recipients.push({ id: Number(value), isDropping: true });
    }
  }
  const count = environment.deliver(recipients, argumentOf(directive, "type"));
  if (count === 0) environment.output.write("no messages\n");
}

function propose(environment: InteractionEnvironment, directive: Directive): void {
  const data = new TextEncoder().encode(directive.arguments[1]?.key ?? "");
  failOn(errorTextOf(nodeOf(environment, directive).core.propose(data)));
}

function proposeConfChange(environment: InteractionEnvironment, directive: Directive): void {
  const operations = parseOperations(directive.input);
  const version = argumentOf(directive, "v1") === "true" ? 1 : 2;
  if (version === 1 && operations.length !== 1) {
    throw new ScriptError("a v1 conf change has exactly one operation");
  }
  const change: ConfChange = {
    version,
    transition: parseTransition(argumentOf(directive, "transition") ?? "auto"),
    operations,
    context: EMPTY_BYTES,
  };
  failOn(errorTextOf(nodeOf(environment, directive).core.proposeConfChange(change)));
}

function sendSnapshot(environment: InteractionEnvironment, directive: Directive): void {
  const [from, to] = idsOf(directive) as [number, number];
  const source = environment.node(from);
  const message = createMessage("snapshot", to);
  message.from = from;
  message.term = source.core.basicStatus().term;
  message.snapshot = source.storage.newestSnapshot;
  environment.queue(message);
  environment.output.write(printMessage(message));
}

function stabilize(environment: InteractionEnvironment, directive: Directive): void {
  const { output } = environment;
  const before = output.level;
  const level = argumentOf(directive, "log-level");
  if (level !== undefined) output.level = parseLevel(level);
  try {
    const ids = idsOf(directive);
    const all = environment.nodes.map((_node, position) => position + 1);
    environment.stabilize(ids.length > 0 ? ids : all);
  } finally {
    output.level = before;
  }
}

function tick(environment: InteractionEnvironment, directive: Directive, count: number): void {
  const { core } = nodeOf(environment, directive);
  for (let done = 0; done < count; done += 1) core.tick();
}

function printStatus(environment: InteractionEnvironment, directive: Directive): void {
  for (const progress of nodeOf(environment, directive).core.status().progress) {
    environment.output.write(`${progress.id}: ${describeProgress(progress)}\n`);
  }
}

function printLog(environment: InteractionEnvironment, id: number): void {
  const { storage } = environment.node(id);
  const first = storage.firstIndex();
  const last = storage.lastIndex();
  if (last < first) {
    environment.output.write(`log is empty: first index=${first}, last index=${last}`);
    return;
  }
  const entries = storage.entries(first, last + 1, Number.POSITIVE_INFINITY);
  if (typeof entries === "string") throw new ScriptError(entries);
  environment.output.write(printEntries(entries));
}

function printStates(environment: InteractionEnvironment): void {
  for (const { core } of environment.nodes) {
    const { id, role, term, leaderId, configuration } = core.status();
    const { incoming, outgoing } = configuration.voters;
    const kind = incoming.includes(id) || outgoing.includes(id) ? "(Voter)" : "(Non-Voter)";
    environment.output.write(
      `${id}: ${describeRole(role)} ${kind} Term:${term} Lead:${leaderId}\n`,
    );
  }
}

function forEachNode(
  environment: InteractionEnvironment,
  directive: Directive,
  action: { title: string; run: (id: number) => void },
): void {
  const ids = idsOf(directive);
  for (const id of ids) {
    if (ids.length === 1) {
      action.run(id);
      continue;
    }
    environment.output.write(`> ${id} ${action.title}\n`);
    environment.output.indented(() => action.run(id));
  }
}

/** Operations as scripts write them: `v1` voter, `l2` learner, `r3` remove, `u4` update. */
export function parseOperations(text: string): ConfChangeOperation[] {
  const kinds: Readonly<Record<string, ConfChangeKind>> = {
    v: "add-voter",
    l: "add-learner",
    r: "remove",
    u: "update",
  };
  const words = text.split(/\s+/).filter((word) => word !== "");
  return words.map((word) => {
    const kind = kinds[word.slice(0, 1)];
    const nodeId = Number(word.slice(1));
    if (kind === undefined || word.length < 2 || !Number.isInteger(nodeId)) {
      throw new ScriptError(`unknown input: ${word}`);
    }
    return { kind, nodeId };
  });
}

function parseTransition(text: string): ConfChange["transition"] {
  if (text === "auto" || text === "implicit" || text === "explicit") return text;
  throw new ScriptError(`unknown transition ${text}`);
}

function parseLevel(text: string | undefined): Level {
  const level = LEVELS.find((known) => known === text?.toLowerCase());
  if (level === undefined) throw new ScriptError(`unknown log level ${text}`);
  return level;
}

function idsOf(directive: Directive): number[] {
  return bareArguments(directive).map(Number);
}

function nodeOf(environment: InteractionEnvironment, directive: Directive): ScriptNode {
  return environment.node(Number(bareArguments(directive)[0]));
}

function failOn(error: string | undefined): void {
  if (error !== undefined) throw new ScriptError(error);
}
