/** Roundings that may separate a bound from the values it bounds. */
const SLACK = 16 * Number.EPSILON;

/**
 * Theoretical minus empirical distribution function just below data[j], for the tail from i:
 * 1 − (x[j]/x[i])^(1−alpha) − (j−i)/n.
 */
export function deviation(data: Float64Array, i: number, j: number, alpha: number): number {
  const ratio = data[j]! / data[i]!;
  // 1^(−∞) is 1 here; JavaScript says NaN.
  const survival = ratio === 1 ? 1 : ratio ** (1 - alpha);
  return 1 - survival - (j - i) / (data.length - i);
}

/**
 * max_j |deviation(i, j)| and where it is, by bisection; stops at the first value that does not win.
 * Both parts of the deviation fall with j, which bounds it inside a block by its values at the block's ends.
 */
export function largestDeviation(
  data: Float64Array,
  i: number,
  alpha: number,
  guess: number,
  wins: (D: number) => boolean,
): { D: number; at: number } {
  const n = data.length - i;
  const found = { D: 0, at: guess };
  const look = (j: number): number => {
    const value = deviation(data, i, j, alpha);
    if (Math.abs(value) > found.D) {
      found.D = Math.abs(value);
      found.at = j;
    }
    return value;
  };

  look(guess);
  if (!wins(found.D)) return found;
  const blocks: [first: number, atFirst: number, last: number, atLast: number][] = [
    [i, look(i), data.length - 1, look(data.length - 1)],
  ];
  while (blocks.length > 0 && wins(found.D)) {
    const [first, atFirst, last, atLast] = blocks.pop()!;
    const steps = (last - first - 1) / n;
    // Theory rises from first to last while the empirical step falls behind by at most `steps`.
    const above = atLast + steps;
    const below = atFirst - steps;
    if (last - first < 2 || Math.max(above, -below) + SLACK <= found.D) continue;
    const middle = (first + last) >>> 1;
    const atMiddle = look(middle);
    blocks.push([first, atFirst, middle, atMiddle], [middle, atMiddle, last, atLast]);
  }
  return found;
}
