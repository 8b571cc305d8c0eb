import { describe, expect, test } from "vitest";
import { ByteReader } from "#base/byte-reader";
import { ByteWriter } from "#base/byte-writer";
import { allocateShared } from "#base/shared-bytes";

/** Writes a nested message whose content says which one it is. */
function writeNested(writer: ByteWriter, mark: number, bytes: number): void {
  const outer = writer.beginLength();
  writer.writeVarint(mark);
  writer.writeBytes(new Uint8Array(bytes).fill(mark));
  writer.endLength(outer);
}

function expectNested(result: Uint8Array, mark: number, bytes: number): void {
  const reader = new ByteReader(result);
  expect(reader.readEnd()).toBe(result.length);
  expect(reader.readVarint()).toBe(mark);
  expect(reader.readBytes()).toEqual(new Uint8Array(bytes).fill(mark));
}

describe("ByteWriter", () => {
  test("shared results stay as they were while others are written", () => {
    const writer = new ByteWriter(64 * 1024);
    const sizes = [1, 300, 5_000, 0, 40_000, 70_000, 12, 9_000, 200_000, 3];
    const results: Uint8Array[] = [];
    for (let i = 0; i < 100; i++) {
      writeNested(writer, i, sizes[i % sizes.length] as number);
      results.push(writer.finishShared());
    }
    for (const [i, result] of results.entries()) {
      expectNested(result, i, sizes[i % sizes.length] as number);
    }
  });

  test("copied, shared and detached results can follow each other", () => {
    const writer = new ByteWriter(16);
    writeNested(writer, 1, 100);
    const shared = writer.finishShared();
    writeNested(writer, 2, 200);
    expect(writer.length).toBe(4 + 1 + 2 + 200);
    const copied = writer.finish();
    writeNested(writer, 3, 300);
    const detached = writer.detach(32);
    writeNested(writer, 4, 90_000);
    expectNested(writer.finish(), 4, 90_000);
    expectNested(shared, 1, 100);
    expectNested(copied, 2, 200);
    expectNested(detached, 3, 300);
    expect(writer.length).toBe(0);
  });

  test("small results share memory and large ones do not keep it", () => {
    const writer = new ByteWriter(64 * 1024);
    writeNested(writer, 1, 10);
    const first = writer.finishShared();
    writeNested(writer, 2, 10);
    expect(writer.finishShared().buffer).toBe(first.buffer);
    writeNested(writer, 3, 100_000);
    const large = writer.finishShared();
    writeNested(writer, 4, 10);
    expect(writer.finishShared().buffer).not.toBe(large.buffer);
  });
});

describe("allocateShared", () => {
  test("arrays are zeroed and do not overlap", () => {
    const arrays = Array.from({ length: 5_000 }, (_, i) => allocateShared(i % 90));
    for (const bytes of arrays) expect(bytes.every((byte) => byte === 0)).toBe(true);
    for (const [i, bytes] of arrays.entries()) bytes.fill(i % 251);
    for (const [i, bytes] of arrays.entries()) {
      expect(bytes.length).toBe(i % 90);
      expect(bytes.every((byte) => byte === i % 251)).toBe(true);
    }
  });

  test("a long array has memory of its own", () => {
    expect(allocateShared(5_000).buffer.byteLength).toBe(5_000);
  });
});
