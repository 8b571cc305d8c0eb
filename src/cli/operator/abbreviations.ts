import type { Command } from "commander";
import { usageError } from "./operator-error.ts";

/**
 * Spells out commands that were abbreviated to a prefix that only one of them has:
 * `part lead pin` becomes `partitions leadership pin`. Everything else stays as it is.
 *
 * @throws OperatorError when several commands start like that
 */
export function expandAbbreviations(program: Command, words: readonly string[]): string[] {
  const expanded = [...words];
  let command = program;
  for (let i = 0; i < expanded.length && command.commands.length > 0; i++) {
    const word = expanded[i] as string;
    // Only commands at the end have options with values.
    const match = word.startsWith("-") ? undefined : findCommand(command, word);
    if (match === undefined) break;
    expanded[i] = match.name();
    command = match;
  }
  return expanded;
}

function findCommand(parent: Command, word: string): Command | undefined {
  const { commands } = parent;
  const namesOf = (command: Command) => [command.name(), ...command.aliases()];
  const exact = commands.find((command) => namesOf(command).includes(word));
  if (exact !== undefined) return exact;
  const similar = commands.filter((command) =>
    namesOf(command).some((name) => name.startsWith(word)),
  );
  if (similar.length < 2) return similar[0];
  const names = similar.map((command) => command.name()).join(", ");
  throw usageError(`"${word}" may be any of: ${names}`);
}
