import { COMMAND_TYPES, canWriteState, type InvocationTarget } from "#model";

const STATE_WRITES: ReadonlySet<number> = new Set([
  COMMAND_TYPES.setState,
  COMMAND_TYPES.clearState,
  COMMAND_TYPES.clearAllState,
]);
const STATE_COMMANDS: ReadonlySet<number> = new Set([
  ...STATE_WRITES,
  COMMAND_TYPES.getLazyState,
  COMMAND_TYPES.getLazyStateKeys,
  COMMAND_TYPES.getEagerState,
  COMMAND_TYPES.getEagerStateKeys,
]);
const PROMISE_COMMANDS: ReadonlySet<number> = new Set([
  COMMAND_TYPES.getPromise,
  COMMAND_TYPES.peekPromise,
  COMMAND_TYPES.completePromise,
]);

/** Why a handler of this kind must not send this command (section 8); undefined if it may. */
export function findFailedPrecondition(type: number, target: InvocationTarget): string | undefined {
  if (STATE_COMMANDS.has(type)) {
    if (target.serviceType === "service") {
      return "unsupported entry type, this service type doesn't have state access";
    }
    if (STATE_WRITES.has(type) && !canWriteState(target.handlerType)) {
      return "unsupported entry type, this handler type cannot write state";
    }
  }
  if (PROMISE_COMMANDS.has(type) && target.serviceType !== "workflow") {
    return "unsupported entry type, only Workflow services support it";
  }
  return undefined;
}
