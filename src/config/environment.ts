import { ValueError } from "./value-error.ts";

/**
 * Reads the value of an environment variable, which may be a literal: `[a, "b"]` is a list,
 * `{name: text}` a table, `"x"` the text inside the quotes. Everything else stays text, and the
 * schema of its key reads numbers and switches from it.
 *
 * @throws {ValueError} on a list or table that is not closed
 */
export function parseVariable(source: string): unknown {
  const text = source.trim();
  const opens = text[0];
  if (opens !== "[" && opens !== "{" && opens !== '"' && opens !== "'") return text;
  const reader = new LiteralReader(text);
  const value = reader.value();
  if (!reader.atEnd()) throw new ValueError("one literal and nothing after it", source);
  return value;
}

/** Recursive descent over `value = list | table | quoted | bare`. */
class LiteralReader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): unknown {
    this.#skipSpace();
    switch (this.#text[this.#position]) {
      case "[":
        return this.#list();
      case "{":
        return this.#table();
      case '"':
      case "'":
        return this.#quoted();
      default:
        return this.#bare(",]}");
    }
  }

  atEnd(): boolean {
    this.#skipSpace();
    return this.#position === this.#text.length;
  }

  #list(): unknown[] {
    const items: unknown[] = [];
    this.#position += 1;
    while (!this.#accept("]")) {
      items.push(this.value());
      if (!this.#accept(",") && this.#peek() !== "]") this.#fail("a list closed by ]");
    }
    return items;
  }

  #table(): Record<string, unknown> {
    const table: Record<string, unknown> = {};
    this.#position += 1;
    while (!this.#accept("}")) {
      const quoted = this.#peek() === '"' || this.#peek() === "'";
      const name = quoted ? this.#quoted() : this.#bare(":=,}");
      if (!this.#accept(":") && !this.#accept("=")) this.#fail("a table of the form {name: value}");
      table[name] = this.value();
      if (!this.#accept(",") && this.#peek() !== "}") this.#fail("a table closed by }");
    }
    return table;
  }

  #quoted(): string {
    const quote = this.#text[this.#position];
    let result = "";
    for (let i = this.#position + 1; i < this.#text.length; i++) {
      const character = this.#text[i];
      if (character === quote) {
        this.#position = i + 1;
        return result;
      }
      if (character === "\\" && quote === '"') i += 1;
      result += this.#text[i] ?? "";
    }
    return this.#fail("a text closed by its quote");
  }

  #bare(terminators: string): string {
    const start = this.#position;
    while (this.#position < this.#text.length) {
      if (terminators.includes(this.#text[this.#position] ?? "")) break;
      this.#position += 1;
    }
    const text = this.#text.slice(start, this.#position).trim();
    return text === "" ? this.#fail("a value") : text;
  }

  #accept(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#position += 1;
    return true;
  }

  #peek(): string | undefined {
    this.#skipSpace();
    return this.#text[this.#position];
  }

  #skipSpace(): void {
    while (this.#text[this.#position] === " ") this.#position += 1;
  }

  #fail(expected: string): never {
    throw new ValueError(expected, this.#text);
  }
}
