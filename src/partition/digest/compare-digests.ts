/** What replicas say of their state at one index. */
export interface DigestVotes {
  /** By node; undefined for those that had no answer. */
  readonly digests: ReadonlyMap<number, string | undefined>;
}

/** What follows from a comparison. */
export type DigestVerdict =
  /** All that answered agree. */
  | { readonly kind: "equal"; readonly count: number }
  /** More than half of those that answered agree, and these do not. */
  | { readonly kind: "diverged"; readonly nodes: readonly number[] }
  /** Replicas differ, and nobody can say which are right. */
  | { readonly kind: "undecided"; readonly nodes: readonly number[] };

/** Compares digests: the majority of those that answered is right. */
export function compareDigests({ digests }: DigestVotes): DigestVerdict {
  const nodesByDigest = new Map<string, number[]>();
  let count = 0;
  for (const [node, digest] of digests) {
    if (digest === undefined) continue;
    count++;
    nodesByDigest.set(digest, [...(nodesByDigest.get(digest) ?? []), node]);
  }
  if (nodesByDigest.size <= 1) return { kind: "equal", count };
  const groups = [...nodesByDigest.values()].sort((a, b) => b.length - a.length);
  const [largest, ...others] = groups as [number[], ...number[][]];
  if (2 * largest.length > count) return { kind: "diverged", nodes: others.flat() };
  return { kind: "undecided", nodes: groups.flat() };
}
