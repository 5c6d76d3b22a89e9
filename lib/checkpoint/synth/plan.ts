import type { SynthPlan } from "./options.ts";

/** What the entries of a matrix are made of; `trap` adds single large entries, `heavy` a power-law tail. */
export type Kind = "noise" | "heavy" | "trap" | "heavy_trap";

/** A tensor as it stands in a header. */
export interface StoredTensor {
  name: string;
  dtype: "BF16" | "F32" | "U8";
  shape: number[];
}

export interface PlannedMatrix {
  /** Keys the content; the same in every layout. */
  name: string;
  kind: Kind;
  rows: number;
  cols: number;
  /** Standard deviation of an entry. */
  deviation: number;
  /** Exponent of the planted tail, density ∝ λ^−α; null for a light one. */
  alpha: number | null;
  /** Number of planted entries. */
  traps: number;
}

/**
 * The k matrices of one shape whose rows alternate in a stored tensor: row r of matrix i is stored row
 * firstRow + r·k + i.
 */
export interface MatrixGroup {
  encoding: "BF16" | "F32" | "MXFP4";
  tensor: string;
  /** Tensor of the MXFP4 exponents, else null. */
  scales: string | null;
  firstRow: number;
  matrices: PlannedMatrix[];
}

/** Gaussian numbers from element `first` of a tensor on: norms, biases, sinks. */
export interface PlannedVector {
  name: string;
  tensor: string;
  first: number;
  length: number;
  mean: number;
  deviation: number;
}

/** Everything a checkpoint holds, in the order it is written. */
export interface CheckpointPlan {
  tensors: StoredTensor[];
  groups: MatrixGroup[];
  vectors: PlannedVector[];
  /** Further JSON files by name. */
  documents: Record<string, unknown>;
}

export const TENSOR_BYTES = { BF16: 2, F32: 4, U8: 1 } as const;

export function elements(tensor: StoredTensor): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}

const CYCLE: readonly Kind[] = ["noise", "heavy", "trap", "heavy_trap"];

/** Kinds take turns over layers and experts. */
export function kindInTurn(turn: number): Kind {
  return CYCLE[turn % CYCLE.length]!;
}

export function withoutTraps(kind: Kind): Kind {
  if (kind === "trap") return "noise";
  return kind === "heavy_trap" ? "heavy" : kind;
}

/**
 * A matrix with what `turn` plants in it: the tail exponent and one to three traps. The deviation 1/√cols keeps
 * the scale of what the matrix is multiplied with.
 */
export function plantedMatrix(
  plan: SynthPlan,
  place: { name: string; rows: number; cols: number; deviation?: number },
  wanted: Kind,
  turn: number,
): PlannedMatrix {
  const kind = plan.traps === "planted" ? wanted : withoutTraps(wanted);
  return {
    kind,
    deviation: 1 / Math.sqrt(place.cols),
    ...place,
    alpha: kind.startsWith("heavy") ? plan.tail[turn % plan.tail.length]! : null,
    traps: kind.endsWith("trap") ? 1 + (turn % 3) : 0,
  };
}
