/**
 * p-values of a family adjusted by Holm 1979: reject those at most α, and the probability of a single false rejection in
 * the family is at most α, however the tests depend on each other. In the order given.
 */
export function holm(values: readonly number[]): number[] {
  const adjusted = new Array<number>(values.length);
  let running = 0;
  for (const [rank, index] of ascending(values).entries()) {
    running = Math.max(running, Math.min(1, (values.length - rank) * values[index]!));
    adjusted[index] = running;
  }
  return adjusted;
}

/**
 * q-values by Benjamini and Hochberg 1995: among those at most q, the expected share of false rejections is at most q, for
 * independent or positively dependent tests. In the order given.
 */
export function benjaminiHochberg(values: readonly number[]): number[] {
  const adjusted = new Array<number>(values.length);
  let running = 1;
  for (const [rank, index] of [...ascending(values).entries()].reverse()) {
    running = Math.min(running, (values.length / (rank + 1)) * values[index]!);
    adjusted[index] = running;
  }
  return adjusted;
}

/** Indices of the values from the smallest to the largest. */
function ascending(values: readonly number[]): number[] {
  return values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
}
