/** Defects put into a recorded history, to show that the check finds them. */
import type { History, Operation } from "./history.ts";

/** Names of planted defects. */
export const PLANTS = ["stale-read", "lost-update", "double-update"] as const;

export type Plant = (typeof PLANTS)[number];

/** The histories with one defect of that name. @throws Error where none can be put */
export function plantInto(histories: readonly History[], plant: Plant): readonly History[] {
  for (const [index, history] of histories.entries()) {
    const operations = planted(history, plant);
    if (operations !== undefined) return histories.with(index, { ...history, operations });
  }
  throw new Error(`There is no place for a ${plant} in so short a history`);
}

function planted(history: History, plant: Plant): readonly Operation[] | undefined {
  return plant === "stale-read" ? withStaleRead(history) : withWrongSum(history, plant);
}

/** A read that began after a write was answered, and shows what was there before. */
function withStaleRead({ kind, operations }: History): readonly Operation[] | undefined {
  if (kind !== "register") return undefined;
  const isOk = ({ outcome }: Operation): boolean => outcome.kind === "ok";
  const writes = operations.filter((each) => each.request.kind === "write" && isOk(each));
  for (const [index, operation] of operations.entries()) {
    if (operation.request.kind !== "read" || !isOk(operation)) continue;
    const before = writes.filter(({ endMs }) => endMs < operation.startMs);
    const latestStartMs = Math.max(...before.map(({ startMs }) => startMs));
    const old = before.find(({ endMs }) => endMs < latestStartMs);
    if (old === undefined || old.request.kind !== "write") continue;
    const { value } = old.request;
    return operations.with(index, { ...operation, outcome: { kind: "ok", value } });
  }
  return undefined;
}

/** A sum that lacks an addition, or has one twice. */
function withWrongSum({ kind, operations }: History, plant: Plant) {
  if (kind !== "counter") return undefined;
  const index = operations.findIndex(
    ({ request, outcome }) => request.kind === "add" && outcome.kind === "ok" && outcome.value > 1,
  );
  const operation = operations[index];
  if (operation?.outcome.kind !== "ok") return undefined;
  const value = operation.outcome.value + (plant === "lost-update" ? -1 : 1);
  return operations.with(index, { ...operation, outcome: { kind: "ok", value } });
}
