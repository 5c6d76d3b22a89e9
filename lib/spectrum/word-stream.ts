import { type PhiloxKey, philox4x32 } from "./philox.ts";

/** The words of Philox under the counters [0, …rest], [1, …rest], [2, …rest], …, one after the other. */
export function wordStream(
  key: PhiloxKey,
  rest: readonly [number, number, number] = [0, 0, 0],
): () => number {
  const words = new Uint32Array(4);
  let block = 0;
  let used = 4;
  return () => {
    if (used === 4) {
      philox4x32([block++, ...rest], key, words);
      used = 0;
    }
    return words[used++]!;
  };
}
