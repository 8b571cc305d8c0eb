import { instanceOf, stateVersion } from "#model";
import type { StateMutation } from "./command.ts";
import type { Turn } from "./turn.ts";

/** Instance that a mutation addresses. */
export function mutatedInstance(mutation: StateMutation): string {
  const { serviceType, service, key, scope } = mutation;
  return instanceOf({ serviceType, handlerType: "exclusive", service, handler: "", key, scope });
}

/** Replaces the whole state of an instance, unless its state is not the one that was expected. */
export function replaceState(turn: Turn, mutation: StateMutation): void {
  const instance = mutatedInstance(mutation);
  const { expectedVersion } = mutation;
  if (expectedVersion !== undefined) {
    // A mismatch is skipped without an error, as the original does: nobody waits for the outcome.
    if (stateVersion(turn.state.stateValues(instance)) !== expectedVersion) return;
  }
  turn.state.clearState(instance);
  for (const [key, value] of mutation.state) turn.state.setStateValue(instance, key, value);
}
