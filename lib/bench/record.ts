import type { BenchPrecision } from "./contenders.ts";
import type { Kind } from "./kinds.ts";
import type { KernelChoice } from "./runners.ts";

/** One contender on one matrix, as a line of JSON. Names are for people of data: snake_case. */
export interface SolverRecord {
  schema: "spectrap-bench-solver/1";
  solver: string;
  precision: BenchPrecision;
  /** Kernel of the BLAS, or instruction set; null: it does not say. */
  kernel: string | null;
  /** Whose choice the kernel was; null for those that have none. */
  kernel_choice: KernelChoice | null;
  kind: Kind;
  n: number;
  /** Rows of W for a Gram matrix, else null. */
  rows: number | null;
  seed: number;
  /** From the symmetric matrix in memory to its sorted eigenvalues: median of the rounds, wall and CPU. */
  seconds: number;
  cpu_seconds: number;
  seconds_min: number;
  seconds_max: number;
  rounds: number;
  threads: 1;
  /** 4/3·n³ / seconds. */
  gflops: number;
  /** Of the FMA peak of this precision, measured in the same run, in CPU time. */
  fraction_of_peak: number;
  /** Null: there was nothing to compare with. */
  max_error_over_lambda_max: number | null;
  /** What the eigenvalues were compared with. */
  reference: string | null;
  peak_gflops: number;
  clock_ghz: number;
  machine: { cpu: string; cores: number; memory: number; platform: string; node: string };
  /** Version and build of the contender's library; null for spectrap. */
  library: string | null;
  version: string;
  command: string;
  date: string;
}

/** Operations of the reduction to tridiagonal form, the count every solver is measured by. */
export function eigenFlops(n: number): number {
  return (4 / 3) * n ** 3;
}
