import type { Parameters } from "../parameters.ts";
import type { Variant } from "./variant.ts";
import { weights } from "./weights.ts";

/** What the notebook adds to |w| in the logarithm. */
const SHIFT = 1e-8;

/** −Σ|w| ln|w|, not normalised, of the weights of one matrix; with 0 ln 0 = 0, or ln(|w| + 1e-8). */
export function absoluteWeightEntropy(values: Float64Array, variant: Variant = "paper"): number {
  const shift = variant === "paper" ? 0 : SHIFT;
  let entropy = 0;
  for (const value of values) if (value !== 0) entropy -= Math.abs(value) * Math.log(Math.abs(value) + shift);
  return entropy;
}

/** Absolute weight entropy of a network: of all its matrices (`paper`), or of the first one (`notebook`). */
export function networkWeightEntropy(parameters: Parameters, variant: Variant = "paper"): number {
  const all = weights(parameters);
  const counted = variant === "paper" ? all : all.slice(0, 1);
  return counted.reduce((sum, { source }) => sum + absoluteWeightEntropy(source.values, variant), 0);
}
