/** One argument of a directive: `key`, `key=value` or `key=(value, value)`. */
export interface DirectiveArgument {
  readonly key: string;
  readonly values: readonly string[];
}

/** One step of a script with the output it is recorded to have. */
export interface Directive {
  /** Line number of the command, from 1. */
  readonly line: number;
  /** The command as written, continuation lines joined. */
  readonly text: string;
  readonly command: string;
  readonly arguments: readonly DirectiveArgument[];
  /** Lines between the command and the separator, trimmed as a whole. */
  readonly input: string;
  readonly expected: string;
  /** Positions of the lines after the separator up to the blank line that ends them. */
  readonly expectedLines: { readonly from: number; readonly to: number };
}

const SEPARATOR = "----";

/**
 * Splits a data-driven script into its directives.
 *
 * Grammar: `#` lines outside directives are comments; a command line may continue with `\`; input
 * follows until a line `----`, then the expected output until a blank line. A second `----` right
 * after the first opens output that may hold blank lines and ends with two `----` lines.
 */
export function parseScript(source: string): Directive[] {
  const lines = source.split("\n");
  const directives: Directive[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = at + 1;
    let text = (lines[at] as string).trim();
    at += 1;
    if (text === "" || text.startsWith("#")) continue;
    while (text.endsWith("\\") && at < lines.length) {
      text = `${text.slice(0, -1).trimEnd()} ${(lines[at] as string).trim()}`;
      at += 1;
    }
    // Marks a group of directives for tools; it has neither input nor output.
    if (text.startsWith("subtest ")) continue;

    const separator = lines.indexOf(SEPARATOR, at);
    const inputEnd = separator === -1 ? lines.length : separator;
    const input = lines.slice(at, inputEnd).join("\n").trim();
    const output = readExpected(lines, inputEnd + 1);
    const expectedLines = { from: inputEnd + 1, to: output.next };
    at = output.next;
    const [command = "", ...words] = splitWords(text);
    directives.push({
      line,
      text,
      command,
      arguments: words.map(parseArgument),
      input,
      expected: output.expected,
      expectedLines,
    });
  }
  return directives;
}

/** The script with other recorded output; comments and input stay as they are. */
export function replaceExpected(
  source: string,
  directives: readonly Directive[],
  outputs: readonly string[],
): string {
  const lines = source.split("\n");
  let text = "";
  let at = 0;
  directives.forEach(({ expectedLines }, position) => {
    text += `${lines.slice(at, expectedLines.from).join("\n")}\n${outputs[position] ?? ""}`;
    at = expectedLines.to;
  });
  return text + lines.slice(at).join("\n");
}

/** Output as it is compared: with a line break at its end unless it is empty. */
export function normalizeOutput(output: string): string {
  return output === "" || output.endsWith("\n") ? output : `${output}\n`;
}

/** The values of the argument with this key, or `undefined` if it is not given. */
export function valuesOf(directive: Directive, key: string): readonly string[] | undefined {
  return directive.arguments.find((argument) => argument.key === key)?.values;
}

/** The only value of an argument. */
export function argumentOf(directive: Directive, key: string): string | undefined {
  return valuesOf(directive, key)?.[0];
}

/** Arguments without a value, such as the ids in `stabilize 1 2 log-level=none`. */
export function bareArguments(directive: Directive): string[] {
  return directive.arguments.filter(({ values }) => values.length === 0).map(({ key }) => key);
}

function readExpected(lines: string[], from: number): { expected: string; next: number } {
  let at = from;
  const isBlock = lines[at] === SEPARATOR;
  if (isBlock) at += 1;
  const output: string[] = [];
  while (at < lines.length) {
    const line = lines[at] as string;
    const isEnd = isBlock ? line === SEPARATOR && lines[at + 1] === SEPARATOR : line.trim() === "";
    if (isEnd) break;
    output.push(line);
    at += 1;
  }
  const expected = output.map((line) => `${line}\n`).join("");
  return { expected, next: isBlock ? at + 2 : at };
}

/** Splits at blanks that are not inside parentheses. */
function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = "";
  let depth = 0;
  for (const character of text) {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === " " && depth <= 0) {
      if (word !== "") words.push(word);
      word = "";
    } else {
      word += character;
    }
  }
  if (word !== "") words.push(word);
  return words;
}

function parseArgument(word: string): DirectiveArgument {
  const equals = word.indexOf("=");
  if (equals <= 0) return { key: word, values: [] };
  const key = word.slice(0, equals);
  const value = word.slice(equals + 1);
  if (!value.startsWith("(") || !value.endsWith(")")) return { key, values: [value] };
  const inner = value.slice(1, -1).trim();
  return { key, values: inner === "" ? [] : splitValues(inner) };
}

function splitValues(inner: string): string[] {
  const values = [""];
  let depth = 0;
  for (const character of inner) {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === "," && depth === 0) values.push("");
    else values[values.length - 1] += character;
  }
  return values.map((value) => value.trim());
}
