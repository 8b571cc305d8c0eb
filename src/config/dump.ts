import { stringify } from "smol-toml";
import type { FileValues } from "./schema.ts";
import { fileSchema } from "./schema.ts";

/** Values that are not printed; the file has to be given them again. */
const SECRETS: ReadonlySet<string> = new Set(["aws-secret-access-key", "aws-session-token"]);

/** Prints effective values as a TOML file that loads to the same configuration, but for secrets. */
export function dumpConfiguration(values: FileValues): string {
  return stringify(withoutUnset(fileSchema.encode(values)));
}

function withoutUnset(table: object): Record<string, unknown> {
  const present = Object.entries(table).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    present.map(([key, value]: [string, unknown]) => {
      const isTable = typeof value === "object" && value !== null && !Array.isArray(value);
      if (SECRETS.has(key)) return [key, "(hidden)"];
      return [key, isTable ? withoutUnset(value) : value];
    }),
  );
}
