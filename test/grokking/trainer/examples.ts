import type { Examples } from "../../../lib/grokking/examples.ts";
import { uniform } from "../../../lib/grokking/trainer/draw.ts";

/** Points of [0, 2) with labels that take turns. */
export function points(count: number, width: number, classes: number): Examples {
  const inputs = uniform([7, count], count * width, 1).map((x) => x + 1);
  return {
    count,
    width,
    classes,
    inputs,
    labels: Uint32Array.from({ length: count }, (_, i) => i % classes),
  };
}

/** All p² sums, or those whose number x·p + y is among `numbers`. */
export function sums(p: number, numbers: Iterable<number> = Array(p * p).keys()): Examples {
  const pairs = [...numbers].map((number) => [Math.floor(number / p), number % p] as const);
  return {
    count: pairs.length,
    width: 3,
    classes: p,
    inputs: Float64Array.from(pairs.flatMap(([x, y]) => [x, y, p])),
    labels: Uint32Array.from(pairs, ([x, y]) => (x + y) % p),
  };
}
