/** Message type codes of the handler service protocol (section 5), control messages excluded. */
export const COMMAND_TYPES = {
  input: 0x0400,
  output: 0x0401,
  getLazyState: 0x0402,
  setState: 0x0403,
  clearState: 0x0404,
  clearAllState: 0x0405,
  getLazyStateKeys: 0x0406,
  getEagerState: 0x0407,
  getEagerStateKeys: 0x0408,
  getPromise: 0x0409,
  peekPromise: 0x040a,
  completePromise: 0x040b,
  sleep: 0x040c,
  call: 0x040d,
  oneWayCall: 0x040e,
  sendSignal: 0x0410,
  run: 0x0411,
  attachInvocation: 0x0412,
  getInvocationOutput: 0x0413,
  completeAwakeable: 0x0414,
} as const;

/** Type codes of notifications: 0x8000 and the low byte of the command they complete. */
export const NOTIFICATION_TYPES = {
  getLazyState: 0x8002,
  getLazyStateKeys: 0x8006,
  getPromise: 0x8009,
  peekPromise: 0x800a,
  completePromise: 0x800b,
  sleep: 0x800c,
  call: 0x800d,
  callInvocationId: 0x800e,
  run: 0x8011,
  attachInvocation: 0x8012,
  getInvocationOutput: 0x8013,
  signal: 0xfbff,
} as const;

/** Index of the built-in signal that cancels an invocation. */
export const CANCEL_SIGNAL = 1;

const COMMAND_NAMES = new Map<number, string>(
  Object.entries(COMMAND_TYPES).map(([name, type]) => [type, printedName(name)]),
);
const NOTIFICATION_NAMES = new Map<number, string>(
  Object.entries(NOTIFICATION_TYPES).map(([name, type]) => [type, printedName(name)]),
);

function printedName(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Printed name of a command type, such as `OneWayCall`; undefined if there is none. */
export function commandTypeName(type: number): string | undefined {
  return COMMAND_NAMES.get(type);
}

/** `Command: Sleep` or `Notification: CallInvocationId`, as introspection prints entry types. */
export function entryTypeName(type: number): string {
  const command = COMMAND_NAMES.get(type);
  if (command !== undefined) return `Command: ${command}`;
  const notification = NOTIFICATION_NAMES.get(type);
  if (notification !== undefined) return `Notification: ${notification}`;
  return `Unknown: 0x${type.toString(16)}`;
}
