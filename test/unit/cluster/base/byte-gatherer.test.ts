import { expect, test } from "vitest";
import { ByteGatherer } from "#base/byte-gatherer";

function bytes(length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => first + i);
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

test("a single chunk is handed out as it is", () => {
  const gatherer = new ByteGatherer();
  const chunk = bytes(5, 1);

  gatherer.add(chunk);

  expect(gatherer.take()).toBe(chunk);
  expect(gatherer.take()).toEqual(new Uint8Array(0));
});

test("chunks of all sizes keep their order", () => {
  const lengths = [0, 1, 3, 20_000, 1, 16_383, 2, 16_384, 5_000, 5_000, 5_000, 5_000, 40_000, 7];
  const chunks = lengths.map((length, index) => bytes(length, index));
  const gatherer = new ByteGatherer();

  for (const chunk of chunks) gatherer.add(chunk);

  expect(gatherer.byteCount).toBe(concat(chunks).length);
  expect(Buffer.compare(gatherer.take(), concat(chunks))).toBe(0);
  expect(gatherer.byteCount).toBe(0);
});

test("small chunks are copied, so that they do not keep what they were cut from", () => {
  const gatherer = new ByteGatherer();
  const source = bytes(4, 1);

  gatherer.add(source.subarray(0, 2));
  gatherer.add(source.subarray(2, 3));
  source[2] = 99;

  expect(gatherer.take()).toEqual(Uint8Array.of(1, 2, 3));
});
