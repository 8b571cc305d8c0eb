import type { Command } from "./command.ts";
import { reply } from "./messages.ts";
import type { PartitionReply } from "./partition-reply.ts";
import type { Turn } from "./turn.ts";

/** A command that would take effect twice if it were applied twice. */
type OnceCommand = Extract<Command, { readonly deduplicationId?: string | undefined }>;

/**
 * Answers a request that an earlier record has carried out: whoever sent it could not tell whether
 * a former leader had committed it.
 */
export function isAnsweredBefore(turn: Turn, command: Command): boolean {
  if (!isOnceCommand(command)) return false;
  const known = turn.state.rememberedReply(command.deduplicationId);
  if (known === undefined) return false;
  reply(turn, command.requestId, known);
  return true;
}

/**
 * Keeps what a request was answered.
 *
 * @param firstEffect index of the first effect of this record
 */
export function rememberAnswer(turn: Turn, command: Command, firstEffect: number): void {
  if (!isOnceCommand(command)) return;
  const { deduplicationId, requestId } = command;
  let answered: PartitionReply = { kind: "accepted" };
  for (let i = firstEffect; i < turn.effects.length; i++) {
    const effect = turn.effects[i];
    if (effect?.kind !== "reply") continue;
    const { epoch, sequence } = effect.requestId;
    if (epoch === requestId?.epoch && sequence === requestId.sequence) answered = effect.reply;
  }
  const timeMs = turn.nowMs;
  turn.state.rememberReply(turn.logIndex, { deduplicationId, timeMs, reply: answered });
}

function isOnceCommand(
  command: Command,
): command is OnceCommand & { readonly deduplicationId: string } {
  return (command as Partial<OnceCommand>).deduplicationId !== undefined;
}
