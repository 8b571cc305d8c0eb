import { Registry as PromRegistry } from "prom-client";
import type { Counter, Gauge, Summary } from "#base/metric";
import type { Collectable, FamilyType } from "./metric-family.ts";
import { Cell, Family, SummaryCell } from "./metric-family.ts";

/** Every name begins with it, as in the original. */
const PREFIX = "restate_";

/** Length of one of the two periods that a quantile covers. */
const WINDOW_MS = 30_000;

/** Where metrics are declared, and printed in the Prometheus text format. */
export class Registry {
  readonly #families: Collectable[] = [];
  readonly #printer = new PromRegistry();
  #rotatedAtMs = 0;

  /** @param globalLabels  labels of every series */
  constructor(globalLabels: Readonly<Record<string, string>>) {
    this.#printer.setDefaultLabels(globalLabels);
  }

  counter(name: string, help: string): Counter;
  counter(name: string, help: string, labels: readonly string[]): Family<Counter>;
  counter(name: string, help: string, labels?: readonly string[]): Counter | Family<Counter> {
    const family = this.#add(newFamily<Counter>("counter", { name, help, labels }));
    return labels === undefined ? family.with() : family;
  }

  gauge(name: string, help: string): Gauge;
  gauge(name: string, help: string, labels: readonly string[]): Family<Gauge>;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge | Family<Gauge> {
    const family = this.#add(newFamily<Gauge>("gauge", { name, help, labels }));
    return labels === undefined ? family.with() : family;
  }

  summary(name: string, help: string): Summary;
  summary(name: string, help: string, labels: readonly string[]): Family<Summary>;
  summary(name: string, help: string, labels?: readonly string[]): Summary | Family<Summary> {
    const create = (): SummaryCell => new SummaryCell();
    const family = this.#add(
      new Family<Summary>({ name: PREFIX + name, help, type: "summary" }, labels ?? [], create),
    );
    return labels === undefined ? family.with() : family;
  }

  /** Adds values that are read when they are printed. The name is taken as it is. */
  observe(collectable: Omit<Collectable, "rotate">): void {
    const { name, help, type } = collectable;
    this.#add({ name, help, type, samples: () => collectable.samples(), rotate: () => {} });
  }

  /** Prints all metrics. `nowMs` is a clock that never goes backwards; it moves the windows. */
  async render(nowMs: number): Promise<string> {
    const text = await this.#printer.metrics();
    if (nowMs - this.#rotatedAtMs >= WINDOW_MS) {
      this.#rotatedAtMs = nowMs;
      for (const family of this.#families) family.rotate();
    }
    return text;
  }

  #add<T extends Collectable>(family: T): T {
    this.#families.push(family);
    const printed = {
      name: family.name,
      get: async () => ({
        name: family.name,
        help: family.help,
        type: family.type,
        aggregator: "sum",
        values: family.samples().map(({ suffix, labels, value }) => ({
          metricName: family.name + suffix,
          labels: { ...labels },
          value,
        })),
      }),
    };
    // The printer asks metrics for nothing but `name` and `get`; its type lists the whole class.
    this.#printer.registerMetric(
      printed as unknown as Parameters<PromRegistry["registerMetric"]>[0],
    );
    return family;
  }
}

function newFamily<Metric extends Counter | Gauge>(
  type: FamilyType,
  declared: { name: string; help: string; labels: readonly string[] | undefined },
): Family<Metric> {
  // A cell is both a counter and a gauge; the family hands it out as what was declared.
  const create = (): Metric & Cell => new Cell() as unknown as Metric & Cell;
  const { name, help, labels } = declared;
  return new Family<Metric>({ name: PREFIX + name, help, type }, labels ?? [], create);
}
