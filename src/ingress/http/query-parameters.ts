import { percentDecode } from "./request-path.ts";

const lossyUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * First value of a query parameter, form-decoded (`+` is a space, escapes resolved).
 *
 * @param name in lower case; parameter names are compared without case
 * @returns the empty string for a parameter without a value; undefined if absent
 */
export function findQueryParameter(query: string | undefined, name: string): string | undefined {
  if (query === undefined || query === "") return undefined;
  for (const pair of query.split("&")) {
    const separator = pair.indexOf("=");
    const rawName = separator < 0 ? pair : pair.slice(0, separator);
    if (formDecode(rawName).toLowerCase() !== name) continue;
    return separator < 0 ? "" : formDecode(pair.slice(separator + 1));
  }
  return undefined;
}

function formDecode(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  return spaced.includes("%") ? lossyUtf8.decode(percentDecode(spaced)) : spaced;
}
