import type { Examples } from "../examples.ts";
import { powers } from "./fourier.ts";

/** What a modular-addition network answers as a function of how far a class is from the sum. */
export interface RuleKernel {
  /** k(Δ), Δ = 0…p − 1: mean logit of class x + y + Δ mod p over the examples, less its mean over Δ. */
  kernel: Float64Array;
  /** |DFT k|² of frequency j = 1…⌊p/2⌋ at j − 1, j and p − j together. */
  power: Float64Array;
  /** Their part of all power, had k kept its mean. The softmax does not see that mean: it is free to drift. */
  nonDcMass: number;
  /** Part of the logits' variance within examples that the kernel accounts for: 1 for a network that knows nothing but the rule. */
  share: number;
}

/**
 * The rule kernel of logits over pairs of tokens, all p² of them or some. Logits of classes past the p-th, as that of "=",
 * do not count.
 *
 * @param inputs count × width tokens, x and y first.
 * @param logits count × classes, p classes at least.
 * @throws RangeError if there are no logits of p classes for every example.
 */
export function ruleKernel(
  { inputs, count, width }: Pick<Examples, "inputs" | "count" | "width">,
  logits: Float64Array,
  p: number,
): RuleKernel {
  const classes = logits.length / count;
  if (!Number.isInteger(classes) || classes < p) {
    throw new RangeError(`${logits.length} logits are not of ${p} classes or more for ${count} examples`);
  }
  const raw = new Float64Array(p);
  let within = 0;
  for (let i = 0; i < count; i++) {
    const row = logits.subarray(i * classes, i * classes + p);
    const mean = row.reduce((sum, logit) => sum + logit, 0) / p;
    const rule = inputs[i * width]! + inputs[i * width + 1]!;
    for (let delta = 0; delta < p; delta++) {
      const logit = row[(rule + delta) % p]!;
      raw[delta]! += logit / count;
      within += (logit - mean) ** 2;
    }
  }
  const mean = raw.reduce((sum, value) => sum + value, 0) / p;
  const kernel = raw.map((value) => value - mean);
  const { constant, power } = powers(raw, p, 1);
  const changing = power.reduce((sum, value) => sum + value, 0);
  const explained = count * kernel.reduce((sum, value) => sum + value * value, 0);
  return {
    kernel,
    power,
    nonDcMass: changing === 0 ? 0 : changing / (constant + changing),
    share: within === 0 ? 0 : explained / within,
  };
}
