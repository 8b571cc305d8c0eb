/** Compared with the reference implementation of xxHash, over every branch of the algorithm. */
import { expect, test } from "vitest";
import { xxh3, xxh3Into, xxh3Low32 } from "../../../src/model/xxh3.ts";

const VECTORS: readonly (readonly [length: number, hash: bigint])[] = [
  [0, 3244421341483603138n],
  [1, 5502495245947142431n],
  [2, 3010103725172346478n],
  [3, 7943829059066201772n],
  [4, 6650799683851767871n],
  [5, 5329424330036611939n],
  [8, 18013639643258255605n],
  [9, 8944394699905593055n],
  [16, 9704121104262105176n],
  [17, 13081819869213806705n],
  [32, 16388932025501132398n],
  [33, 11880189719134216051n],
  [64, 1338082372350062813n],
  [65, 10936639315039379145n],
  [96, 9307085733980681061n],
  [128, 1211889905577015873n],
  [129, 1605741916052902306n],
  [160, 7303868565341031498n],
  [239, 17352743754860795597n],
  [240, 13172940074023354854n],
  [241, 10767172507156293534n],
  [256, 12780746281945784236n],
  [512, 3588327134377417552n],
  [1023, 12283149503894645296n],
  [1024, 11664726756969725654n],
  [1025, 751305190767846587n],
  [1299, 16843070615877394038n],
  [2048, 2054100082479944793n],
  [2049, 16522428341089336220n],
  [5000, 12599920928714363261n],
];

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 131 + 7 + (i >> 8) * 17) & 255);
}

test.each(VECTORS)("%i bytes hash as the reference does", (length, hash) => {
  expect(xxh3(pattern(length))).toBe(hash);
});

test("the vectors of the service protocol reference hold", () => {
  expect(xxh3(new Uint8Array(0))).toBe(0x2d06800538d394c2n);
  expect(xxh3(Uint8Array.of(0xff))).toBe(0xd6bcec3c6b29d72en);
});

test("a range is hashed as if it stood alone", () => {
  const surrounded = new Uint8Array(300).fill(9);
  surrounded.set(pattern(256), 20);
  const target = new Uint8Array(10);

  xxh3Into(surrounded, { start: 20, end: 276 }, { target, offset: 1 });

  const hash = VECTORS.find(([length]) => length === 256)?.[1] as bigint;
  expect(new DataView(target.buffer).getBigUint64(1)).toBe(hash);
  expect(xxh3Low32(surrounded, 20, 276)).toBe(Number(hash & 0xffffffffn));
});
