import { shuffleKey } from "../spectrum/shuffle.ts";
import {
  addon,
  type LineEnergies,
  type NativeEigenPairs,
  type NativeGroup,
  type NativePool,
  type NativeProblem,
} from "./addon.ts";
import { addonError } from "./addon-error.ts";
import { allowedCores, defaultMemoryBudget } from "./machine.ts";
import type { WeightMatrix } from "./matrix.ts";
import type {
  BlasInfo,
  FusedProblem,
  MatrixSpectra,
  Moments,
  Problem,
  Solver,
  SolverName,
  SolverOptions,
} from "./solver.ts";

/** What a backend is made of. */
export type Backend = Pick<Solver, "name" | "kernel" | "blas">;

/** What every backend shares: a pool of native threads in the addon, which is told with each problem who computes. */
export abstract class AddonSolver implements Solver {
  readonly name: SolverName;
  readonly kernel: string;
  readonly blas: BlasInfo | null;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly #native: NativePool;

  constructor({ name, kernel, blas }: Backend, options: Omit<SolverOptions, "solver">) {
    this.name = name;
    this.kernel = kernel;
    this.blas = blas;
    this.threads = options.threads ?? allowedCores();
    this.memoryBytes = options.memoryBytes ?? defaultMemoryBudget();
    if (!Number.isInteger(this.threads) || this.threads < 1 || this.threads > 1024) {
      throw new RangeError(`threads must be a whole number from 1 to 1024, received ${options.threads}`);
    }
    if (!(this.memoryBytes > 0)) {
      throw new RangeError(`memoryBytes must be positive, received ${options.memoryBytes}`);
    }
    this.#native = new (addon().Solver)(this.threads, this.memoryBytes);
  }

  async solve(problem: Problem): Promise<MatrixSpectra> {
    const [spectra] = await this.#solve([this.#problem(problem)]);
    return spectra!;
  }

  solveFused(problem: FusedProblem): Record<keyof FusedProblem, Promise<MatrixSpectra>> {
    const { gate, up, fused } = problem;
    const group = this.#solve([gate, up, fused].map((part) => this.#problem(part)));
    // A broken half spoils the group, not the other half: then each goes its own way.
    const part = (name: keyof FusedProblem, index: number) =>
      group.then(
        (spectra) => spectra[index]!,
        () => this.solve(problem[name]),
      );
    return { gate: part("gate", 0), up: part("up", 1), fused: part("fused", 2) };
  }

  /**
   * Eigenvalues of a matrix of one tap, and eigenvectors of the `top` largest, 0 to M; all M need a BLAS, whatever the
   * backend.
   */
  async eigen(question: Pick<Problem, "matrix" | "precision">, top: number): Promise<NativeEigenPairs> {
    const { matrix, precision } = question;
    return await named(matrix, this.#native.eigen({ matrix, precision, solver: this.name }, top));
  }

  /** The moments of each tap, from one pass over the weights that is bound by reading; decomposes nothing. */
  async screen(matrix: WeightMatrix): Promise<Moments[]> {
    return await named(matrix, this.#native.screen(matrix));
  }

  /** Σw² of rows and columns of a tap, from zero; reads little else. */
  async lineEnergies(
    matrix: WeightMatrix,
    tap: number,
    rows: readonly number[],
    cols: readonly number[],
  ): Promise<LineEnergies> {
    return await named(matrix, this.#native.lineEnergies(matrix, tap, rows, cols));
  }

  bytes(problem: Problem): number {
    return addon().problemBytes([this.#problem(problem)]);
  }

  cancel(): void {
    this.#native.cancel();
  }

  close(): void {
    this.#native.close();
  }

  async #solve(group: NativeGroup): Promise<MatrixSpectra[]> {
    return await named(group.at(-1)!.matrix, this.#native.solve(group));
  }

  #problem({ matrix, precision, seed, replicas }: Problem): NativeProblem {
    return { matrix, precision, solver: this.name, replicas, key: shuffleKey(seed, matrix.name) };
  }
}

/** The answer, or an error that names the matrix. */
async function named<Answer>(matrix: WeightMatrix, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    throw addonError(cause, matrix);
  }
}
