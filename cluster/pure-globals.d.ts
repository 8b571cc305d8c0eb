// The few globals that pure folders may use beside the language itself: they compute, and touch
// neither time nor the outside. Everything else of the platform is unknown there, by intention.

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, target: Uint8Array): { readonly read: number; readonly written: number };
}

declare class TextDecoder {
  constructor(
    encoding?: "utf-8",
    options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean },
  );
  decode(bytes: Uint8Array): string;
}
