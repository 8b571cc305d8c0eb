import type { SimRecord } from "./sim-machine.ts";

interface GroupModel {
  /** Applied records by index: the history on which all replicas agree. */
  readonly history: Map<number, SimRecord>;
  readonly leaders: Map<number, number>;
  lastApplied: number;
}

/** A leader that has told its state machine. */
interface AnnouncedLeader {
  readonly replicaId: number;
  readonly term: number;
  readonly appliedIndex: number;
}

/** What is known of all groups from the outside; each `note` checks a property and throws. */
export class RaftModel {
  readonly #groups = new Map<number, GroupModel>();
  snapshotsClosed = 0;
  /** Snapshots that were taken over. */
  restores = 0;

  lastApplied(group: number): number {
    return this.#group(group).lastApplied;
  }

  /** Texts of all records that were applied anywhere, in order. */
  texts(group: number): string[] {
    const { history } = this.#group(group);
    return [...history.values()].sort((a, b) => a.index - b.index).map(({ text }) => text);
  }

  leadershipCount(group: number): number {
    return this.#group(group).leaders.size;
  }

  /** State machine safety: every replica applies the same record at an index. */
  noteApplied(group: number, record: SimRecord): void {
    const { history } = this.#group(group);
    const known = history.get(record.index);
    if (known === undefined) history.set(record.index, record);
    else if (known.term !== record.term || known.text !== record.text) {
      throw new Error(
        `Group ${group} applied ${record.text} (term ${record.term}) at ${record.index}, ` +
          `but elsewhere ${known.text} (term ${known.term})`,
      );
    }
  }

  noteProgress(group: number, appliedIndex: number): void {
    const known = this.#group(group);
    known.lastApplied = Math.max(known.lastApplied, appliedIndex);
  }

  /** Election safety, and leader completeness as far as records of earlier terms go. */
  noteLeader(group: number, leader: AnnouncedLeader): void {
    const { leaders, history } = this.#group(group);
    const known = leaders.get(leader.term) ?? leader.replicaId;
    if (known !== leader.replicaId) {
      throw new Error(`Group ${group} has two leaders in term ${leader.term}`);
    }
    leaders.set(leader.term, leader.replicaId);
    for (const { index, term } of history.values()) {
      if (term < leader.term && index > leader.appliedIndex) {
        throw new Error(`The leader of term ${leader.term} in group ${group} lacks ${index}`);
      }
    }
  }

  /** A replica holds exactly the history up to an index. */
  checkRecords(group: number, records: readonly SimRecord[], appliedIndex: number): void {
    const { history } = this.#group(group);
    const expected = [...history.values()]
      .filter(({ index }) => index <= appliedIndex)
      .sort((a, b) => a.index - b.index);
    const isSame =
      expected.length === records.length &&
      expected.every(({ index, text }, i) => {
        const record = records[i];
        return record?.index === index && record.text === text;
      });
    if (!isSame) {
      throw new Error(
        `A replica of group ${group} holds ${records.length} records up to ${appliedIndex}, ` +
          `the history ${expected.length}`,
      );
    }
  }

  noteSnapshotClosed(): void {
    this.snapshotsClosed++;
  }

  #group(group: number): GroupModel {
    const known = this.#groups.get(group) ?? {
      history: new Map(),
      leaders: new Map(),
      lastApplied: 0,
    };
    this.#groups.set(group, known);
    return known;
  }
}
