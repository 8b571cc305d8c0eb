import type { CommandOf } from "../command.ts";
import { purge, purgeJournal } from "../completion.ts";
import type { Turn } from "../turn.ts";

/**
 * Removes what has outlived its retention. Each is checked again: an id may have been purged, and
 * may even run again, since the leader looked.
 */
export function applyPurgeExpired(turn: Turn, command: CommandOf<"purge-expired">): void {
  for (const expiry of command.expiries) {
    const { invocationId: id, what, timeMs } = expiry;
    turn.state.removeExpiry(expiry);
    const status = turn.state.invocation(id);
    if (status?.kind !== "completed") continue;
    const { completionMs, journalMs } = status.metadata.retention;
    const retentionMs = what === "completion" ? completionMs : journalMs;
    if (status.completedAtMs + retentionMs > timeMs) continue;
    if (what === "completion") purge(turn, id, status);
    else purgeJournal(turn, id, status);
  }
}
