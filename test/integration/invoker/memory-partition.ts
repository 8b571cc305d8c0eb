/** A partition in memory: enough of the state machine to run real handlers through the invoker. */

import type { AttemptInput, AttemptToken, EagerState, Invoker, InvokerHost } from "#invoker";
import {
  type AttemptEvent,
  COMMAND_TYPES,
  decodeNotification,
  encodeCompletion,
  encodeInput,
  encodeSignal,
  type InvocationId,
  type InvocationResult,
  type InvocationTarget,
  isNotificationType,
  type JournalCommand,
  type JournalEntry,
  mintInvocationId,
  NOTIFICATION_TYPES,
  type NotificationResult,
  type SignalId,
  ulidFromParts,
} from "#model";

/** One invocation: its journal, and everything that was reported. */
export interface RunningInvocation {
  readonly id: InvocationId;
  readonly target: InvocationTarget;
  readonly entries: JournalEntry[];
  readonly reported: AttemptEvent[];
  readonly result: Promise<InvocationResult>;
  readonly settle: (result: InvocationResult) => void;
  token: number;
  pin: { readonly deploymentId: string; readonly protocolVersion: number } | undefined;
  suspendedOn: Extract<AttemptEvent, { readonly kind: "suspend" }> | undefined;
  isOver: boolean;
}

/** Applies reports at once, on the next turn of the loop, as a committed log would. */
export class MemoryPartition implements InvokerHost {
  readonly partitionId = 0;
  readonly invocations = new Map<InvocationId, RunningInvocation>();
  readonly state = new Map<string, Uint8Array>();
  #invoker: Invoker | undefined;
  #nextUlid = 1;

  attach(invoker: Invoker): void {
    this.#invoker = invoker;
  }

  start(target: InvocationTarget, payload: Uint8Array): RunningInvocation {
    const ulid = ulidFromParts(this.#nextUlid++, new Uint8Array(10));
    const id = mintInvocationId(target, 0, ulid);
    const { promise: result, resolve: settle } = Promise.withResolvers<InvocationResult>();
    const invocation: RunningInvocation = {
      id,
      target,
      entries: [this.#entry(COMMAND_TYPES.input, encodeInput([["x-test", "1"]], payload))],
      reported: [],
      result,
      settle,
      token: 1,
      pin: undefined,
      suspendedOn: undefined,
      isOver: false,
    };
    this.invocations.set(id, invocation);
    this.#invoker?.invoke(this, id, 1);
    return invocation;
  }

  signal(id: InvocationId, signal: SignalId, result: NotificationResult): void {
    const invocation = this.#get(id);
    this.#append(invocation, NOTIFICATION_TYPES.signal, encodeSignal(signal, result));
  }

  readInput(id: InvocationId): AttemptInput {
    const { target, entries, pin } = this.#get(id);
    return {
      target,
      limitKey: undefined,
      idempotencyKey: undefined,
      pinnedDeploymentId: pin?.deploymentId as AttemptInput["pinnedDeploymentId"],
      pinnedProtocolVersion: pin?.protocolVersion,
      entries: [...entries],
      traceParent: undefined,
      createdAtMs: 1,
    };
  }

  readState(): Promise<EagerState> {
    return Promise.resolve({ entries: [...this.state].sort(), partial: false });
  }

  report(id: InvocationId, token: AttemptToken, events: readonly AttemptEvent[]): void {
    setImmediate(() => this.#apply(this.#get(id), token, events));
  }

  #apply(
    invocation: RunningInvocation,
    token: AttemptToken,
    events: readonly AttemptEvent[],
  ): void {
    for (const event of events) {
      if (token !== invocation.token || invocation.isOver) return;
      invocation.reported.push(event);
      this.#applyEvent(invocation, event);
    }
  }

  #applyEvent(invocation: RunningInvocation, event: AttemptEvent): void {
    switch (event.kind) {
      case "pin":
        invocation.pin = event;
        return;
      case "command": {
        const commandIndex = invocation.entries.filter((e) => !isNotificationType(e.type)).length;
        invocation.entries.push(this.#entry(event.type, event.body));
        if (event.requiresAck) {
          this.#invoker?.acknowledgeCommand(invocation.id, invocation.token, commandIndex);
        }
        this.#applyCommand(invocation, event.command);
        return;
      }
      case "run-completion": {
        const { completionId, result } = event;
        const body = encodeCompletion(NOTIFICATION_TYPES.run, completionId, result);
        const entry = this.#entry(NOTIFICATION_TYPES.run, body);
        const index = invocation.entries.push(entry) - 1;
        const { id, token } = invocation;
        if (event.ackOnly) this.#invoker?.acknowledgeRun(id, token, index, completionId);
        else this.#invoker?.notify(id, token, index, entry);
        return;
      }
      case "suspend":
        invocation.suspendedOn = event;
        this.#wake(invocation);
        return;
      case "end":
        this.#end(invocation);
        return;
      case "fail-attempt":
        this.#invoker?.attemptFailureRecorded(invocation.id, invocation.token);
        return;
      case "pause":
        return;
      case "fail":
        invocation.isOver = true;
        invocation.settle({ kind: "failure", failure: event.failure });
        return;
    }
  }

  #end(invocation: RunningInvocation): void {
    const output = invocation.reported.findLast(
      (event) => event.kind === "command" && event.command.kind === "output",
    );
    if (output?.kind !== "command" || output.command.kind !== "output")
      throw new Error("no output");
    invocation.isOver = true;
    invocation.settle(output.command.result);
  }

  #applyCommand(invocation: RunningInvocation, command: JournalCommand): void {
    const complete = (type: number, completionId: number, result: NotificationResult) =>
      this.#append(invocation, type, encodeCompletion(type, completionId, result));
    switch (command.kind) {
      case "set-state":
        this.state.set(command.key, command.value);
        return;
      case "sleep":
        setTimeout(
          () => complete(NOTIFICATION_TYPES.sleep, command.completionId, { kind: "void" }),
          Math.max(0, command.wakeUpTimeMs - Date.now()),
        );
        return;
      case "get-lazy-state": {
        const value = this.state.get(command.key);
        const result: NotificationResult =
          value === undefined ? { kind: "void" } : { kind: "success", value };
        complete(NOTIFICATION_TYPES.getLazyState, command.completionId, result);
        return;
      }
      case "call": {
        const { call, completionId, invocationIdCompletionId } = command;
        complete(NOTIFICATION_TYPES.callInvocationId, invocationIdCompletionId, {
          kind: "invocation-id",
          invocationId: call.calleeId,
        });
        const callee = this.start(call.target, call.payload);
        void callee.result.then((result) =>
          complete(NOTIFICATION_TYPES.call, completionId, result),
        );
        return;
      }
      case "send-signal":
        this.signal(command.targetId, command.signal, command.result);
        return;
      default:
        return;
    }
  }

  #append(invocation: RunningInvocation, type: number, body: Uint8Array): void {
    if (invocation.isOver) return;
    const entry = this.#entry(type, body);
    const index = invocation.entries.push(entry) - 1;
    this.#invoker?.notify(invocation.id, invocation.token, index, entry);
    this.#wake(invocation);
  }

  /** Any notification that is awaited anywhere wakes; the tree is the state machine's business. */
  #wake(invocation: RunningInvocation): void {
    const { suspendedOn } = invocation;
    if (suspendedOn === undefined) return;
    const awaited = JSON.stringify(suspendedOn.future);
    for (const { type, body } of invocation.entries) {
      if (!isNotificationType(type)) continue;
      const { id } = decodeNotification(body);
      const key = id.kind === "completion" ? id.completionId : id.signal;
      if (!new RegExp(`[\\[,"]${key}[\\],"]`).test(awaited)) continue;
      invocation.suspendedOn = undefined;
      invocation.token++;
      this.#invoker?.invoke(this, invocation.id, invocation.token);
      return;
    }
  }

  #get(id: InvocationId): RunningInvocation {
    const invocation = this.invocations.get(id);
    if (invocation === undefined) throw new Error(`unknown invocation ${id}`);
    return invocation;
  }

  #entry(type: number, body: Uint8Array): JournalEntry {
    return { type, body, appendedAtMs: Date.now() };
  }
}
