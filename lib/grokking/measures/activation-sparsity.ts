import type { Variant } from "./variant.ts";

/** The paper leaves its threshold open; a ReLU that does not fire gives 0. The notebook has 1. */
const SPARSITY_THRESHOLD: Readonly<Record<Variant, number>> = { paper: 0, notebook: 1 };

/**
 * Share of activations b that are small, over examples and neurons: b ≤ 0 of all hidden layers together (`paper`), or
 * b < 1 of the first one (`notebook`).
 *
 * @param layers outputs of the hidden layers, as of {@link Hidden}. At least one.
 */
export function activationSparsity(layers: readonly Float64Array[], variant: Variant = "paper"): number {
  const threshold = SPARSITY_THRESHOLD[variant];
  let [small, all] = [0, 0];
  for (const activations of variant === "paper" ? layers : layers.slice(0, 1)) {
    for (const b of activations) {
      if (variant === "paper" ? b <= threshold : b < threshold) small++;
    }
    all += activations.length;
  }
  return small / all;
}
