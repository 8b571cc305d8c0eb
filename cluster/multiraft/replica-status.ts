import type { ConfState, ProgressStatus, RawNode, Role } from "#raft";
import type { GroupLog } from "../log-store/group-log.ts";

/** Where a replica stands, for operators and for whoever changes the group's membership. */
export interface ReplicaStatus {
  readonly group: number;
  readonly replicaId: number;
  readonly role: Role;
  readonly term: number;
  /** 0 if no leader is known. */
  readonly leaderId: number;
  /** Node id of the leader, when one is known. */
  readonly leaderNode: number | undefined;
  readonly commit: number;
  readonly applied: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Term of the last entry; 0 in an empty log. */
  readonly lastTerm: number;
  /** Membership as of the applied index. */
  readonly confState: ConfState;
  /** What the leader knows of every member; empty on the others. */
  readonly progress: readonly ProgressStatus[];
  /** Target of a leadership transfer in progress; 0 for none. */
  readonly transferTarget: number;
  /** True while the group rests: it exchanges no messages. */
  readonly isQuiescent: boolean;
  /** True while the state machine takes over a snapshot. */
  readonly isRestoring: boolean;
  /** True after a failure, until the process restarts, and once destroyed. */
  readonly isStopped: boolean;
  /** What stopped it, if it was a defect. */
  readonly failure: Error | undefined;
}

type CoreStatus = Pick<
  ReplicaStatus,
  | "role"
  | "term"
  | "leaderId"
  | "commit"
  | "firstIndex"
  | "lastIndex"
  | "lastTerm"
  | "progress"
  | "transferTarget"
>;

/** What the core knows; of one that has not started, what its log holds. */
export function coreStatusOf(log: GroupLog, node: RawNode | undefined): CoreStatus {
  const status = node?.status();
  const lastTerm = log.term(log.lastIndex());
  return {
    role: status?.role ?? "follower",
    term: status?.term ?? log.hardState.term,
    leaderId: status?.leaderId ?? 0,
    commit: status?.commit ?? log.hardState.commit,
    firstIndex: log.firstIndex(),
    lastIndex: status?.lastIndex ?? log.lastIndex(),
    lastTerm: typeof lastTerm === "number" ? lastTerm : 0,
    progress: status?.progress ?? [],
    transferTarget: status?.transferTarget ?? 0,
  };
}
