import { chiSquareQuantile } from "./chi-square.ts";
import type { PowerLawFit } from "./power-law.ts";

/**
 * Fewest eigenvalues of a tail that is judged. With ten the estimate of alpha − 1 is already 25% too large on average, and
 * its 95% interval spans a factor of four; below, the numbers say more about the size of the tail than about its shape.
 */
export const MIN_TAIL = 10;

/** What a tail of independent values says about the exponent it was drawn with. */
export interface AlphaInterval {
  /** 1 + (k−2)/T: its mean is the true exponent. */
  unbiased: number;
  low: number;
  high: number;
}

/**
 * Exact confidence interval of a power-law exponent, for k independent values of which the smallest is xmin: T = Σ ln(x/xmin)
 * is a sum of k − 1 exponential variables of rate alpha − 1 (Rényi's spacings), so that 2(alpha−1)T is χ² with 2(k−1) degrees of
 * freedom. It knows nothing of the choice of xmin, which widens the truth, nor of the rigidity of eigenvalues, which
 * narrows it.
 *
 * @param fit a finite alpha, and k = numPlSpikes.
 * @param level of the interval, equal tails.
 * @throws RangeError with fewer than two values, or unless 0 < level < 1.
 */
export function alphaInterval(
  { alpha, numPlSpikes: k }: Pick<PowerLawFit, "alpha" | "numPlSpikes">,
  level = 0.95,
): AlphaInterval {
  if (!(k >= 2)) throw new RangeError(`a tail of ${k} values has no interval`);
  const T = k / (alpha - 1);
  const bound = (p: number) => 1 + chiSquareQuantile(p, 2 * (k - 1)) / (2 * T);
  return { unbiased: 1 + (k - 2) / T, low: bound((1 - level) / 2), high: bound((1 + level) / 2) };
}
