import { assert } from "#base/assert";
import type { Counter, Gauge, Summary } from "#base/metric";
import { Distribution, QUANTILES } from "./distribution.ts";

/** Series of one family; what comes after shares one series labelled `other`. */
const SERIES_MAX = 2_000;
const OVERFLOW_LABEL = "other";

/** A printed value of a series. */
export interface Sample {
  /** Appended to the name of the family: `_sum`, `_count` or nothing. */
  readonly suffix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Kind of a family, in the words of the exposition format. */
export type FamilyType = "counter" | "gauge" | "summary";

/** What is printed about a family. */
export interface Collectable {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  samples(): Sample[];
  /** Ends a period of sliding windows. */
  rotate(): void;
}

/**
 * Metrics of one name that differ in their labels. Callers keep the bound metric where the labels
 * are known beforehand; `with` costs a map lookup per label.
 */
export class Family<Metric> implements Collectable {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly #labelNames: readonly string[];
  readonly #create: () => Metric & Series;
  readonly #series = new Map<string, BoundSeries<Metric & Series>>();
  readonly #root: LabelNode<Metric> = { children: new Map(), metric: undefined };

  constructor(
    description: { readonly name: string; readonly help: string; readonly type: FamilyType },
    labelNames: readonly string[],
    create: () => Metric & Series,
  ) {
    this.name = description.name;
    this.help = description.help;
    this.type = description.type;
    this.#labelNames = labelNames;
    this.#create = create;
  }

  /** The metric with these label values, in the order in which the names were declared. */
  with(...labels: readonly string[]): Metric {
    let node = this.#root;
    for (const label of labels) {
      let child = node.children.get(label);
      if (child === undefined) {
        if (this.#series.size >= SERIES_MAX) return this.#overflow();
        child = { children: new Map(), metric: undefined };
        node.children.set(label, child);
      }
      node = child;
    }
    node.metric ??= this.#bind(labels);
    return node.metric;
  }

  /** Forgets a series, such as one of a partition that has moved away. */
  remove(...labels: readonly string[]): void {
    let node: LabelNode<Metric> | undefined = this.#root;
    for (const label of labels) node = node?.children.get(label);
    if (node !== undefined) node.metric = undefined;
    this.#series.delete(keyOf(labels));
  }

  samples(): Sample[] {
    return [...this.#series.values()].flatMap(({ labels, metric }) => metric.samples(labels));
  }

  rotate(): void {
    for (const { metric } of this.#series.values()) metric.rotate?.();
  }

  #bind(labels: readonly string[]): Metric {
    assert(labels.length === this.#labelNames.length, "each label name has one value");
    const named = Object.fromEntries(this.#labelNames.map((name, i) => [name, labels[i] ?? ""]));
    const metric = this.#create();
    this.#series.set(keyOf(labels), { labels: named, metric });
    return metric;
  }

  #overflow(): Metric {
    const labels = this.#labelNames.map(() => OVERFLOW_LABEL);
    return this.#series.get(keyOf(labels))?.metric ?? this.#bind(labels);
  }
}

/** The printing side of a metric. */
export interface Series {
  samples(labels: Readonly<Record<string, string>>): Sample[];
  rotate?(): void;
}

interface BoundSeries<Metric> {
  readonly labels: Readonly<Record<string, string>>;
  readonly metric: Metric;
}

interface LabelNode<Metric> {
  readonly children: Map<string, LabelNode<Metric>>;
  metric: Metric | undefined;
}

/** A count or a level. */
export class Cell implements Counter, Gauge, Series {
  #value = 0;

  add(difference = 1): void {
    this.#value += difference;
  }

  set(value: number): void {
    this.#value = value;
  }

  samples(labels: Readonly<Record<string, string>>): Sample[] {
    return [{ suffix: "", labels, value: this.#value }];
  }
}

/** Quantiles, sum and count of what was observed. */
export class SummaryCell extends Distribution implements Summary, Series {
  samples(labels: Readonly<Record<string, string>>): Sample[] {
    const values = this.quantiles();
    return [
      ...QUANTILES.map((quantile, i) => ({
        suffix: "",
        labels: { ...labels, quantile: String(quantile) },
        value: values[i] ?? 0,
      })),
      { suffix: "_sum", labels, value: this.sum },
      { suffix: "_count", labels, value: this.count },
    ];
  }
}

function keyOf(labels: readonly string[]): string {
  return labels.join("\u0000");
}
