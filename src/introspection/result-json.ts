import {
  DuckDBBlobValue,
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from "@duckdb/node-api";

const MICROS_PER_SECOND = 1_000_000n;
const MICROS_PER_DAY = 86_400n * MICROS_PER_SECOND;
const DAYS_PER_MONTH = 30n;

/** Encodes the rows of a result chunk as JSON objects, comma-separated; nulls are left out. */
export function encodeRows(
  chunk: DuckDBDataChunk,
  names: readonly string[],
  types: readonly DuckDBType[],
): string {
  const columns = names.map((_name, index) => chunk.getColumnValues(index));
  const keys = names.map((name) => `${JSON.stringify(name)}:`);
  const rows: string[] = [];
  for (let row = 0; row < chunk.rowCount; row++) {
    let text = "";
    for (let index = 0; index < keys.length; index++) {
      const value = columns[index]?.[row];
      if (value === null || value === undefined) continue;
      text += `${text === "" ? "" : ","}${keys[index]}${encodeValue(value, types[index])}`;
    }
    rows.push(`{${text}}`);
  }
  return rows.join(",");
}

function encodeValue(value: DuckDBValue, type: DuckDBType | undefined): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "number":
      return encodeNumber(value, type);
    default:
      return encodeObject(value);
  }
}

function encodeNumber(value: number, type: DuckDBType | undefined): string {
  if (!Number.isFinite(value)) return "null";
  const isFloat = type?.typeId === DuckDBTypeId.DOUBLE || type?.typeId === DuckDBTypeId.FLOAT;
  return isFloat && Number.isInteger(value) && Math.abs(value) < 1e15
    ? value.toFixed(1)
    : String(value);
}

function encodeObject(value: DuckDBValue): string {
  if (value === null) return "null";
  if (value instanceof DuckDBTimestampTZValue) return `"${formatTimestamp(value.micros)}Z"`;
  if (value instanceof DuckDBTimestampValue) return `"${formatTimestamp(value.micros)}"`;
  if (value instanceof DuckDBIntervalValue) return `"${formatInterval(value)}"`;
  if (value instanceof DuckDBBlobValue) return `"${Buffer.from(value.bytes).toString("hex")}"`;
  if (value instanceof DuckDBListValue) {
    return `[${value.items.map((item) => encodeValue(item, undefined)).join(",")}]`;
  }
  if (value instanceof DuckDBStructValue) {
    const fields = Object.entries(value.entries).map(
      ([name, item]) => `${JSON.stringify(name)}:${encodeValue(item, undefined)}`,
    );
    return `{${fields.join(",")}}`;
  }
  if (value instanceof DuckDBMapValue) {
    const entries = value.entries.map(
      ({ key, value: item }) => `${JSON.stringify(String(key))}:${encodeValue(item, undefined)}`,
    );
    return `{${entries.join(",")}}`;
  }
  if (value instanceof DuckDBDateValue) return `"${value.toString()}"`;
  // Decimals print as the number that they are; what is left prints as text.
  const text = String(value);
  return /^-?\d+(\.\d+)?$/.test(text) ? text : JSON.stringify(text);
}

/** Prints microseconds since the Unix epoch: whole seconds without a fraction. */
function formatTimestamp(micros: bigint): string {
  const fraction = ((micros % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const seconds = Number((micros - fraction) / MICROS_PER_SECOND);
  const text = new Date(seconds * 1_000).toISOString().slice(0, -".000Z".length);
  if (fraction === 0n) return text;
  const digits = String(fraction).padStart(6, "0");
  return `${text}.${digits.endsWith("000") ? digits.slice(0, 3) : digits}`;
}

/** Prints a duration as ISO 8601 in seconds: `PT86400S`, `PT0.016S`, `P0D`. */
function formatInterval({ months, days, micros }: DuckDBIntervalValue): string {
  const total = (BigInt(months) * DAYS_PER_MONTH + BigInt(days)) * MICROS_PER_DAY + micros;
  if (total === 0n) return "P0D";
  const size = total < 0n ? -total : total;
  const fraction = String(size % MICROS_PER_SECOND)
    .padStart(6, "0")
    .replace(/0+$/, "");
  const seconds = `${size / MICROS_PER_SECOND}${fraction === "" ? "" : `.${fraction}`}`;
  return `${total < 0n ? "-" : ""}PT${seconds}S`;
}
