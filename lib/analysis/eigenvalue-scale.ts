import type { WeightMatrix } from "../solver/matrix.ts";
import { kernelScale } from "../spectrum/index.ts";

/** What the eigenvalues of a matrix are multiplied by in its columns. */
export function eigenvalueScale({ role, slice }: Pick<WeightMatrix, "role" | "slice">): number {
  return role === "conv" ? kernelScale(slice?.taps ?? "pooled") : 1;
}
