import {
  APPEND_THREAD,
  APPLY_THREAD,
  type Entry,
  type Message,
  NO_NODE,
  type Ready,
  type Snapshot,
} from "#raft";
import {
  describeConfState,
  describeMessageType,
  describeOperations,
  describeRole,
} from "../../../cluster/raft/describe.ts";

const ENTRY_NAMES = {
  normal: "EntryNormal",
  "conf-change": "EntryConfChange",
  "conf-change-v2": "EntryConfChangeV2",
} as const;

/** A `Ready` in the notation of the scripts. */
export function printReady(ready: Ready): string {
  let text = "";
  const { softState, hardState, snapshot } = ready;
  if (softState !== undefined) {
    text += `Lead:${softState.leaderId} State:${describeRole(softState.role)}\n`;
  }
  if (hardState !== undefined) {
    const vote = hardState.vote === NO_NODE ? "" : ` Vote:${hardState.vote}`;
    text += `HardState Term:${hardState.term}${vote} Commit:${hardState.commit}\n`;
  }
  if (ready.readStates.length > 0) {
    const states = ready.readStates.map(
      ({ index, context }) => `{${index} [${context.join(" ")}]}`,
    );
    text += `ReadStates [${states.join(" ")}]\n`;
  }
  if (ready.entries.length > 0) text += `Entries:\n${printEntries(ready.entries)}`;
  if (snapshot !== undefined) text += `Snapshot ${printSnapshot(snapshot)}\n`;
  if (ready.committedEntries.length > 0) {
    text += `CommittedEntries:\n${printEntries(ready.committedEntries)}`;
  }
  if (ready.messages.length > 0) {
    text += "Messages:\n";
    for (const message of ready.messages) text += `${printMessage(message)}\n`;
  }
  return text === "" ? "<empty Ready>" : `Ready MustSync=${ready.mustSync}:\n${text}`;
}

/** Entries in the notation of the scripts, one per line. */
export function printEntries(entries: readonly Entry[]): string {
  return entries.map((entry) => `${printEntry(entry)}\n`).join("");
}

/** A message in the notation of the scripts, without a final line break. */
export function printMessage(message: Message, indent = ""): string {
  const { entries, responses, snapshot } = message;
  let text =
    `${indent}${printNode(message.from)}->${printNode(message.to)} ` +
    `${describeMessageType(message.type)} Term:${message.term} ` +
    `Log:${message.logTerm}/${message.index}`;
  if (message.reject) text += ` Rejected (Hint: ${message.rejectHint})`;
  if (message.commit !== 0) text += ` Commit:${message.commit}`;
  if (message.vote !== 0) text += ` Vote:${message.vote}`;
  if (entries.length === 1) {
    text += ` Entries:[${printEntry(entries[0] as Entry)}]`;
  } else if (entries.length > 1) {
    const lines = entries.map((entry) => `\n${indent}  ${printEntry(entry)}`);
    text += ` Entries:[${lines.join("")}\n${indent}]`;
  }
  if (snapshot !== undefined) text += `\n${indent}  Snapshot: ${printSnapshot(snapshot)}`;
  if (responses.length > 0) {
    const lines = responses.map((response) => `\n${printMessage(response, `${indent}  `)}`);
    text += ` Responses:[${lines.join("")}\n${indent}]`;
  }
  return text;
}

function printEntry(entry: Entry): string {
  const isNormal = entry.type === "normal";
  const payload = isNormal ? quote(entry.data) : describeOperations(entry);
  const head = `${entry.term}/${entry.index} ${ENTRY_NAMES[entry.type]}`;
  return payload === "" ? head : `${head} ${payload}`;
}

function printSnapshot({ index, term, confState }: Snapshot): string {
  return `Index:${index} Term:${term} ConfState:${describeConfState(confState)}`;
}

function printNode(id: number): string {
  switch (id) {
    case NO_NODE:
      return "None";
    case APPEND_THREAD:
      return "AppendThread";
    case APPLY_THREAD:
      return "ApplyThread";
    default:
      return id.toString(16);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Payload as a quoted string; control characters are escaped, other text stays readable. */
function quote(data: Uint8Array): string {
  const characters = [...new TextDecoder().decode(data)].map((character) => {
    const code = character.codePointAt(0) as number;
    const isControl = code < 0x20 || code === 0x7f;
    const escaped = isControl ? `\\x${code.toString(16).padStart(2, "0")}` : character;
    return ESCAPES[character] ?? escaped;
  });
  return `"${characters.join("")}"`;
}
