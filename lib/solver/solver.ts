import type { EigenvectorLocalisation } from "../spectrum/vector-columns.ts";
import type { WeightMatrix } from "./matrix.ts";

/** Who computes: spectrap's own kernels, or the system's BLAS and LAPACK. */
export type SolverName = "native" | "lapack";

/** See docs/method.md, "Promise". */
export type Precision = "double" | "single" | "reference";

/** Entries at one end of a matrix, the most extreme first; among equals the lowest position. At most 1024. */
export interface Extremes {
  values: Float64Array;
  /** Row-major, row·cols + col. */
  positions: Float64Array;
}

/** Sums over the entries w of one tap, in float64. */
export interface Moments {
  count: number;
  /** Entries equal to 0, either sign. */
  zeros: number;
  shift: number;
  /** Σ(w − shift)^k for k = 1…4. */
  sums: [number, number, number, number];
  /** Σw². */
  sumSquares: number;
  smallest: Extremes;
  largest: Extremes;
}

/** What was computed of one tap. Eigenvalues are those of WᵀW of the smaller side, without 1/N, ascending, ≥ 0. */
export interface TapSpectra {
  moments: Moments;
  eigenvalues: Float64Array;
  /** One spectrum for each replica. */
  shuffled: Float64Array[];
}

/**
 * Wall seconds by stage of the pipeline. `reduce` takes a Gram matrix to band form and `chase` that to tridiagonal form;
 * LAPACK goes the whole way in `reduce`, and `chase` is 0.
 */
export type StageSeconds = Record<"moments" | "shuffle" | "gram" | "reduce" | "chase" | "roots", number>;

export interface MatrixSpectra {
  taps: TapSpectra[];
  seconds: StageSeconds;
  /** What was used; `double` where `single`, though asked for, cannot keep its promise. */
  precision: Precision;
  /** |Δλ| ≤ promise·λmax. */
  promise: number;
}

/** What is asked about one matrix. */
export interface Problem {
  matrix: WeightMatrix;
  precision: Precision;
  /** Whole number from 0 to 2^53 − 1; keys the shuffle together with the matrix's name. */
  seed: number;
  /** Shuffled copies to decompose; 0: none. */
  replicas: number;
}

/** Shuffled copies of one tap, their entries altered before the shuffle: w → clamp(w − centre, −limit, limit), 0 if left out. */
export interface ShuffledQuestion extends Problem {
  tap: number;
  /** Copies firstReplica … firstReplica + replicas − 1. */
  firstReplica: number;
  centre: number;
  /** Infinity: none. */
  limit: number;
  /** Positions row·cols + col. */
  leftOut: readonly number[];
  /** Pairs of singular vectors wanted, 0 to M. */
  top: number;
}

/** A shuffled copy, and the singular vectors of its largest singular values in the order of the eigenvalues. */
export interface ShuffledCopy {
  /** All M, ascending. */
  eigenvalues: Float64Array;
  /** `top` vectors of `rows` numbers, of norm 1, one after another. */
  rowVectors: Float64Array;
  /** `top` vectors of `cols` numbers. */
  colVectors: Float64Array;
  /**
   * Of each pair: where the entry that stands at the largest component of either vector came from, as a position
   * row·cols + col of the matrix as stored.
   */
  origins: Float64Array;
}

/** The halves of a fused matrix and that matrix: its Gram is the sum of theirs. */
export interface FusedProblem {
  gate: Problem;
  up: Problem;
  fused: Problem;
}

/** The linear-algebra library in use. */
export interface BlasInfo {
  /** The name it was opened by. */
  library: string;
  /** The file that name led to, links resolved: distributions choose a vendor and a build by links. */
  file: string;
  /** Its build, as it describes itself; empty if it does not. */
  config: string;
  /** The set of kernels it runs, e.g. "SkylakeX"; empty if it does not say. */
  kernel: string;
  threading: "sequential" | "pthread" | "openmp" | "unknown";
  /** True if spectrap chose the kernel for this CPU; false if the library or the user did. */
  kernelChosen: boolean;
}

/** Instruction sets of spectrap's own kernels. */
export interface Kernels {
  /** The one in use. */
  name: string;
  /** All that this CPU can run, slowest first. */
  available: string[];
}

export interface SolverOptions {
  /** Default: `"native"`; `"lapack"` with the precision `"reference"`. */
  solver?: SolverName;
  /** Problems solved at the same time. Default: one for each physical core the process may use. */
  threads?: number;
  /** Bytes all running problems may take together. Default: half of the free memory. */
  memoryBytes?: number;
}

/**
 * Solves many problems on native threads inside a memory budget. Results do not depend on threads or order.
 * Failures reject with a SpectrapError that names the matrix: a decoding code, CK_FILE_CHANGED, NON_FINITE,
 * SPECTRUM_CHECK, MEMORY_BUDGET, NO_CONVERGENCE or ERR_CANCELLED.
 */
export interface Solver {
  readonly name: SolverName;
  readonly threads: number;
  readonly memoryBytes: number;
  /** Of `lapack`; null of `native`, which uses none. */
  readonly blas: BlasInfo | null;
  /** What decides the last bits: the instruction set of `native`, the kernel of the BLAS of `lapack` (may be empty). */
  readonly kernel: string;
  solve(problem: Problem): Promise<MatrixSpectra>;
  /** Each of the three settles by itself, so that a broken half leaves the other one whole. */
  solveFused(problem: FusedProblem): Record<keyof FusedProblem, Promise<MatrixSpectra>>;
  /** Always in double precision; altered entries are rounded to float32. */
  shuffled(question: ShuffledQuestion): Promise<ShuffledCopy[]>;
  /**
   * How the eigenvectors of the `top` largest eigenvalues of a tap, 0 to M, are spread over their components: the right singular
   * vectors if rows > cols, else the left ones. In double precision. All M come from LAPACK, whatever the solver: BLAS_NOT_FOUND.
   */
  localisation(matrix: WeightMatrix, tap: number, top: number): Promise<EigenvectorLocalisation>;
  /** Peak bytes of one problem. */
  bytes(problem: Problem): number;
  /** Outstanding problems reject with ERR_CANCELLED as soon as they reach the end of a stage. */
  cancel(): void;
  /** Ends the threads. Call it when all problems have settled. */
  close(): void;
}
