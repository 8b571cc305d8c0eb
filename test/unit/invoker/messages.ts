/** What deployments send, written with the generated encoders. */
import { restate } from "#proto/restate-protocol.js";
import { message } from "./fake-node.ts";

export const END = message(0x0003);

export function output(value = "done"): Uint8Array {
  return message(
    0x0401,
    restate.OutputCommandMessage.encode({ value: { content: Buffer.from(value) } }).finish(),
  );
}

export function run(resultCompletionId: number, name = "step"): Uint8Array {
  return message(0x0411, restate.RunCommandMessage.encode({ resultCompletionId, name }).finish());
}

export function proposal(resultCompletionId: number, flags = 0): Uint8Array {
  return message(
    0x0005,
    restate.ProposeRunCompletionMessage.encode({
      resultCompletionId,
      value: Buffer.from("v"),
    }).finish(),
    flags,
  );
}

export function sleep(resultCompletionId: number, flags = 0): Uint8Array {
  return message(
    0x040c,
    restate.SleepCommandMessage.encode({ resultCompletionId }).finish(),
    flags,
  );
}

export function error(fields: restate.ErrorMessage.$Properties): Uint8Array {
  return message(0x0002, restate.ErrorMessage.encode(fields).finish());
}

export function suspension(fields: restate.SuspensionMessage.$Properties): Uint8Array {
  return message(0x0001, restate.SuspensionMessage.encode(fields).finish());
}

export function call(fields: restate.CallCommandMessage.$Properties): Uint8Array {
  return message(0x040d, restate.CallCommandMessage.encode(fields).finish());
}
