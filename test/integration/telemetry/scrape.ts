/** Reads the Prometheus text format, as far as tests need it. */

/** Values of one family, by its suffix and labels. */
export type Series = ReadonlyMap<string, number>;

/** Families by name. */
export type Scrape = ReadonlyMap<string, Series>;

const SAMPLE = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/;

/** Parses what `/metrics` answered. */
export function parseScrape(text: string): Scrape {
  const families = new Map<string, Map<string, number>>();
  let current = "";
  for (const line of text.split("\n")) {
    const declared = /^# TYPE (\S+) /.exec(line);
    if (declared !== null) {
      current = declared[1] ?? "";
      families.set(current, new Map());
    }
    const sample = line.startsWith("#") ? null : SAMPLE.exec(line);
    if (sample === null) continue;
    const [, name = "", labels = "", value] = sample;
    if (!name.startsWith(current)) throw new Error(`"${line}" is outside of its family`);
    families.get(current)?.set(`${name.slice(current.length)}{${labels}}`, Number(value));
  }
  return families;
}

/** Families of which some value differs between scrapes, or is not zero in the first. */
export function movedFamilies(scrapes: readonly Scrape[]): ReadonlySet<string> {
  const moved = new Set<string>();
  for (const scrape of scrapes) {
    for (const [name, series] of scrape) {
      for (const value of series.values()) if (value !== 0) moved.add(name);
    }
  }
  return moved;
}
