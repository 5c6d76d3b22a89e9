import { SpectrapError } from "../solver/error.ts";
import { sides, type WeightMatrix } from "../solver/matrix.ts";
import type { MatrixSpectra, Solver } from "../solver/solver.ts";
import type { Reason } from "../spectrum/index.ts";
import {
  type Part,
  type TapVectors,
  tailSizes,
  type VectorColumn,
  vectorColumns,
  vectorColumnsOf,
} from "../spectrum/vector-columns.ts";
import { eigenvalueScale } from "./eigenvalue-scale.ts";
import type { Row } from "./row.ts";

const VECTOR_COLUMNS = new Set<keyof Row>([...vectorColumnsOf("bulk"), ...vectorColumnsOf("tail")]);

/** Whether a column is about eigenvectors, and so on request only. */
export function isVectorColumn(key: keyof Row): boolean {
  return VECTOR_COLUMNS.has(key);
}

/**
 * The row with the columns of eigenvectors, bulk and tail divided at its xmin. Without a BLAS there is only the tail, whose vectors
 * our own solver has.
 *
 * @param spectra those the row was made of.
 */
export async function withVectors(
  solver: Pick<Solver, "localisation">,
  matrix: WeightMatrix,
  { taps }: MatrixSpectra,
  row: Row,
): Promise<Row> {
  if (row.xmin === null) {
    const why = row.reasons.xmin!;
    return withPart(withPart(row, "bulk", why), "tail", why);
  }
  const { N, M } = sides(matrix);
  const tails = tailSizes(
    taps.map(({ eigenvalues }) => eigenvalues),
    eigenvalueScale(matrix),
    row.xmin,
  );
  const all = await solved(solver, matrix, tails, () => M);
  // A tap without a tail still wants one vector: asked for none, the solver would decompose all taps.
  const ofTail = all ?? (await solved(solver, matrix, tails, (tail) => Math.max(tail, 1)));
  const bulk = all === null ? "blas_not_found" : (vectorColumns("bulk", all, N) ?? "no_bulk");
  const tail = ofTail === null ? "blas_not_found" : vectorColumns("tail", ofTail, N)!;
  return withPart(withPart(row, "bulk", bulk), "tail", tail);
}

/** The vectors of every tap; null if that takes a BLAS, and there is none. */
async function solved(
  solver: Pick<Solver, "localisation">,
  matrix: WeightMatrix,
  tails: readonly number[],
  top: (tail: number) => number,
): Promise<TapVectors[] | null> {
  const taps: TapVectors[] = [];
  try {
    for (const [index, tail] of tails.entries()) {
      taps.push({ ...(await solver.localisation(matrix, index, top(tail))), tail });
    }
  } catch (error) {
    if (error instanceof SpectrapError && error.code === "BLAS_NOT_FOUND") return null;
    throw error;
  }
  return taps;
}

function withPart(row: Row, part: Part, found: ReturnType<typeof vectorColumns> | Reason): Row {
  if (typeof found !== "string") return { ...row, ...found };
  const reasons: Partial<Record<VectorColumn, Reason>> = {};
  for (const column of vectorColumnsOf(part)) reasons[column] = found;
  return { ...row, reasons: { ...row.reasons, ...reasons } };
}
