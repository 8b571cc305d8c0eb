const encoder = new TextEncoder();

/** Bytes of a string as UTF-8. Lone surrogates count as U+FFFD. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    length += code < 0x800 ? 1 : 2;
    // A surrogate pair takes four bytes for its two units.
    if (code >= 0xd800 && code < 0xdc00) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next < 0xe000) i++;
    }
  }
  return length;
}

/** Writes a string as UTF-8 and returns where it ends. The buffer must be large enough. */
export function writeUtf8(text: string, bytes: Uint8Array, start: number): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return start + encoder.encodeInto(text, bytes.subarray(start)).written;
    bytes[start + i] = code;
  }
  return start + text.length;
}
