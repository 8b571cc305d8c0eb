import type { Configuration } from "./configuration.ts";
import type { ProgressStatus } from "./progress.ts";
import type { Raft, Role } from "./raft.ts";

/** Where a replica stands; cheap to take. */
export interface BasicStatus {
  readonly id: number;
  readonly term: number;
  readonly vote: number;
  readonly commit: number;
  readonly applied: number;
  readonly lastIndex: number;
  readonly role: Role;
  /** 0 if no leader is known. */
  readonly leaderId: number;
  /** Target of a leadership transfer in progress; 0 for none. */
  readonly transferTarget: number;
}

/** Where a group stands, as seen by one replica. */
export interface Status extends BasicStatus {
  readonly configuration: Configuration;
  /** What the leader knows of every member, in ascending order of id; empty on the others. */
  readonly progress: readonly ProgressStatus[];
}

/** Takes a copy of the present state. */
export function basicStatusOf(raft: Raft): BasicStatus {
  return {
    id: raft.id,
    term: raft.term,
    vote: raft.vote,
    commit: raft.log.committed,
    applied: raft.log.applied,
    lastIndex: raft.log.lastIndex(),
    role: raft.role,
    leaderId: raft.leaderId,
    transferTarget: raft.transferTarget,
  };
}

/** Takes a copy of the present state, with configuration and progress. */
export function statusOf(raft: Raft): Status {
  const isLeader = raft.role === "leader";
  return {
    ...basicStatusOf(raft),
    configuration: raft.tracker.configuration,
    progress: isLeader ? raft.tracker.peers.map((peer) => peer.status()) : [],
  };
}
