import { shuffleKey } from "../spectrum/shuffle.ts";
import { addon, type NativeGroup, type NativeProblem, type NativeSolver } from "./addon.ts";
import { SpectrapError } from "./error.ts";
import { allowedCores, defaultMemoryBudget } from "./machine.ts";
import type { BlasInfo, FusedProblem, MatrixSpectra, Problem, Solver, SolverOptions } from "./solver.ts";

/** What to do about an error the addon cannot give advice on. */
const HINTS: Record<string, string> = {
  BLAS_NOT_FOUND: 'install OpenBLAS ("apt-get install libopenblas0") or name a library in SPECTRAP_BLAS',
  MEMORY_BUDGET: "raise the memory budget (--memory)",
  CK_FILE_CHANGED: "do not write to a checkpoint while it is analysed; start again",
};

/** The backend that forms Gram matrices and eigenvalues with the system's BLAS and LAPACK. Throws BLAS_NOT_FOUND. */
export class LapackSolver implements Solver {
  readonly threads: number;
  readonly memoryBytes: number;
  readonly blas: BlasInfo;
  readonly #native: NativeSolver;

  constructor(options: SolverOptions = {}) {
    this.threads = options.threads ?? allowedCores();
    this.memoryBytes = options.memoryBytes ?? defaultMemoryBudget();
    if (!Number.isInteger(this.threads) || this.threads < 1 || this.threads > 1024) {
      throw new RangeError(`threads must be a whole number from 1 to 1024, received ${options.threads}`);
    }
    if (!(this.memoryBytes > 0)) {
      throw new RangeError(`memoryBytes must be positive, received ${options.memoryBytes}`);
    }
    try {
      this.#native = new (addon().Solver)(this.threads, this.memoryBytes);
      this.blas = addon().blas();
    } catch (cause) {
      throw solverError(cause);
    }
  }

  async solve(problem: Problem): Promise<MatrixSpectra> {
    const [spectra] = await this.#solve([native(problem)]);
    return spectra!;
  }

  solveFused(problem: FusedProblem): Record<keyof FusedProblem, Promise<MatrixSpectra>> {
    const group = this.#solve([native(problem.gate), native(problem.up), native(problem.fused)]);
    // A broken half spoils the group, not the other half: then each goes its own way.
    const part = (name: keyof FusedProblem, index: number) =>
      group.then(
        (spectra) => spectra[index]!,
        () => this.solve(problem[name]),
      );
    return { gate: part("gate", 0), up: part("up", 1), fused: part("fused", 2) };
  }

  bytes(problem: Problem): number {
    return addon().problemBytes([native(problem)]);
  }

  cancel(): void {
    this.#native.cancel();
  }

  close(): void {
    this.#native.close();
  }

  async #solve(group: NativeGroup): Promise<MatrixSpectra[]> {
    try {
      return await this.#native.solve(group);
    } catch (cause) {
      throw solverError(cause, group.at(-1)!);
    }
  }
}

/** The linear-algebra library, opened if it is not yet. Throws BLAS_NOT_FOUND or ADDON_NOT_FOUND. */
export function blas(): BlasInfo {
  try {
    return addon().blas();
  } catch (cause) {
    throw solverError(cause);
  }
}

function native(problem: Problem): NativeProblem {
  const { matrix, precision, seed, replicas } = problem;
  return { matrix, precision, replicas, key: shuffleKey(seed, matrix.name) };
}

/** Gives an error of the addon its place; errors without a code are mistakes of ours and stay as they are. */
function solverError(cause: unknown, problem?: NativeProblem): unknown {
  if (cause instanceof SpectrapError || !(cause instanceof Error)) return cause;
  const { code, file } = cause as Error & { code?: string; file?: string };
  if (code === undefined) return cause;
  const hint = HINTS[code];
  return new SpectrapError(code, cause.message, {
    cause,
    ...(problem === undefined ? {} : { tensor: problem.matrix.name }),
    ...(file === undefined ? {} : { file }),
    ...(hint === undefined ? {} : { hint }),
  });
}
