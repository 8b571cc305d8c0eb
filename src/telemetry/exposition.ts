import type { Collectable } from "./metric-family.ts";

/** Content type of what `printFamilies` returns. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Prints families in the Prometheus text format. Families without samples are left out.
 *
 * @param globalLabels  added to every series
 */
export async function printFamilies(
  families: Iterable<Collectable>,
  globalLabels: Readonly<Record<string, string>>,
): Promise<string> {
  // Loaded at the first scrape: a start does not wait for it.
  // By its default export: in the bundle, a CommonJS package loaded on demand has no other.
  const { default: client } = await import("prom-client");
  const registry = new client.Registry();
  for (const family of families) {
    const samples = family.samples();
    if (samples.length === 0) continue;
    const { name, help, type } = family;
    const values = samples.map(({ suffix, labels, value }) => ({
      metricName: name + suffix,
      labels: { ...globalLabels, ...withoutEmpty(labels) },
      value,
    }));
    const metric = { name, help, type, values, aggregator: "sum" };
    // The registry prints whatever has a name and `get`; its types know its own classes only.
    registry.registerMetric({ name, get: async () => metric } as unknown as Parameters<
      typeof registry.registerMetric
    >[0]);
  }
  return registry.metrics();
}

/** To Prometheus an empty label is the same as none; the original leaves those out. */
function withoutEmpty(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (!Object.values(labels).includes("")) return labels;
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));
}
