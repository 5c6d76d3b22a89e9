import type { Parameters } from "../parameters.ts";
import type { Variant } from "./variant.ts";

/** ℓ2 norm: √Σ‖W‖² over the matrices (`paper`), or over all parameters, biases too (`notebook`). */
export function l2Norm(parameters: Parameters, variant: Variant = "paper"): number {
  let squares = 0;
  for (const { shape, values } of Object.values(parameters)) {
    if (variant === "paper" && shape.length !== 2) continue;
    for (const value of values) squares += value * value;
  }
  return Math.sqrt(squares);
}
