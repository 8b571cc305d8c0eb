const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes UTF-8; undefined when the bytes are something else. */
export function utf8OrAbsent(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    // Not text: the column is null, and the bytes are in the one beside it.
    return undefined;
  }
}
