import { expect, test } from "vitest";

import { RecordIndex } from "../../../../cluster/log-store/record-index.ts";

/** Records of ten entries and 100 bytes each, from entry 1 on. */
function indexOf(count: number): RecordIndex {
  const index = new RecordIndex();
  for (let i = 0; i < count; i++) {
    index.push({ segment: 1, offset: i * 100, bytes: 100, batch: i }, i * 10 + 1);
  }
  return index;
}

test("a record is found by any of its entries", () => {
  const index = indexOf(5);
  expect(index.find(1)?.record.offset).toBe(0);
  expect(index.find(20)).toMatchObject({ record: { offset: 100 }, end: 21 });
  expect(index.find(21)?.record.offset).toBe(200);
  expect(index.find(99)).toMatchObject({ record: { offset: 400 }, end: Number.POSITIVE_INFINITY });
  expect(index.find(0)).toBeUndefined();
  expect(new RecordIndex().find(1)).toBeUndefined();
});

test("bytes are counted from either end", () => {
  const index = indexOf(5);
  expect(index.bytes).toBe(500);
  expect([0, 1, 10, 11, 50].map((at) => index.bytesUpTo(at))).toEqual([0, 100, 100, 200, 500]);
  expect([0, 99, 100, 250, 500, 900].map((bytes) => index.startOfNewest(bytes))).toEqual([
    undefined,
    undefined,
    41,
    31,
    1,
    1,
  ]);
});

test("records that are forgotten or superseded count no more", () => {
  const index = indexOf(5);
  index.forgetUpTo(20);
  expect(index.bytes).toBe(300);
  expect(index.bytesUpTo(30)).toBe(100);
  expect(index.startOfNewest(1_000)).toBe(21);
  index.push({ segment: 2, offset: 0, bytes: 7, batch: 9 }, 35);
  index.push({ segment: 2, offset: 7, bytes: 7, batch: 9 }, 31);
  expect(index.bytes).toBe(107);
  expect(index.find(40)?.record).toMatchObject({ segment: 2, offset: 7 });
  index.clear();
  expect([index.bytes, index.bytesUpTo(40), index.startOfNewest(10)]).toEqual([0, 0, undefined]);
});
