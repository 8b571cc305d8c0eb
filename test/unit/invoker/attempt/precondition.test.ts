import { describe, expect, test } from "vitest";
import { COMMAND_TYPES, type InvocationTarget } from "#model";
import { findFailedPrecondition } from "../../../../src/invoker/attempt/precondition.ts";
import { OBJECT, SERVICE, WORKFLOW } from "../fake-node.ts";

const NO_STATE = "unsupported entry type, this service type doesn't have state access";
const NO_WRITE = "unsupported entry type, this handler type cannot write state";
const NO_PROMISE = "unsupported entry type, only Workflow services support it";

const TARGETS: Readonly<Record<string, InvocationTarget>> = {
  service: SERVICE,
  exclusive: OBJECT,
  sharedObject: { ...OBJECT, handlerType: "shared" },
  run: WORKFLOW,
  sharedWorkflow: { ...WORKFLOW, handlerType: "shared" },
};

const READS = ["getLazyState", "getLazyStateKeys", "getEagerState", "getEagerStateKeys"] as const;
const WRITES = ["setState", "clearState", "clearAllState"] as const;
const PROMISES = ["getPromise", "peekPromise", "completePromise"] as const;
const OTHERS = ["output", "sleep", "call", "oneWayCall", "sendSignal", "run"] as const;

function reasons(type: keyof typeof COMMAND_TYPES): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(TARGETS).map(([name, target]) => [
      name,
      findFailedPrecondition(COMMAND_TYPES[type], target),
    ]),
  );
}

describe("who may send what", () => {
  test.each(READS)("%s: everything with a key", (type) => {
    expect(reasons(type)).toEqual({
      service: NO_STATE,
      exclusive: undefined,
      sharedObject: undefined,
      run: undefined,
      sharedWorkflow: undefined,
    });
  });

  test.each(WRITES)("%s: exclusive handlers and workflow runs", (type) => {
    expect(reasons(type)).toEqual({
      service: NO_STATE,
      exclusive: undefined,
      sharedObject: NO_WRITE,
      run: undefined,
      sharedWorkflow: NO_WRITE,
    });
  });

  test.each(PROMISES)("%s: workflows", (type) => {
    expect(reasons(type)).toEqual({
      service: NO_PROMISE,
      exclusive: NO_PROMISE,
      sharedObject: NO_PROMISE,
      run: undefined,
      sharedWorkflow: undefined,
    });
  });

  test.each(OTHERS)("%s: everybody", (type) => {
    expect(new Set(Object.values(reasons(type)))).toEqual(new Set([undefined]));
  });
});
