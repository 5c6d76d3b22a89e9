import type { WeightMatrix } from "../../solver/matrix.ts";
import type { Solver } from "../../solver/solver.ts";
import { type TrapColumns, trapColumns } from "../trap-columns.ts";
import { matrixTraps } from "../traps.ts";

/** What a shuffled copy has by the calibrated test: the columns of these names in a row of the same seed and level. */
export interface Confirmation
  extends Pick<
    TrapColumns,
    "traps" | "trapP" | "meanTrap" | "meanTrapP" | "trapReference" | "trapCentred" | "trapOrigins"
  > {
  /** Its largest eigenvalues with the mean in it, one more than traps are predicted or found, taps together. */
  lambdas: number[];
}

/**
 * The calibrated test of a shuffled copy, as an analysis makes it. The matrix itself is decomposed along with the copy: so
 * the moments, whose sums differ from those of a screening in their last bits, are those of an analysis too.
 *
 * @param predicted traps, so many eigenvalues are shown at least.
 * @param level of the whole matrix.
 */
export async function confirm(
  matrix: WeightMatrix,
  predicted: number,
  level: number,
  seed: number,
  solver: Pick<Solver, "solve" | "shuffled">,
): Promise<Confirmation> {
  const precision = "double";
  const spectra = await solver.solve({ matrix, precision, seed, replicas: 1 });
  const taps = await matrixTraps(solver, matrix, spectra, level, { precision, seed });
  const { traps, trapP, meanTrap, meanTrapP, trapReference, trapCentred, trapOrigins } = trapColumns({
    evidence: "confirmed",
    taps,
  }).columns;
  const shown = 1 + Math.max(traps ?? 0, predicted);
  const lambdas = spectra.taps.flatMap(({ shuffled: [copy] }) => [...copy!.slice(-shown)]);
  return {
    ...{ traps, trapP, meanTrap, meanTrapP, trapReference, trapCentred, trapOrigins },
    lambdas: lambdas.sort((a, b) => b - a).slice(0, shown),
  };
}
