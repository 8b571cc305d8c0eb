import { assertNever } from "#base/assert";
import type { InvocationId, InvokedStatus, JournalCommand } from "#model";
import type { JournalDraft } from "../journal-draft.ts";
import type { Turn } from "../turn.ts";
import { applyCall, applyOneWayCall } from "./call.ts";
import { applyAttach, applyGetOutput, applySendSignal } from "./other-invocation.ts";
import { applyCompletePromise, applyGetPromise, applyPeekPromise } from "./promise.ts";
import { applySleep } from "./sleep.ts";
import {
  applyClearAllState,
  applyClearState,
  applyGetLazyState,
  applyGetLazyStateKeys,
  applySetState,
} from "./state.ts";

/** The invocation whose handler issued the command; its entry is already in the journal. */
export interface Issuer {
  readonly id: InvocationId;
  readonly status: InvokedStatus;
  readonly draft: JournalDraft;
}

/** Carries out what a journal command asks for, besides being recorded. */
export function applyJournalCommand(turn: Turn, issuer: Issuer, command: JournalCommand): void {
  switch (command.kind) {
    case "record-only":
    case "output":
      return;
    case "get-lazy-state":
      return applyGetLazyState(turn, issuer, command);
    case "get-lazy-state-keys":
      return applyGetLazyStateKeys(turn, issuer, command);
    case "set-state":
      return applySetState(turn, issuer, command);
    case "clear-state":
      return applyClearState(turn, issuer, command);
    case "clear-all-state":
      return applyClearAllState(turn, issuer);
    case "get-promise":
      return applyGetPromise(turn, issuer, command);
    case "peek-promise":
      return applyPeekPromise(turn, issuer, command);
    case "complete-promise":
      return applyCompletePromise(turn, issuer, command);
    case "sleep":
      return applySleep(turn, issuer, command);
    case "call":
      return applyCall(turn, issuer, command);
    case "one-way-call":
      return applyOneWayCall(turn, issuer, command);
    case "send-signal":
      return applySendSignal(turn, command);
    case "attach-invocation":
      return applyAttach(turn, issuer, command);
    case "get-invocation-output":
      return applyGetOutput(turn, issuer, command);
    default:
      return assertNever(command);
  }
}

/** The journal command of one kind. */
export type JournalCommandOf<Kind extends JournalCommand["kind"]> = Extract<
  JournalCommand,
  { readonly kind: Kind }
>;
