import type { RawNode } from "#raft";
import type { LeadershipChange, StateMachine } from "./state-machine.ts";

const NOBODY: LeadershipChange = { isLeader: false, term: 0, leaderNode: undefined };

/**
 * Tells a state machine who leads: that it leads itself only once every entry of earlier terms is
 * applied.
 */
export class Leadership {
  readonly #machine: StateMachine;
  #announced = NOBODY;
  #isLeader = false;
  /** Term in which this replica leads; zero when it does not. */
  #term = 0;
  /** First index of that leadership: everything below is of earlier terms. */
  #since = Number.POSITIVE_INFINITY;

  constructor(machine: StateMachine) {
    this.#machine = machine;
  }

  /** True while proposals are taken. */
  get isLeader(): boolean {
    return this.#isLeader;
  }

  /** Looks at the core after it changed; true if a leadership of this replica began or ended. */
  note(node: RawNode): boolean {
    const isLeading = node.role === "leader";
    if (isLeading && node.term === this.#term) return false;
    this.#isLeader = false;
    // A new leader has appended its empty entry, and nothing after it: proposals are refused.
    this.#term = isLeading ? node.term : 0;
    this.#since = isLeading ? node.lastIndex : Number.POSITIVE_INFINITY;
    return true;
  }

  /** Tells what changed since `note`; to be called while the state machine is not applying. */
  announce(appliedIndex: number, coreTerm: number, leaderNode: number | undefined): void {
    const isLeader = appliedIndex >= this.#since;
    const term = isLeader ? this.#term : coreTerm;
    const known = this.#announced;
    const isSameLeadership = known.isLeader === isLeader && (!isLeader || known.term === term);
    if (isSameLeadership && known.leaderNode === leaderNode) return;
    if (known.isLeader && isLeader) this.#tell({ isLeader: false, term, leaderNode: undefined });
    this.#isLeader = isLeader;
    this.#tell({ isLeader, term, leaderNode });
  }

  /** Refuses proposals from now on; nothing is told. */
  suspend(): void {
    this.#isLeader = false;
  }

  /** Ends it for good, after a failure. */
  end(term: number): void {
    this.#isLeader = false;
    if (this.#announced.isLeader) this.#tell({ ...NOBODY, term });
  }

  #tell(change: LeadershipChange): void {
    this.#announced = change;
    this.#machine.onLeadership(change);
  }
}
