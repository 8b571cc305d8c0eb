/** A value of a cell; nothing is shown as a dash. */
export type Cell = string | number | boolean | undefined;

const GAP = "  ";

/** A table for people: columns as wide as they need to be, numbers to the right. */
export function renderTable(
  headers: readonly string[],
  rows: readonly (readonly Cell[])[],
): string {
  const texts = rows.map((row) => headers.map((_, column) => textOf(row[column])));
  const columns = headers.map((header, column) => ({
    width: Math.max(header.length, ...texts.map((row) => (row[column] as string).length)),
    isNumeric:
      rows.some((row) => typeof row[column] === "number") &&
      rows.every((row) => row[column] === undefined || typeof row[column] === "number"),
  }));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const { width, isNumeric } = columns[column] as (typeof columns)[number];
        return isNumeric ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  return [line(headers), ...texts.map(line)].join("\n");
}

function textOf(cell: Cell): string {
  if (cell === undefined || cell === "") return "-";
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  return String(cell);
}
