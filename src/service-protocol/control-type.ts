/** Type codes of control messages (service protocol section 5.1). */
export const CONTROL_TYPES = {
  start: 0x0000,
  suspension: 0x0001,
  error: 0x0002,
  end: 0x0003,
  commandAck: 0x0004,
  proposeRunCompletion: 0x0005,
  awaitingOn: 0x0006,
  proposeRunCompletionAck: 0x0007,
} as const;

/** Frame flag of commands and proposals: an acknowledgement is asked for. */
export const REQUIRES_ACK = 0x8000;

const CONTROL_NAMES = new Map<number, string>(
  Object.entries(CONTROL_TYPES).map(([name, type]) => [
    type,
    name.charAt(0).toUpperCase() + name.slice(1),
  ]),
);

/** Printed name of a control message type; undefined if there is none. */
export function controlTypeName(type: number): string | undefined {
  return CONTROL_NAMES.get(type);
}
