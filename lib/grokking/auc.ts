/** How well a measure separates two groups of runs. */
export interface Auc {
  /** Chance that a positive has the larger value, ties counting half: 1 or 0 separates, ½ is blind. */
  readonly auc: number;
  /** 95% interval. */
  readonly low: number;
  readonly high: number;
  readonly positives: number;
  readonly negatives: number;
}

/** Standard normal quantile of 0.975. */
const Z = 1.959963984540054;

/**
 * Area under the receiver operating characteristic, U/(mn) of Mann and Whitney 1947, ties counting half.
 *
 * The interval is method 5 of R. G. Newcombe 2006: all θ with |θ̂ − θ| ≤ z·√V(θ), where
 * V(θ) = θ(1 − θ)·[1 + (N − 1)·((1 − θ)/(2 − θ) + θ/(1 + θ))]/(mn) and N = (m + n)/2. Unlike the
 * bootstrap and the variance of DeLong, DeLong and Clarke-Pearson 1988, it keeps a width when a handful of runs is
 * separated completely. Values must be independent: one per run, not one per checkpoint.
 *
 * @throws RangeError if a group is empty or a value is not finite.
 */
export function auc(positive: readonly number[], negative: readonly number[]): Auc {
  const [m, n] = [positive.length, negative.length];
  if (m === 0 || n === 0) throw new RangeError(`both groups need a value, got ${m} and ${n}`);
  if (![...positive, ...negative].every(Number.isFinite)) throw new RangeError("every value must be finite");
  const sorted = Float64Array.from(negative).sort();
  const wins = positive.reduce(
    (sum, value) => sum + (below(sorted, value, false) + below(sorted, value, true)) / 2,
    0,
  );
  const area = wins / (m * n);
  return {
    auc: area,
    low: limit(area, m, n, 0),
    high: limit(area, m, n, 1),
    positives: m,
    negatives: n,
  };
}

/** How many of ascending values are below this one, or equal to it where these count. */
function below(sorted: Float64Array, value: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const before = orEqual ? sorted[middle]! <= value : sorted[middle]! < value;
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The θ between the area and 0 or 1 that is z standard errors, those of θ itself, away from the area. */
function limit(area: number, m: number, n: number, end: 0 | 1): number {
  let [inside, outside] = [area, end as number];
  // Each round halves the distance: after 60 it is below the last bit.
  for (let round = 0; round < 60; round++) {
    const theta = (inside + outside) / 2;
    if (Math.abs(area - theta) <= Z * Math.sqrt(newcombeVariance(theta, m, n))) inside = theta;
    else outside = theta;
  }
  return inside;
}

function newcombeVariance(theta: number, m: number, n: number): number {
  const extra = ((m + n) / 2 - 1) * ((1 - theta) / (2 - theta) + theta / (1 + theta));
  return (theta * (1 - theta) * (1 + extra)) / (m * n);
}
