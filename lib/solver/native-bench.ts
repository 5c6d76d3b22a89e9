import type { WeightMatrix } from "./matrix.ts";
import type { FloatPrecision } from "./native-trainer.ts";

/** Seconds of one piece of work on the calling thread: by the clock on the wall, and of CPU time. */
export interface NativeTimes {
  seconds: number;
  cpuSeconds: number;
}

/** What one core can do at most, measured: native/core/ceilings.h. */
export interface Ceilings {
  /** The instruction set whose loops ran: the one the solver uses. */
  isa: string;
  /** Cycles per second. */
  clock: number;
  /**
   * Operations per second: `fma_f64`, `fma_f32`, and `dot_i16`, `dot_i8`, `dot_bf16` where the set has them.
   * Bytes per second of memory: `read`, `triad`.
   */
  rates: Record<string, number>;
}

/**
 * Stages timed inside the addon, for benchmarks: native/binding/bench.cpp. They block the calling thread. Errors have
 * a `code`: BLAS_NOT_FOUND, CONTENDER_NOT_AVAILABLE, CONTENDER_UNKNOWN, NO_CONVERGENCE, or one of reading.
 */
export interface NativeBench {
  /** All eigenvalues of a symmetric n × n matrix by "spectrap" or a LAPACK driver ("syevd", …), on one thread. */
  eigenvalues(
    contender: string,
    precision: "double" | "single",
    values: Float64Array,
    n: number,
  ): NativeTimes & { eigenvalues: Float64Array };
  /** WᵀW of the smaller side, full, by "spectrap" (from stored codes) or "syrk" (from decoded values), on one thread. */
  gram(
    contender: "spectrap" | "syrk",
    precision: "double" | "single",
    matrix: WeightMatrix,
  ): NativeTimes & { gram: Float64Array };
  ceilings(): Ceilings;
  /**
   * Steps of a multilayer perceptron of these widths, whole and by AdamW, and the same number of steps' matrix products
   * alone: their floor. On one thread.
   */
  trainMlp(
    widths: readonly number[],
    batchSize: number,
    precision: FloatPrecision,
    steps: number,
  ): { steps: NativeTimes; products: NativeTimes };
  /** Name of the instruction set the solver uses. Throws UNKNOWN_ISA. */
  isa(): string;
  /** Before the BLAS is opened: let it choose its kernel as it would in another program. */
  leaveKernelToLibrary(): void;
}
