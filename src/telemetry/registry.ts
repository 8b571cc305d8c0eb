import type { Counter, Gauge, Summary } from "#base/metric";
import { printFamilies } from "./exposition.ts";
import type { Collectable, FamilyDescription, FamilyType } from "./metric-family.ts";
import { Cell, Family, HistogramView, ReadFamily, SummaryCell } from "./metric-family.ts";

/** Begins every name that does not say otherwise, as in the original. */
const PREFIX = "restate_";

/** Length of one of the two periods that a quantile covers. */
const WINDOW_MS = 30_000;

/** Where metrics are declared, and printed in the Prometheus text format. */
export class Registry {
  readonly #families: Collectable[] = [];
  readonly #globalLabels: Readonly<Record<string, string>>;
  #rotatedAtMs = 0;

  /** @param globalLabels  labels of every series */
  constructor(globalLabels: Readonly<Record<string, string>>) {
    this.#globalLabels = globalLabels;
  }

  /** What was declared, in that order. */
  get families(): readonly FamilyDescription[] {
    return this.#families;
  }

  counter(name: string, help: string): Counter;
  counter(name: string, help: string, labels: readonly string[]): Family<Counter>;
  counter(name: string, help: string, labels?: readonly string[]): Counter | Family<Counter> {
    // A cell is both a counter and a gauge; the family hands it out as what was declared.
    const family = new Family<Counter>(describe("counter", { name, help, labels }), newCell);
    this.#add(family);
    return labels === undefined ? family.with() : family;
  }

  gauge(name: string, help: string): Gauge;
  gauge(name: string, help: string, labels: readonly string[]): Family<Gauge>;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge | Family<Gauge> {
    const family = new Family<Gauge>(describe("gauge", { name, help, labels }), newCell);
    this.#add(family);
    return labels === undefined ? family.with() : family;
  }

  summary(name: string, help: string): Summary;
  summary(name: string, help: string, labels: readonly string[]): Family<Summary>;
  summary(name: string, help: string, labels?: readonly string[]): Summary | Family<Summary> {
    const family = this.#summaries({ name, help, labels });
    return labels === undefined ? family.with() : family;
  }

  /** A summary whose maximum is printed under both spellings that the original's dashboards use. */
  poolSummary(name: string, help: string): Summary {
    const description = describe("summary", { name, help, labels: undefined });
    const family = new Family<Summary>(description, () => new SummaryCell(["1", "1.0"]));
    this.#add(family);
    return family.with();
  }

  /** A summary, and the same values as a histogram beside it. */
  histogram(name: string, help: string): Summary;
  histogram(name: string, help: string, labels: readonly string[]): Family<Summary>;
  histogram(name: string, help: string, labels?: readonly string[]): Summary | Family<Summary> {
    const family = this.#summaries({ name, help, labels });
    this.#add(new HistogramView(family));
    return labels === undefined ? family.with() : family;
  }

  /** A family whose values are read when they are printed. */
  read(type: "counter" | "gauge", name: string, help: string, labels?: readonly string[]) {
    const family = new ReadFamily(describe(type, { name, help, labels }));
    this.#add(family);
    return family;
  }

  /** Adds values that are read when they are printed. */
  observe(collectable: FamilyDescription & Pick<Collectable, "samples">): void {
    const { name, help, type, labels } = collectable;
    this.#add({ name, help, type, labels, samples: () => collectable.samples(), rotate: () => {} });
  }

  /**
   * Prints all metrics. `nowMs` is a clock that never goes backwards; it moves the windows.
   *
   * @param isShown  leaves out the families for which it is false, and then the global labels
   */
  async render(nowMs: number, isShown?: (family: FamilyDescription) => boolean): Promise<string> {
    const text =
      isShown === undefined
        ? await printFamilies(this.#families, this.#globalLabels)
        : await printFamilies(this.#families.filter(isShown), {});
    if (nowMs - this.#rotatedAtMs >= WINDOW_MS) {
      this.#rotatedAtMs = nowMs;
      for (const family of this.#families) family.rotate();
    }
    return text;
  }

  #summaries(declared: Declared): Family<Summary> {
    const family = new Family<Summary>(describe("summary", declared), () => new SummaryCell());
    this.#add(family);
    return family;
  }

  #add(family: Collectable): void {
    this.#families.push(family);
  }
}

interface Declared {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[] | undefined;
}

function describe(type: FamilyType, { name, help, labels }: Declared): FamilyDescription {
  const hasPrefix = name.startsWith("stet_") || name.startsWith("process_");
  return { name: hasPrefix ? name : PREFIX + name, help, type, labels: labels ?? [] };
}

function newCell(): Cell {
  return new Cell();
}
