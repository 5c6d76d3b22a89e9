import { expect, test } from "vitest";
import { addon } from "../../lib/solver/addon.ts";
import { permutation, shuffleKey } from "../../lib/spectrum/shuffle.ts";

// Sizes around the bucket of 32768 elements, one with two buckets that are not full, one with many.
test.each([0, 1, 2, 1000, 32768, 32769, 100_003, 1_000_000])(
  "C++ and TypeScript permute %i elements the same way",
  (count) => {
    for (const [seed, name, tap, replica] of [
      [0, "layers.0.q_proj", 0, 0],
      [2 ** 53 - 1, "Straße 🧠", 8, 3],
    ] as const) {
      const key = shuffleKey(seed, name);
      const native = addon().permutation(key[0], key[1], tap, replica, count);
      expect(
        Buffer.compare(Buffer.from(native.buffer), bytes(permutation(key, count, { tap, replica }))),
      ).toBe(0);
    }
  },
);

function bytes(words: Uint32Array): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}
