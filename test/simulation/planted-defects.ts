/** One defect: a text of a source file, and what takes its place. */
export interface PlantedDefect {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Defects that somebody might write, each in one place. Every one of them has to be found: one
 * that is not needs another scenario or assertion, or does no harm and is not worth listing.
 */
export const PLANTED_DEFECTS: readonly PlantedDefect[] = [
  {
    name: "a vote goes to a candidate with an older log",
    file: "cluster/raft/election.ts",
    from: "const granted = mayVote && log.isUpToDate({ index: message.index, term: message.logTerm });",
    to: "const granted = mayVote;",
  },
  {
    name: "a vote is not recorded",
    file: "cluster/raft/election.ts",
    from: "    raft.vote = message.from;\n  }\n}",
    to: "  }\n}",
  },
  {
    name: "an unapplied membership change does not keep a replica from campaigning",
    file: "cluster/raft/election.ts",
    from: "  if (hasUnappliedConfChange(raft)) {",
    to: "  if (raft.id < 0 && hasUnappliedConfChange(raft)) {",
  },
  {
    name: "an entry of an older term is committed by counting",
    file: "cluster/raft/replication.ts",
    from: "return raft.log.maybeCommit(raft.tracker.committedIndex(), raft.term);",
    to: "const index = raft.tracker.committedIndex();\n  return raft.log.maybeCommit(index, raft.log.termOrZero(index));",
  },
  {
    name: "a leader counts its own copy before it is durable",
    file: "cluster/raft/leader.ts",
    from: "  raft.send(acknowledgement);\n  return true;",
    to: "  raft.tracker.peers.find((peer) => peer.id === raft.id)?.maybeUpdate(index);\n  return true;",
  },
  {
    name: "a message of a replica leaves before the write it waits for",
    file: "cluster/multiraft/replica.ts",
    from: "    if (this.#lastSequence <= store.durableSequence) {",
    to: "    if (this.#lastSequence >= 0) {",
  },
  {
    name: "a stale acknowledgement of storage releases entries that were overwritten",
    file: "cluster/raft/log-unstable.ts",
    from: "    if (own !== term) {",
    to: "    if (own !== term && term < 0) {",
  },
  {
    name: "a follower takes entries that do not connect",
    file: "cluster/raft/log.ts",
    from: "    if (!this.matchTerm(previousIndex, previousTerm)) return -1;",
    to: "    if (previousIndex > this.lastIndex()) return -1;",
  },
  {
    name: "half of the voters are a majority",
    file: "cluster/raft/quorum.ts",
    from: "const needed = voters.length === 0 ? 0 : Math.floor(voters.length / 2) + 1;",
    to: "const needed = Math.floor(voters.length / 2);",
  },
  {
    name: "the outgoing half of a joint configuration has no say",
    file: "cluster/raft/quorum.ts",
    from: "  if (voters.outgoing.length === 0) return incoming;",
    to: "  if (voters.incoming.length > 0) return incoming;",
  },
  {
    name: "reads are answered before the first commit of a term",
    file: "cluster/raft/leader-reads.ts",
    from: "  if (!raft.hasCommittedInTerm()) {\n    // Older",
    to: "  if (raft.id < 0) {\n    // Older",
  },
  {
    name: "a leader answers reads without asking the others",
    file: "cluster/raft/leader-reads.ts",
    from: 'if (decidesAlone || raft.settings.readOnlyOption === "lease-based") {',
    to: "if (decidesAlone || raft.id > 0) {",
  },
  {
    name: "a leader that has lost its quorum goes on",
    file: "cluster/raft/leader.ts",
    from: "  if (!raft.tracker.isQuorumActive()) {",
    to: "  if (raft.id < 0) {",
  },
  {
    name: "a snapshot is acknowledged and not taken over",
    file: "cluster/multiraft/replica.ts",
    from: '      run: () => this.#takeOver(assertPresent(this.#machine, "a replica has a machine"), index),',
    to: "      run: async () => undefined,",
  },
  {
    name: "membership is not stored with a snapshot",
    file: "cluster/log-store/log-store.ts",
    from: "    this.#filling.records.addConfiguration(log.group, position.index, confState);\n",
    to: "",
  },
  {
    name: "a change of the vote is not written",
    file: "cluster/log-store/log-store.ts",
    from: "    if (isVoteChange) records.addHardState(log.group, log.hardState);",
    to: "    if (isVoteChange && log.group < 0) records.addHardState(log.group, log.hardState);",
  },
  {
    name: "what follows a write happens when it is begun",
    file: "cluster/log-store/log-store.ts",
    from: "    this.#isWriting = true;\n    this.#filling = this.#idle;",
    to: "    this.#durableSequence = records.sequence;\n    this.#isWriting = true;\n    this.#filling = this.#idle;",
  },
  {
    name: "checksums of records are not looked at",
    file: "cluster/log-store/batch-reader.ts",
    from: "  return view.getUint32(offset, true) === expected ? length : undefined;",
    to: "  return expected >= 0 ? length : undefined;",
  },
  {
    name: "damage in the middle of the log is taken for its end",
    file: "cluster/log-store/recovery.ts",
    from: "    if (header === undefined || header.sequence < next) continue;",
    to: "    if (header === undefined || header.sequence >= 0) continue;",
  },
  {
    name: "logs are cut before the store is durable",
    file: "src/partition/log-compaction.ts",
    from: "    await engine.flush();\n",
    to: "",
  },
  {
    name: "logs are cut above what the store holds",
    file: "src/partition/log-compaction.ts",
    from: "[log, store.writtenIndex] as const",
    to: "[log, log.appliedIndex] as const",
  },
  {
    name: "a taken-over image is not durable before the log relies on it",
    file: "src/partition-store/restore-partition.ts",
    from: "  await engine.write(batch);\n  await engine.flush();",
    to: "  await engine.write(batch);",
  },
  {
    name: "an image leaves out what was there before",
    file: "src/partition-store/restore-partition.ts",
    from: "  batch.deleteRange(start, end);\n",
    to: "",
  },
  {
    name: "messages of other partitions are applied as often as they come",
    file: "src/partition/state-machine/commands/deliver.ts",
    from: "    if (sequence <= last) continue;\n",
    to: "",
  },
  {
    name: "the sequence of applied messages is not kept",
    file: "src/partition/state-machine/commands/deliver.ts",
    from: "  turn.state.setDeduplicationSequence(producer, last);\n",
    to: "",
  },
  {
    name: "events of a superseded attempt are applied",
    file: "src/partition/state-machine/commands/attempt-event.ts",
    from: '  if (status?.kind !== "invoked" || status.token !== token) return;',
    to: '  if (status?.kind !== "invoked") return;',
  },
  {
    name: "an invocation sleeps although what it awaits is there",
    file: "src/partition/state-machine/commands/attempt-event.ts",
    from: "  if (isResolved(awaiting, turn.state.journal(id).notifications)) {",
    to: "  if (id.length === 0 && isResolved(awaiting, turn.state.journal(id).notifications)) {",
  },
  {
    name: "a locked key is entered",
    file: "src/partition/state-machine/admission.ts",
    from: "    if (turn.state.lock(instance) !== undefined) {",
    to: "    if (turn.state.lock(instance) === id) {",
  },
  {
    name: "the lock of a key is kept after the end",
    file: "src/partition/state-machine/completion.ts",
    from: "  if (isExclusive(metadata.target)) releaseLock(turn, instanceOf(metadata.target));",
    to: "  if (isExclusive(metadata.target) && id.length === 0) {\n    releaseLock(turn, instanceOf(metadata.target));\n  }",
  },
  {
    name: "a repeated request starts the invocation anew",
    file: "src/partition/state-machine/accept-request.ts",
    from: "  if (existing !== undefined) {",
    to: '  if (existing !== undefined && existing.kind !== "completed") {',
  },
  {
    name: "timers live in memory only",
    file: "src/partition/state-machine/accept-request.ts",
    from: "    turn.state.addTimer(timer);\n",
    to: "",
  },
  {
    name: "a timer fires early",
    file: "src/partition/leadership/timer-queue.ts",
    from: "if (first === undefined || first.timeMs > nowMs || due.length === FIRE_MAX) break;",
    to: "if (first === undefined || first.timeMs > nowMs + 500 || due.length === FIRE_MAX) break;",
  },
  {
    name: "a start timer starts an invocation that runs",
    file: "src/partition/state-machine/commands/fire-timers.ts",
    from: '      if (status?.kind !== "scheduled") return;',
    to: '      if (status?.kind === undefined || status.kind === "completed") return;',
  },
  {
    name: "what was in flight is forgotten when a receiver is lost",
    file: "src/partition/leadership/outbox-shuffle.ts",
    from: "    lane.waiting = [...lane.inFlight, ...lane.waiting];",
    to: "    lane.waiting = [...lane.waiting];",
  },
  {
    name: "messages in flight are taken back behind those that wait",
    file: "src/partition/leadership/outbox-shuffle.ts",
    from: "    lane.waiting = [...lane.inFlight, ...lane.waiting];",
    to: "    lane.waiting = [...lane.waiting, ...lane.inFlight];",
  },
  {
    name: "a new leader does not take up the outbox",
    file: "src/partition/leadership/outbox-shuffle.ts",
    from: "    const all = [...stored, ...held.filter(({ sequence }) => sequence > lastStored)];",
    to: "    const all = held.filter(({ sequence }) => sequence > lastStored);",
  },
  {
    name: "an old leader goes on with its attempts",
    file: "src/partition/leadership/partition-leader.ts",
    from: "    this.#options.services.invoker.abortAll(this);\n",
    to: "",
  },
  {
    name: "those who wait are not told when leadership ends",
    file: "src/partition/leadership/partition-leader.ts",
    from: "    this.#replies.rejectAll();\n  }\n\n  /** Proposes",
    to: "  }\n\n  /** Proposes",
  },
  {
    name: "what was proposed counts as applied when leadership is lost",
    file: "src/partition/processor.ts",
    from: "    for (const { onLost } of lost) onLost?.();",
    to: "    for (const { onApplied } of lost) onApplied?.();",
  },
  {
    name: "replicas stamp records with their own clock",
    file: "src/partition/processor.ts",
    from: "    const record = decodeRecord(data);\n",
    to: "    const record = { ...decodeRecord(data), timeMs: this.#options.services.clock.nowMs() };\n",
  },
  {
    name: "a promise takes the last value",
    file: "src/partition/state-machine/entries/promise.ts",
    from: "  if (promise?.result !== undefined) {\n    const failure",
    to: "  if (promise?.result !== undefined && key.length === 0) {\n    const failure",
  },
];
