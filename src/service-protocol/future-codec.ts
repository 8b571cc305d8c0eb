import type { Combinator, Future, ProtobufReader } from "#model";

/** A tree that is nested deeper than the limit; it was not read any further. */
export const TOO_DEEP = "too-deep";

const COMBINATORS: readonly Combinator[] = [
  "unknown",
  "first-completed",
  "all-completed",
  "first-succeeded-or-all-failed",
  "all-succeeded-or-first-failed",
];

interface FutureParts {
  combinator: Combinator;
  readonly completions: number[];
  readonly signals: number[];
  readonly namedSignals: string[];
  readonly nested: Future[];
}

/**
 * Reads a nested Future message (service protocol section 5.3).
 *
 * @param depthMax levels that may follow, this one included; bounds the recursion
 * @returns `TOO_DEEP` as soon as the limit is passed
 */
export function readFuture(reader: ProtobufReader, depthMax: number): Future | typeof TOO_DEEP {
  if (depthMax === 0) return TOO_DEEP;
  const outerEnd = reader.enter();
  const future: FutureParts = {
    combinator: "unknown",
    completions: [],
    signals: [],
    namedSignals: [],
    nested: [],
  };
  while (reader.hasMore) {
    const tag = reader.readTag();
    if (tag === 0x22) {
      const child = readFuture(reader, depthMax - 1);
      if (child === TOO_DEEP) return TOO_DEEP;
      future.nested.push(child);
    } else if (tag === 0x28) {
      // What a later version adds is treated as the combinator that resumes first.
      future.combinator = COMBINATORS[reader.readUint32()] ?? "unknown";
    } else if (!readFutureLeaf(reader, tag, future)) reader.skip(tag);
  }
  reader.leave(outerEnd);
  return future;
}

/** Reads one of the three lists of leaves; false if the tag is another field. */
export function readFutureLeaf(
  reader: ProtobufReader,
  tag: number,
  leaves: Pick<FutureParts, "completions" | "signals" | "namedSignals">,
): boolean {
  if (tag === 0x08) leaves.completions.push(reader.readUint32());
  else if (tag === 0x0a) readPacked(reader, leaves.completions);
  else if (tag === 0x10) leaves.signals.push(reader.readUint32());
  else if (tag === 0x12) readPacked(reader, leaves.signals);
  else if (tag === 0x1a) leaves.namedSignals.push(reader.readString());
  else return false;
  return true;
}

function readPacked(reader: ProtobufReader, target: number[]): void {
  const outerEnd = reader.enter();
  while (reader.hasMore) target.push(reader.readUint32());
  reader.leave(outerEnd);
}

/** True if nothing can ever resolve the tree: it has no leaf. */
export function isEmptyFuture(future: Future): boolean {
  return (
    future.completions.length === 0 &&
    future.signals.length === 0 &&
    future.namedSignals.length === 0 &&
    future.nested.every(isEmptyFuture)
  );
}
