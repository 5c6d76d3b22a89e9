import type { SpectrapError } from "../solver/error.ts";
import type { Role, WeightMatrix } from "../solver/matrix.ts";
import type { Dtype } from "./dtype.ts";

/** A tensor no matrix is read from, and why. */
export interface Skipped {
  tensor: string;
  shape: readonly number[];
  dtype: Dtype;
  reason: string;
  parameters: number;
}

/** A tensor whose companions are missing or do not fit: it has no matrices, and its row is an error row. */
export interface Broken {
  /** Unique in its checkpoint, among matrices too. */
  name: string;
  tensor: string;
  role: Role;
  layer: number | null;
  error: SpectrapError;
  /** Place in the plan: this row comes before `matrices[order]` (and after the broken ones before it). */
  order: number;
}

/** Every weight matrix of a checkpoint, in the order of its rows, and what becomes of all other tensors. */
export interface Plan {
  matrices: WeightMatrix[];
  /** Sorted by tensor name in natural order. */
  skipped: Skipped[];
  broken: Broken[];
}

export interface PlanOptions {
  /** Add the gate_up matrix of every GPT-OSS expert after its gate and up. */
  fused?: boolean;
}
