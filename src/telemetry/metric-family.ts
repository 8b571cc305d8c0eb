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
export type FamilyType = "counter" | "gauge" | "summary" | "histogram";

/** What a family is. */
export interface FamilyDescription {
  /** Complete name, as it is printed. */
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  /** Names of its own labels, beside the global ones and `quantile` or `le`. */
  readonly labels: readonly string[];
}

/** A family as it is printed. */
export interface Collectable extends FamilyDescription {
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
  readonly labels: readonly string[];
  readonly #create: () => Metric & Series;
  readonly #series = new Map<string, BoundSeries<Metric & Series>>();
  readonly #root: LabelNode<Metric> = { children: new Map(), metric: undefined };

  constructor(description: FamilyDescription, create: () => Metric & Series) {
    this.name = description.name;
    this.help = description.help;
    this.type = description.type;
    this.labels = description.labels;
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

  /** Everything that was asked for so far. */
  series(): { readonly labels: Readonly<Record<string, string>>; readonly metric: Metric }[] {
    return [...this.#series.values()];
  }

  samples(): Sample[] {
    return [...this.#series.values()].flatMap(({ labels, metric }) => metric.samples(labels));
  }

  rotate(): void {
    for (const { metric } of this.#series.values()) metric.rotate?.();
  }

  #bind(labels: readonly string[]): Metric {
    assert(labels.length === this.labels.length, "each label name has one value");
    const named = Object.fromEntries(this.labels.map((name, i) => [name, labels[i] ?? ""]));
    const metric = this.#create();
    this.#series.set(keyOf(labels), { labels: named, metric });
    return metric;
  }

  #overflow(): Metric {
    const labels = this.labels.map(() => OVERFLOW_LABEL);
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
  readonly #maxLabels: readonly string[];

  /** @param maxLabels labels under which the maximum is printed */
  constructor(maxLabels: readonly string[] = ["1"]) {
    super();
    this.#maxLabels = maxLabels;
  }

  samples(labels: Readonly<Record<string, string>>): Sample[] {
    const values = this.quantiles();
    return [
      ...QUANTILES.flatMap((quantile, i) =>
        (quantile === 1 ? this.#maxLabels : [String(quantile)]).map((name) => ({
          suffix: "",
          labels: { ...labels, quantile: name },
          value: values[i] ?? 0,
        })),
      ),
      { suffix: "_sum", labels, value: this.sum },
      { suffix: "_count", labels, value: this.count },
    ];
  }
}

/** Bounds of histograms: powers of two from 2^-13 (0.12 ms, as seconds) to 2^6. */
const HISTOGRAM_BOUNDS: readonly number[] = Array.from({ length: 20 }, (_, i) => 2 ** (i - 13));

/**
 * The same values as a summary family, as a histogram: unlike quantiles it can be added up over
 * nodes. It costs nothing until it is printed.
 */
export class HistogramView implements Collectable {
  readonly name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly labels: readonly string[];
  readonly #source: Family<Summary>;

  constructor(source: Family<Summary>) {
    this.name = `${source.name}_hist`;
    this.help = `${source.help} Histogram, to be added up over nodes.`;
    this.labels = source.labels;
    this.#source = source;
  }

  samples(): Sample[] {
    return this.#source.series().flatMap(({ labels, metric }) => {
      if (!(metric instanceof Distribution)) return [];
      const counts = metric.countsUpTo(HISTOGRAM_BOUNDS);
      return [
        ...HISTOGRAM_BOUNDS.map((bound, i) => bucket(labels, String(bound), counts[i] ?? 0)),
        bucket(labels, "+Inf", metric.count),
        { suffix: "_sum", labels, value: metric.sum },
        { suffix: "_count", labels, value: metric.count },
      ];
    });
  }

  rotate(): void {}
}

function bucket(labels: Readonly<Record<string, string>>, bound: string, value: number): Sample {
  return { suffix: "_bucket", labels: { ...labels, le: bound }, value };
}

/** A series that is read: its label values, in the order of the names, and the value. */
export type Reading = readonly [labels: readonly string[], value: number];

/** A family whose values are read when they are printed: measuring costs nothing in between. */
export class ReadFamily implements Collectable {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly labels: readonly string[];
  #read: () => Iterable<Reading> = () => [];

  constructor({ name, help, type, labels }: FamilyDescription) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.labels = labels;
  }

  /** States where the values come from; until then nothing is printed. */
  from(read: () => Iterable<Reading>): void {
    this.#read = read;
  }

  /** As `from`, for a family without labels. */
  fromValue(read: () => number): void {
    this.#read = () => [[[], read()]];
  }

  samples(): Sample[] {
    return Array.from(this.#read(), ([values, value]) => ({
      suffix: "",
      labels: Object.fromEntries(this.labels.map((name, i) => [name, values[i] ?? ""])),
      value,
    }));
  }

  rotate(): void {}
}

function keyOf(labels: readonly string[]): string {
  return labels.join("\u0000");
}
