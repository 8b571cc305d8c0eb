import { assertPresent } from "#base/assert";
import type { Message } from "#raft";
import type { SnapshotStaging, StagedSnapshot } from "./snapshot-staging.ts";
import type { StateMachine } from "./state-machine.ts";

/** What storage answers to a write with a snapshot, by when it may be told. */
export interface SnapshotResponses {
  /** Once log and image are durable. */
  readonly written: readonly Message[];
  /** Once the state machine holds the image too. */
  readonly installed: Message;
}

/** Separates the acknowledgement of a snapshot from that of what was written with it. */
export function splitResponses(responses: readonly Message[]): SnapshotResponses {
  const answer = assertPresent(
    responses.find(({ snapshot }) => snapshot !== undefined),
    "storage answers a snapshot",
  );
  const written = responses.map((response) =>
    response === answer ? { ...response, snapshot: undefined } : response,
  );
  return { written, installed: { ...answer, index: 0, logTerm: 0 } };
}

/** Lets a state machine take over a staged image, which is not needed afterwards. */
export async function takeOver(
  staging: SnapshotStaging,
  machine: StateMachine,
  staged: StagedSnapshot,
): Promise<void> {
  await machine.restore(staging.read(staged), staged.index);
  await staging.removeAll(staged.group);
}
