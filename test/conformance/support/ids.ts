/** Textual identifiers, decoded and built the way SDKs do (service-protocol.md 14). */

/** The id of an awakeable of an invocation, as SDKs build it. */
export function awakeableId(invocationId: string, index: number): string {
  const bytes = Buffer.alloc(28);
  invocationBytes(invocationId).copy(bytes);
  bytes.writeUInt32BE(index, 24);
  return `sign_1${bytes.toString("base64url")}`;
}

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The 24 bytes of a textual invocation id (service-protocol.md 14). */
export function invocationBytes(id: string): Buffer {
  const decode = (text: string, length: number) => {
    let value = 0n;
    for (const digit of text) value = value * 62n + BigInt(ALPHABET.indexOf(digit));
    const hex = value.toString(16).padStart(length * 2, "0");
    return Buffer.from(hex, "hex").reverse();
  };
  const payload = id.slice("inv_1".length);
  return Buffer.concat([decode(payload.slice(0, 11), 8), decode(payload.slice(11), 16)]);
}
