import { assertNever } from "#base/assert";
import type { JournalCommand } from "#model";
import type { Turn } from "../turn.ts";
import { applyCall, applyOneWayCall } from "./call.ts";
import type { Issuer } from "./issuer.ts";
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

/** Carries out what a journal command asks for, besides being recorded. */
export function applyJournalCommand(turn: Turn, issuer: Issuer, command: JournalCommand): void {
  switch (command.kind) {
    case "record-only":
    case "output":
      return;
    case "get-lazy-state":
      applyGetLazyState(turn, issuer, command);
      return;
    case "get-lazy-state-keys":
      applyGetLazyStateKeys(turn, issuer, command);
      return;
    case "set-state":
      applySetState(turn, issuer, command);
      return;
    case "clear-state":
      applyClearState(turn, issuer, command);
      return;
    case "clear-all-state":
      applyClearAllState(turn, issuer);
      return;
    case "get-promise":
      applyGetPromise(turn, issuer, command);
      return;
    case "peek-promise":
      applyPeekPromise(turn, issuer, command);
      return;
    case "complete-promise":
      applyCompletePromise(turn, issuer, command);
      return;
    case "sleep":
      applySleep(turn, issuer, command);
      return;
    case "call":
      applyCall(turn, issuer, command);
      return;
    case "one-way-call":
      applyOneWayCall(turn, issuer, command);
      return;
    case "send-signal":
      applySendSignal(turn, command);
      return;
    case "attach-invocation":
      applyAttach(turn, issuer, command);
      return;
    case "get-invocation-output":
      applyGetOutput(turn, issuer, command);
      return;
    default:
      assertNever(command);
  }
}
