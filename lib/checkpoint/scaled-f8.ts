import type { Tensor } from "./tensor.ts";

const SCALES = ["_scale_inv", "_scale"] as const;

/**
 * Reasons to skip F8 weights whose values stand under scales in a companion tensor, and those scales: without
 * the rule that joins them, the spectrum of the codes would be a wrong number. By tensor name.
 */
export function scaledF8(tensors: readonly Tensor[]): Map<string, string> {
  const names = new Set(tensors.map((tensor) => tensor.name));
  const reasons = new Map<string, string>();
  for (const { name, dtype } of tensors) {
    if (dtype !== "F8_E4M3" && dtype !== "F8_E5M2") continue;
    const candidates = [...SCALES.map((ending) => name + ending), name.replace(/\.weight$/, ".scale")];
    const scale = candidates.find((candidate) => candidate !== name && names.has(candidate));
    if (scale === undefined) continue;
    reasons.set(name, `${dtype} under scales, whose rule is not known here`);
    reasons.set(scale, "scales of an F8 weight");
  }
  return reasons;
}
