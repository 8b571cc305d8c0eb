/**
 * Reads the few elements that S3 answers with. No parser of XML: names are known, elements that are
 * read hold text only, and nothing of it is kept or executed.
 */

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&amp;": "&",
  "&quot;": '"',
  "&apos;": "'",
};

/** The text of the first element of that name. */
export function textOfElement(xml: string, name: string): string | undefined {
  const start = xml.indexOf(`<${name}>`);
  if (start < 0) return undefined;
  const end = xml.indexOf(`</${name}>`, start);
  return end < 0 ? undefined : unescapeText(xml.slice(start + name.length + 2, end));
}

/** What is inside all elements of that name, which do not hold each other. */
export function insideElements(xml: string, name: string): string[] {
  const found: string[] = [];
  let position = 0;
  for (;;) {
    const start = xml.indexOf(`<${name}>`, position);
    const end = start < 0 ? -1 : xml.indexOf(`</${name}>`, start);
    if (end < 0) return found;
    found.push(xml.slice(start + name.length + 2, end));
    position = end;
  }
}

function unescapeText(text: string): string {
  return text.replace(/&(?:lt|gt|amp|quot|apos|#\d+|#x[\da-fA-F]+);/g, (entity) => {
    const known = ENTITIES[entity];
    if (known !== undefined) return known;
    const isHexadecimal = entity[2] === "x";
    const digits = entity.slice(isHexadecimal ? 3 : 2, -1);
    return String.fromCodePoint(Number.parseInt(digits, isHexadecimal ? 16 : 10));
  });
}
