/**
 * The handler wire protocol: framing, versions, messages, discovery manifests.
 *
 * Pure: bytes in, values out. It does not open connections, and it does not know what the server
 * does with a command. Whoever calls must treat `MessageFormatError` as a violation by the peer.
 */

export type { AttachTarget, CallRequest, WireCommand } from "./command-codec.ts";
export { decodeCommand } from "./command-codec.ts";
export type { ErrorMessage } from "./control-codec.ts";
export {
  decodeAwaitingOn,
  decodeErrorMessage,
  decodeRunProposal,
  decodeSuspension,
  encodeCommandAck,
  encodeRunAck,
} from "./control-codec.ts";
export { CONTROL_TYPES, controlTypeName, REQUIRES_ACK } from "./control-type.ts";
export { DISCOVERY_ACCEPT, DISCOVERY_PATH, parseManifest } from "./discovery.ts";
export type { Frame, OversizeFrame } from "./frame-codec.ts";
export { encodeFrame, encodeFrames, FrameDecoder } from "./frame-codec.ts";
export type { ProtocolVersion } from "./protocol-version.ts";
export {
  chooseVersion,
  invocationContentType,
  isSpokenVersion,
  PROTOCOL_VERSION_MAX,
} from "./protocol-version.ts";
export type { StartMessage } from "./start-codec.ts";
export { encodeStartFrame } from "./start-codec.ts";
