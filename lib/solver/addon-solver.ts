import { shuffleKey } from "../spectrum/shuffle.ts";
import type { EigenvectorLocalisation } from "../spectrum/vector-columns.ts";
import {
  addon,
  type LineEnergies,
  type NativeEigenPairs,
  type NativeGroup,
  type NativePool,
  type NativeProblem,
} from "./addon.ts";
import { addonError } from "./addon-error.ts";
import type { TapDistance } from "./distance.ts";
import { checkEdits, type EditedPiece, type Piece, tapEdit } from "./edit.ts";
import { allowedCores, defaultMemoryBudget } from "./machine.ts";
import type { WeightMatrix } from "./matrix.ts";
import type {
  BlasInfo,
  FusedProblem,
  MatrixSpectra,
  Moments,
  Problem,
  ShuffledCopy,
  ShuffledQuestion,
  Solver,
  SolverName,
  SolverOptions,
} from "./solver.ts";
import { tapMatrix } from "./tap-matrix.ts";

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

  async localisation(matrix: WeightMatrix, tap: number, top: number): Promise<EigenvectorLocalisation> {
    const question = { matrix, precision: "double", solver: this.name } as const;
    return await named(matrix, this.#native.localisation(question, tap, top));
  }

  async shuffled(question: ShuffledQuestion): Promise<ShuffledCopy[]> {
    const { tap, firstReplica, centre, limit, leftOut, top } = question;
    const asked = { ...this.#problem(question), tap, firstReplica, centre, limit, leftOut, top };
    return await named(question.matrix, this.#native.shuffled(asked));
  }

  /**
   * The elements of a piece with its matrices edited, in float64 arithmetic; `seed` keys the shuffles as in solve().
   * Errors: US_OPTION, EDIT_RANGE, EDIT_PIECE, and those of solve().
   */
  async edit({ elements, parts }: Piece, seed: number): Promise<EditedPiece> {
    for (const part of parts) checkEdits(part);
    const native = parts.map((part) => ({
      ...this.#problem({ matrix: tapMatrix(part.matrix, part.tap), precision: "double", seed, replicas: 0 }),
      ...tapEdit(part, part.tap),
      tap: part.tap,
      place: part.place,
    }));
    return await named(parts[0]!.matrix, this.#native.edit({ elements, parts: native }));
  }

  /** Distances of two matrices of one shape, tap by tap; with `cka` at the cost of two Gram matrices. */
  async distance(first: WeightMatrix, second: WeightMatrix, cka: boolean): Promise<TapDistance[]> {
    return await named(first, this.#native.distance(first, second, cka));
  }

  /**
   * The moments of each tap, from one pass over the weights; decomposes nothing. With `extremes` entries at each end, from 1
   * to 1024: keeping that many costs a third of the pass.
   */
  async screen(matrix: WeightMatrix, extremes = 1024): Promise<Moments[]> {
    return await named(matrix, this.#native.screen(matrix, extremes));
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
