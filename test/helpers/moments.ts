import type { EntryMoments } from "../../lib/spectrum/index.ts";

/** Moments of entries about the first of them, with up to `kept` extremes at each end. */
export function momentsOf(entries: ArrayLike<number>, kept = 1024): EntryMoments {
  const shift = entries[0]!;
  const sums: [number, number, number, number] = [0, 0, 0, 0];
  for (let i = 0; i < entries.length; i++) {
    for (let k = 0; k < 4; k++) sums[k]! += (entries[i]! - shift) ** (k + 1);
  }
  const sorted = Float64Array.from(entries).sort();
  return {
    count: entries.length,
    shift,
    sums,
    smallest: { values: sorted.slice(0, kept) },
    largest: { values: sorted.slice(-kept).reverse() },
  };
}
