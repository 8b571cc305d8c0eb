/**
 * Who waits for a result, in bounded portions: any number may wait for one invocation or promise,
 * and one record does bounded work.
 */
import type { InvocationId, InvocationResult, ResponseSink } from "#model";
import { type Answered, answer, sendLater } from "./messages.ts";
import type { Turn } from "./turn.ts";

/** A sink that stands for those on a page. */
export type SinkPage = Extract<ResponseSink, { readonly kind: "page" }>;

/** Somebody who waits. */
export type DirectSink = Exclude<ResponseSink, SinkPage>;

/** Sinks in one row, and answers in one record. */
export const SINKS_MAX = 64;
/** Bytes of results that one record copies, unless it answers only one. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Adds a sink; those that are full go to a page, which the first one then stands for. */
export function addSink(
  turn: Turn,
  sinks: readonly ResponseSink[],
  added: DirectSink,
): readonly ResponseSink[] {
  if (sinks.length >= SINKS_MAX) return [storePage(turn, sinks), added];
  // A request of an earlier leader has nobody waiting any more.
  const waiting = sinks.filter((sink) => sink.kind !== "request" || sink.epoch === turn.epoch);
  return [...waiting, added];
}

/** Keeps sinks in a row of their own; the result stands for them. */
export function storePage(turn: Turn, sinks: readonly ResponseSink[]): SinkPage {
  const page = turn.state.nextSequence();
  turn.state.addSinkPage(page, sinks);
  return { kind: "page", page };
}

/** Answers everyone who waits: some now, the others in records that follow. */
export function answerAll(turn: Turn, sinks: readonly ResponseSink[], from: Answered): void {
  const answersMax = answersOfOneRecord(from.result);
  for (let i = 0; i < sinks.length; i++) {
    if (i === answersMax) {
      answer(turn, storePage(turn, sinks.slice(i)), from);
      return;
    }
    answer(turn, sinks[i] as ResponseSink, from);
  }
}

/** Answers the sinks of a page, which then is no more. */
export function answerPage(turn: Turn, page: number, from: Answered): void {
  const sinks = turn.state.sinkPage(page);
  turn.state.deleteSinkPage(page);
  answerAll(turn, sinks, from);
}

/** Removes a page and, in records that follow, those that it stands for. */
export function forgetPage(turn: Turn, targetId: InvocationId, page: number): void {
  const sinks = turn.state.sinkPage(page);
  turn.state.deleteSinkPage(page);
  for (const sink of sinks) if (sink.kind === "page") forgetLater(turn, targetId, sink.page);
}

/** Removes a page in a record that follows. */
export function forgetLater(turn: Turn, targetId: InvocationId, page: number): void {
  const nobody = { target: undefined, result: undefined };
  sendLater(turn, { kind: "answer-page", targetId, page, ...nobody });
}

function answersOfOneRecord(result: InvocationResult): number {
  const { length } = result.kind === "success" ? result.value : result.failure.message;
  const fitting = Math.floor(ANSWER_BYTES_MAX / Math.max(1, length));
  return Math.min(SINKS_MAX, Math.max(1, fitting));
}
