import { APPEND_THREAD, APPLY_THREAD, isStorageThread, type Message } from "#raft";
import { describeMessageType } from "../../../cluster/raft/describe.ts";
import { printMessage, printReady } from "./printing.ts";
import { ScriptError, type ScriptNode } from "./script-node.ts";
import { ScriptOutput } from "./script-output.ts";

/** Who is to receive, or to lose, messages. */
export interface Recipient {
  readonly id: number;
  readonly isDropping: boolean;
}

/** Rounds of `stabilize` after which a script is taken not to come to rest. */
const ROUNDS_MAX = 10_000;

const STEP_ERRORS = {
  accepted: undefined,
  dropped: "raft proposal dropped",
  "local-message": "raft: cannot step raft local message",
  "peer-not-found": "raft: cannot step as peer not found",
} as const;

/** Text that scripts expect for an outcome; `undefined` for success. */
export function errorTextOf(outcome: keyof typeof STEP_ERRORS): string | undefined {
  return STEP_ERRORS[outcome];
}

/** Nodes of one script and the messages between them. Every step prints what it does. */
export class InteractionEnvironment {
  readonly output = new ScriptOutput();
  readonly nodes: ScriptNode[] = [];
  #messages: Message[] = [];

  node(id: number): ScriptNode {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new ScriptError(`unknown node ${id}`);
    return node;
  }

  queue(message: Message): void {
    this.#messages.push(message);
  }

  /** Delivers or drops the messages of each recipient; returns how many there were. */
  deliver(recipients: readonly Recipient[], typeName?: string): number {
    let count = 0;
    for (const { id, isDropping } of recipients) {
      const taken = this.#takeMessages(id, isDropping, typeName);
      count += taken.length;
      for (const message of taken) {
        const prefix = isDropping ? "dropped: " : "";
        this.output.write(`${prefix}${printMessage(message)}\n`);
        if (isDropping) continue;
        const error = errorTextOf(this.node(id).core.step(message));
        if (error !== undefined) this.output.write(`${error}\n`);
      }
    }
    return count;
  }

  /** Carries out one `Ready` of a node. */
  processReady(id: number): void {
    const node = this.node(id);
    const ready = node.core.ready();
    this.output.write(printReady(ready));
    if (node.isAsync) {
      for (const message of ready.messages) {
        if (message.to === APPEND_THREAD) node.appendWork.push(message);
        else if (message.to === APPLY_THREAD) node.applyWork.push(message);
        else this.#messages.push(message);
      }
      return;
    }
    node.persist(ready);
    node.apply(ready.committedEntries);
    this.#messages.push(...ready.messages);
    node.core.advance(ready);
  }

  /** Carries out the oldest write of a node. */
  processAppend(id: number): void {
    const node = this.node(id);
    const message = this.#startWork(node.appendWork, "no append work to perform");
    if (message === undefined) return;
    const { term, vote, commit, entries, snapshot } = message;
    const hasState = term !== 0 || vote !== 0 || commit !== 0;
    node.persist({ hardState: hasState ? { term, vote, commit } : undefined, entries, snapshot });
    this.#finishWork(message);
  }

  /** Carries out the oldest application of entries of a node. */
  processApply(id: number): void {
    const node = this.node(id);
    const message = this.#startWork(node.applyWork, "no apply work to perform");
    if (message === undefined) return;
    node.apply(message.entries);
    this.#finishWork(message);
  }

  /** Lets nodes work and talk until nothing is left to do among them. */
  stabilize(ids: readonly number[]): void {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      if (!this.#stabilizeOnce(ids)) return;
    }
    throw new ScriptError("the nodes do not come to rest");
  }

  #stabilizeOnce(ids: readonly number[]): boolean {
    let isBusy = false;
    const section = (title: string, run: () => void) => {
      isBusy = true;
      this.output.write(`> ${title}\n`);
      this.output.indented(run);
    };
    for (const id of ids) {
      if (!this.node(id).core.hasReady()) continue;
      section(`${id} handling Ready`, () => this.processReady(id));
    }
    for (const id of ids) {
      if (!this.#messages.some(({ to }) => to === id)) continue;
      section(`${id} receiving messages`, () => this.deliver([{ id, isDropping: false }]));
    }
    for (const id of ids) {
      const { appendWork } = this.node(id);
      if (appendWork.length === 0) continue;
      section(`${id} processing append thread`, () => {
        while (appendWork.length > 0) this.processAppend(id);
      });
    }
    for (const id of ids) {
      const { applyWork } = this.node(id);
      if (applyWork.length === 0) continue;
      section(`${id} processing apply thread`, () => {
        while (applyWork.length > 0) this.processApply(id);
      });
    }
    return isBusy;
  }

  #takeMessages(id: number, isDropping: boolean, typeName: string | undefined): Message[] {
    const taken: Message[] = [];
    this.#messages = this.#messages.filter((message) => {
      const isLocal = message.from === message.to || isStorageThread(message.from);
      const isOfType = typeName === undefined || describeMessageType(message.type) === typeName;
      const isTaken = message.to === id && isOfType && !(isDropping && isLocal);
      if (isTaken) taken.push(message);
      return !isTaken;
    });
    return taken;
  }

  #startWork(work: Message[], emptyText: string): Message | undefined {
    const message = work.shift();
    if (message === undefined) {
      this.output.write(emptyText);
      return undefined;
    }
    this.output.write(`Processing:\n${printMessage({ ...message, responses: [] })}\n`);
    return message;
  }

  #finishWork(message: Message): void {
    this.output.write("Responses:\n");
    for (const response of message.responses) {
      this.output.write(`${printMessage(response)}\n`);
      this.#messages.push(response);
    }
  }
}
