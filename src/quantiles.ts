/** Values with the labels of the original's gauges over partitions. */
export function quantilesOf(values: readonly number[]): (readonly [readonly string[], number])[] {
  const sorted = values.toSorted((left, right) => left - right);
  if (sorted.length === 0) return [];
  return ["0.5", "0.9", "0.99", "1.0"].map((quantile) => {
    const rank = Math.max(1, Math.ceil(Number(quantile) * sorted.length));
    return [[quantile], sorted[rank - 1] ?? 0];
  });
}
