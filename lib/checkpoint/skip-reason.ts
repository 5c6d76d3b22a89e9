import { isFloatEncoding } from "./dtype.ts";
import { elementCount, type Tensor } from "./tensor.ts";

/** Shortest side of a matrix: with less there is one eigenvalue and no spectrum. */
export const MIN_SIDE = 2;

export const EMPTY = "empty tensor";
export const SHORT_SIDE = `a side is shorter than ${MIN_SIDE}`;

/** Why a tensor, taken by itself, is no weight matrix; null when it is one. */
export function skipReason(tensor: Tensor): string | null {
  const { dtype, shape } = tensor;
  if (elementCount(shape) === 0) return EMPTY;
  if (!isFloatEncoding(dtype)) return dtypeReason(dtype);
  if (shape.length === 0) return "scalar";
  if (shape.length === 1) return "vector (a bias, a norm or the like)";
  if (shape.length === 3) return "tensor of rank 3 of unknown meaning";
  if (shape.length > 4) return `tensor of rank ${shape.length}`;
  if (Math.min(shape[0]!, shape[1]!) < MIN_SIDE) return SHORT_SIDE;
  return null;
}

function dtypeReason(dtype: Tensor["dtype"]): string {
  switch (dtype) {
    case "BOOL":
      return "truth values";
    case "C64":
      return "complex numbers";
    case "F8_E8M0":
      return "scales (F8_E8M0 is never a weight)";
    case "F8_E4M3FNUZ":
    case "F8_E5M2FNUZ":
      return `${dtype} is not decoded`;
    case "F6_E2M3":
    case "F6_E3M2":
      return `${dtype} is not decoded: the format does not say how its codes are packed`;
    case "F4":
      return "F4 without a rule for its scales";
    default:
      return "integer tensor without a dequantisation rule";
  }
}
