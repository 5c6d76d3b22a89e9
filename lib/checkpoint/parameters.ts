import type { Layout } from "./checkpoint.ts";
import { gptOssPiece } from "./gpt-oss-names.ts";
import { elementCount, type Tensor } from "./tensor.ts";

/**
 * Parameters of the model that a tensor holds: one per element, but two per byte of MXFP4 codes and none
 * in scales, which are part of how their weights are written.
 */
export function parameterCount(tensor: Tensor, layout: Layout): number {
  if (tensor.dtype === "F8_E8M0") return 0;
  const kind = layout === "plain" ? undefined : gptOssPiece(tensor.name, layout)?.kind;
  if (kind === "scales") return 0;
  return elementCount(tensor.shape) * (kind === "blocks" ? 2 : 1);
}
