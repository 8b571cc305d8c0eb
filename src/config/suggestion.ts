/**
 * Finds the known key that was probably meant.
 *
 * Separators do not count (`worker-cleanup-interval` means `worker.cleanup-interval`); up to two
 * typing mistakes are forgiven, and a key that was put into the wrong section is found too.
 */
export function suggestKey(key: string, knownKeys: Iterable<string>): string | undefined {
  const wanted = flatten(key);
  const lastSegment = key.slice(key.lastIndexOf(".") + 1);
  let best: { readonly key: string; readonly distance: number } | undefined;
  for (const known of knownKeys) {
    const misplaced = lastSegment.length > 5 && known.endsWith(`.${lastSegment}`);
    const distance = misplaced ? 2 : editDistance(wanted, flatten(known));
    if (distance <= 2 && (best === undefined || distance < best.distance)) {
      best = { key: known, distance };
    }
  }
  return best?.key;
}

function flatten(key: string): string {
  return key.replaceAll(/[._-]+/g, "-").toLowerCase();
}

/** Levenshtein distance; 3 stands for everything above 2. */
function editDistance(source: string, target: string): number {
  if (Math.abs(source.length - target.length) > 2) return 3;
  let previous = Array.from({ length: target.length + 1 }, (_, index) => index);
  for (let i = 1; i <= source.length; i++) {
    const current = [i];
    for (let j = 1; j <= target.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (source[i - 1] === target[j - 1] ? 0 : 1);
      const insertion = (current[j - 1] ?? 0) + 1;
      const deletion = (previous[j] ?? 0) + 1;
      current.push(Math.min(substitution, insertion, deletion));
    }
    previous = current;
  }
  return Math.min(previous[target.length] ?? 3, 3);
}
