/** Counts of several shuffles of one matrix, put together. */
export interface ReplicaCounts {
  mean: number;
  /** 95% interval of the mean count over all shuffles, by Student's t; null for fewer than two. */
  interval: [low: number, high: number] | null;
  /** Share of the shuffles that have the most frequent count. */
  stability: number;
}

/** @throws RangeError without a count. */
export function combineCounts(counts: readonly number[]): ReplicaCounts {
  if (counts.length === 0) throw new RangeError("no counts to combine");
  const n = counts.length;
  const mean = counts.reduce((sum, count) => sum + count, 0) / n;
  const frequency = new Map<number, number>();
  for (const count of counts) frequency.set(count, (frequency.get(count) ?? 0) + 1);
  const stability = Math.max(...frequency.values()) / n;
  if (n < 2) return { mean, interval: null, stability };
  const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0);
  const half = studentQuantile(0.975, n - 1) * Math.sqrt(squares / (n - 1) / n);
  return { mean, interval: [Math.max(0, mean - half), mean + half], stability };
}

/**
 * One p-value for several of the same hypothesis, under any dependence between them: min(1, 2·median). Twice the median is
 * the quantile rule of Meinshausen, Meier and Bühlmann 2009 at one half.
 */
export function combinePValues(values: readonly number[]): number {
  if (values.length === 1) return values[0]!;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
  return Math.min(1, 2 * middle);
}

/**
 * Distribution function of Student's t with a whole number of degrees of freedom: a finite sum in cos² of arctan(t/√ν)
 * (Abramowitz and Stegun 26.7.3 and 26.7.4).
 */
export function studentCdf(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const odd = degrees % 2 === 1;
  let term = odd ? cos : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= (cos * cos * (k - 1)) / k;
    sum += term;
  }
  const centre = odd ? (2 / Math.PI) * (angle + sin * sum) : sin * sum;
  return (1 + centre) / 2;
}

/** The t that {@link studentCdf} takes to p, for ½ ≤ p < 1. */
export function studentQuantile(p: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (studentCdf(high, degrees) < p) high *= 2;
  while (high - low > 4 * Number.EPSILON * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentCdf(middle, degrees) < p) low = middle;
    else high = middle;
  }
  return high;
}
