import { setTimeout as wait } from "node:timers/promises";
import { resolveOptions } from "../../lib/analysis/options.ts";
import type { Row } from "../../lib/analysis/row.ts";
import { errorRow, spectraRow } from "../../lib/analysis/rows.ts";
import { SpectrapError } from "../../lib/solver/error.ts";
import type { WeightMatrix } from "../../lib/solver/matrix.ts";
import type {
  FusedProblem,
  MatrixSpectra,
  Moments,
  Problem,
  ShuffledCopy,
  ShuffledQuestion,
  Solver,
} from "../../lib/solver/solver.ts";

export function fakeMatrix(name: string, fields: Partial<WeightMatrix> = {}): WeightMatrix {
  return {
    name,
    tensor: `${name}.weight`,
    role: "dense",
    layer: 0,
    expert: null,
    rows: 30,
    cols: 20,
    taps: 1,
    source: { encoding: "F32", values: new Float32Array(0) },
    ...fields,
  };
}

/** Moments of entries ±1 in equal numbers, with one of `largest`. */
export function fakeMoments(count: number, largest = 1): Moments {
  const squares = count - 1 + largest ** 2;
  const extremes = (first: number, rest: number) => ({
    values: Float64Array.from({ length: Math.min(count, 1024) }, (_, i) => (i === 0 ? first : rest)),
    positions: new Float64Array(Math.min(count, 1024)),
  });
  return {
    count,
    zeros: 0,
    shift: 0,
    sums: [0, squares, 0, count - 1 + largest ** 4],
    sumSquares: squares,
    smallest: extremes(-1, -1),
    largest: extremes(largest, 1),
  };
}

/** Spectra with eigenvalues scale·(1, 4, 9, …); those of replica r are moved by r + 1. */
export function fakeSpectra(
  { matrix, replicas }: Pick<Problem, "matrix" | "replicas">,
  scale = 1,
): MatrixSpectra {
  const M = Math.min(matrix.rows, matrix.cols);
  const eigenvalues = Float64Array.from({ length: M }, (_, i) => scale * (i + 1) ** 2);
  const tap = {
    moments: fakeMoments(matrix.rows * matrix.cols),
    eigenvalues,
    shuffled: Array.from({ length: replicas }, (_, replica) =>
      eigenvalues.map((value) => value + replica + 1),
    ),
  };
  return {
    taps: Array.from({ length: matrix.taps }, () => tap),
    seconds: { moments: 0, shuffle: 0, gram: 0, reduce: 0, chase: 0, roots: 0 },
    precision: "double",
    promise: 1e-12,
  };
}

export function fakeRow(name: string, fields: Partial<Row> = {}): Row {
  const matrix = fakeMatrix(name);
  return {
    ...spectraRow(
      matrix,
      { spectra: fakeSpectra({ matrix, replicas: 1 }), traps: null, windows: null },
      resolveOptions({}),
    ),
    ...fields,
  };
}

export function fakeErrorRow(name: string, code = "MX_SCALE_NAN", reason = "the scale is NaN"): Row {
  return errorRow(fakeMatrix(name), new SpectrapError(code, reason), resolveOptions({}));
}

/** Answers after a pause that depends on the name, so that problems finish out of order; cancels as the real one does. */
export class FakeSolver implements Solver {
  readonly threads = 2;
  readonly memoryBytes = 2 ** 30;
  readonly name = "native";
  readonly kernel = "fake";
  readonly blas = null;
  readonly solved: Problem[] = [];
  readonly fused: FusedProblem[] = [];
  running = 0;
  peak = 0;
  cancelled = false;
  closed = false;

  async solve(problem: Problem): Promise<MatrixSpectra> {
    this.solved.push(problem);
    this.peak = Math.max(this.peak, ++this.running);
    try {
      await wait((problem.matrix.name.length * 7 + problem.matrix.name.charCodeAt(0)) % 5);
      if (this.cancelled) throw new SpectrapError("ERR_CANCELLED", "cancelled");
      const failure = /^fail (\S+)/.exec(problem.matrix.name);
      if (failure !== null) throw new SpectrapError(failure[1]!, "as asked", { tensor: problem.matrix.name });
      if (problem.matrix.name === "mistake") throw new TypeError("a mistake of ours");
      return fakeSpectra(problem);
    } finally {
      this.running--;
    }
  }

  solveFused(problem: FusedProblem): Record<keyof FusedProblem, Promise<MatrixSpectra>> {
    this.fused.push(problem);
    const { gate, up, fused } = problem;
    return { gate: this.solve(gate), up: this.solve(up), fused: this.solve(fused) };
  }

  async shuffled({ matrix, replicas, top }: ShuffledQuestion): Promise<ShuffledCopy[]> {
    const { eigenvalues } = fakeSpectra({ matrix, replicas: 0 }).taps[0]!;
    const axes = (length: number) =>
      Float64Array.from({ length: top * length }, (_, i) => Number(i % length === 0));
    return Array.from({ length: replicas }, () => ({
      eigenvalues,
      rowVectors: axes(matrix.rows),
      colVectors: axes(matrix.cols),
      origins: new Float64Array(top),
    }));
  }

  async localisation({ rows, cols }: WeightMatrix, _tap: number, top: number) {
    const { eigenvalues } = fakeSpectra({ matrix: fakeMatrix("any", { rows, cols }), replicas: 0 }).taps[0]!;
    const ones = () => new Float64Array(top).fill(1);
    return { values: eigenvalues, entropy: ones(), locRatio: ones(), ipr: ones() };
  }

  bytes(): number {
    return 0;
  }

  cancel(): void {
    this.cancelled = true;
  }

  close(): void {
    if (this.running > 0) throw new Error("closed with problems outstanding");
    this.closed = true;
  }
}
