import { sides, type WeightMatrix } from "../solver/matrix.ts";
import type { MatrixSpectra, Solver } from "../solver/solver.ts";
import { predictTraps } from "../spectrum/index.ts";
import type { ResolvedOptions } from "./options.ts";
import { matrixTraps, type TapNull, type TapTraps, tapNull, type Untested } from "./traps.ts";

/**
 * Where the traps of a row come from: `decomposed`, a shuffled copy, as of every matrix; `confirmed`, a shuffled copy, because
 * the prediction called for one; `predicted`, the entries alone.
 */
export type TrapEvidence = MatrixTraps["evidence"];

/** What is known of the traps of a matrix, tap by tap. */
export type MatrixTraps =
  | { evidence: "decomposed" | "confirmed"; taps: readonly (TapTraps | Untested)[] }
  | { evidence: "predicted"; taps: readonly TapNull[] };

type Options = Pick<ResolvedOptions, "shuffle" | "shuffleReplicas" | "precision" | "seed">;

/** A matrix with the spectra of its shuffled copies, where they were asked for or turned out to be needed, and its traps. */
export interface Judged {
  spectra: MatrixSpectra;
  /** Null: not asked for. */
  traps: MatrixTraps | null;
}

/**
 * The traps of a matrix as the option `shuffle` says. With `auto` its spectra come without shuffled copies, and leave with those
 * that `always` would have if the entries lead to expect a trap or nearly one.
 *
 * @param level of the whole matrix.
 */
export async function judgeTraps(
  solver: Pick<Solver, "solve" | "shuffled">,
  matrix: WeightMatrix,
  spectra: MatrixSpectra,
  level: number,
  options: Options,
): Promise<Judged> {
  if (options.shuffle === "never") return { spectra, traps: null };
  if (options.shuffle === "always") {
    const taps = await matrixTraps(solver, matrix, spectra, level, options);
    return { spectra, traps: { evidence: "decomposed", taps } };
  }
  const predicted = quietTaps(matrix, spectra, level);
  if (predicted !== null) return { spectra, traps: { evidence: "predicted", taps: predicted } };
  const shuffled = await withShuffledCopies(solver, matrix, spectra, options);
  const taps = await matrixTraps(solver, matrix, shuffled, level, options);
  return { spectra: shuffled, traps: { evidence: "confirmed", taps } };
}

/** What the entries say of taps that are all far from a trap; null if one is near, or the prediction only a guess. */
function quietTaps(matrix: WeightMatrix, { taps }: MatrixSpectra, level: number): TapNull[] | null {
  const { N, M } = sides(matrix);
  const quiet: TapNull[] = [];
  for (const { moments } of taps) {
    const prediction = predictTraps(moments, N, M, level / taps.length);
    if ("reason" in prediction || prediction.near || prediction.confidence === "heavy_tailed") return null;
    quiet.push(tapNull(prediction.margins, { N, M }, level / taps.length, null));
  }
  return quiet;
}

/** Whether its spectrum comes from two factors, without a Gram matrix. */
function isProduct({ source }: WeightMatrix): boolean {
  return "left" in source && source.base === null;
}

/** The spectra with those of the shuffled copies, as solve() gives them when it is asked for both at once. */
async function withShuffledCopies(
  solver: Pick<Solver, "solve" | "shuffled">,
  matrix: WeightMatrix,
  spectra: MatrixSpectra,
  { precision, seed, shuffleReplicas: replicas }: Options,
): Promise<MatrixSpectra> {
  if (spectra.precision === "single" || isProduct(matrix)) {
    // shuffled() knows double precision only; and the promise of a product is another where copies of it are decomposed.
    const { taps, ...rest } = await solver.solve({ matrix, precision, seed, replicas });
    if (rest.precision !== spectra.precision) return { taps, ...rest };
    return { ...rest, taps: spectra.taps.map((tap, i) => ({ ...tap, shuffled: taps[i]!.shuffled })) };
  }
  const taps: MatrixSpectra["taps"] = [];
  for (const [index, tap] of spectra.taps.entries()) {
    const copies = await solver.shuffled({
      ...{ matrix, precision, seed, replicas, tap: index, firstReplica: 0, top: 0 },
      ...{ centre: 0, limit: Number.POSITIVE_INFINITY, leftOut: [] },
    });
    taps.push({ ...tap, shuffled: copies.map(({ eigenvalues }) => eigenvalues) });
  }
  return { ...spectra, taps };
}
