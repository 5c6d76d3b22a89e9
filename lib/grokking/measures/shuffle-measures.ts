import { type TapTraps, tapTraps } from "../../analysis/traps.ts";
import { sides, type WeightMatrix } from "../../solver/matrix.ts";
import type { MatrixSpectra, Solver } from "../../solver/solver.ts";
import {
  countTraps,
  fitWeightWatcherMp,
  marchenkoPasturEdges,
  pooledEigenvalues,
  type Reason,
  type WeightWatcherMp,
  weightwatcherReplicas,
} from "../../spectrum/index.ts";
import { median } from "../../spectrum/median.ts";
import { type CountEnsemble, countEnsemble } from "./ensemble.ts";
import { marchenkoPasturTest } from "./marchenko-pastur-distance.ts";

/** What shuffled copies of a matrix say; null where the entries have no scale, or the fit fails. */
export interface ShuffleMeasures {
  /** Eigenvalues beyond λ₊ + √TW of WeightWatcher 0.7.5.5, of the matrix as it is; a copy without a fit is left out. */
  wwTraps: CountEnsemble | null;
  /** The number that WeightWatcher prints: of the first copy, or of five in one list where there are fewer than 100 eigenvalues. */
  wwTrapsPooled: number | null;
  /** The same after mean(W) was taken out. */
  wwTrapsCentred: CountEnsemble | null;
  /** σ of WeightWatcher's fit, in units in which the eigenvalues have mean one: median over the copies. */
  wwSigma: number | null;
  /** Outliers of the calibrated test (docs/method.md, "Traps") of the matrix as it is, mean and all. */
  calibratedTraps: CountEnsemble | null;
  calibratedTrapsCentred: CountEnsemble | null;
  /** Traps of the first copy, less that of the mean, that an entry makes, and those no entry explains. */
  entryTraps: number | null;
  diffuseTraps: number | null;
  /** Whether the mean makes a trap, and its p-value. */
  meanTrap: boolean | null;
  meanTrapP: number | null;
  /** Mean of the entries. */
  mean: number;
  /** m²NM, the eigenvalue of the mean alone. */
  meanSpike: number;
  /** λ₊ = s²(√N + √M)² of the shuffled bulk, s the deviation of entries that make no outlier. */
  bulkEdge: number | null;
  /** Median over the copies of their largest eigenvalue. */
  shuffledMax: number;
  /** Kolmogorov–Smirnov distance of a copy from that law and its p-value for independent numbers: medians over the copies. */
  ks: number | null;
  ksP: number | null;
  /** The same without the outliers of the calibrated test. */
  ksBulk: number | null;
  ksBulkP: number | null;
}

/** Why there is none of a number. */
export type ShuffleReasons = Partial<Record<keyof ShuffleMeasures, Reason>>;

const OF_THE_ENTRIES = [
  "calibratedTraps",
  "calibratedTrapsCentred",
  "entryTraps",
  "diffuseTraps",
  "meanTrap",
  "meanTrapP",
  "bulkEdge",
  "ks",
  "ksP",
  "ksBulk",
  "ksBulkP",
] as const;

/**
 * Measures of the shuffled copies that came with the spectra of a matrix of one tap, and of as many whose mean was taken out.
 *
 * @param level of the calibrated test.
 * @throws by rejection: as the solver does.
 */
export async function shuffleMeasures(
  solver: Pick<Solver, "shuffled">,
  matrix: WeightMatrix,
  { taps }: MatrixSpectra,
  { level, seed }: { level: number; seed: number },
): Promise<{ measures: ShuffleMeasures; reasons: ShuffleReasons }> {
  const { N, M } = sides(matrix);
  const tap = taps[0]!;
  const { moments, shuffled } = tap;
  const mean = moments.shift + moments.sums[0] / moments.count;
  const settings = { precision: "double", seed } as const;
  const question = { matrix, ...settings, tap: 0, replicas: shuffled.length, firstReplica: 0, top: 0 };
  const altered = { centre: mean, limit: Number.POSITIVE_INFINITY, leftOut: [] };
  const centred = (await solver.shuffled({ ...question, ...altered })).map(({ eigenvalues }) => eigenvalues);
  const fits = wwFits(shuffled, N, M);
  const shared = {
    wwTraps: wwEnsemble(fits),
    wwTrapsPooled: wwPooled(shuffled, N, M),
    wwTrapsCentred: wwEnsemble(wwFits(centred, N, M)),
    wwSigma: fits.length === 0 ? null : median(fits.map(({ sigmaMp }) => sigmaMp)),
    mean,
    meanSpike: mean * mean * N * M,
    shuffledMax: median(shuffled.map((copy) => copy[copy.length - 1]!)),
  };
  const reasons: ShuffleReasons = {};
  if (shared.wwTraps === null) reasons.wwTraps = "mp_fit_failed";
  if (shared.wwTrapsPooled === null) reasons.wwTrapsPooled = "mp_fit_failed";
  if (shared.wwSigma === null) reasons.wwSigma = "mp_fit_failed";
  if (shared.wwTrapsCentred === null) reasons.wwTrapsCentred = "mp_fit_failed";

  const tested = await tapTraps(solver, matrix, 0, tap, level, settings);
  if (typeof tested !== "string") {
    return { measures: { ...shared, ...calibrated(tested, shuffled, centred, level) }, reasons };
  }
  for (const key of OF_THE_ENTRIES) reasons[key] = tested;
  const missing = Object.fromEntries(OF_THE_ENTRIES.map((key) => [key, null]));
  return {
    measures: { ...shared, ...(missing as Record<(typeof OF_THE_ENTRIES)[number], null>) },
    reasons,
  };
}

function wwFits(copies: readonly Float64Array[], N: number, M: number): WeightWatcherMp[] {
  return copies.flatMap((copy) => fitWeightWatcherMp(copy, N, M) ?? []);
}

function wwPooled(copies: readonly Float64Array[], N: number, M: number): number | null {
  const list = copies.slice(0, weightwatcherReplicas(M));
  return fitWeightWatcherMp(pooledEigenvalues(list, 1), N, M)?.numSpikes ?? null;
}

function wwEnsemble(fits: readonly WeightWatcherMp[]): CountEnsemble | null {
  return fits.length === 0 ? null : countEnsemble(fits.map(({ numSpikes }) => numSpikes));
}

function calibrated(
  { entries, reference, origins, meanP, level: tested }: TapTraps,
  shuffled: readonly Float64Array[],
  centred: readonly Float64Array[],
  level: number,
): Pick<ShuffleMeasures, (typeof OF_THE_ENTRIES)[number]> {
  const count = (copy: Float64Array) => countTraps(copy, level, entries, reference).count;
  const counts = shuffled.map(count);
  const whole = shuffled.map((copy) => marchenkoPasturTest(copy, entries));
  const bulk = shuffled.map((copy, i) =>
    marchenkoPasturTest(copy.subarray(0, copy.length - counts[i]!), entries),
  );
  return {
    calibratedTraps: countEnsemble(counts),
    calibratedTrapsCentred: countEnsemble(centred.map(count)),
    entryTraps: origins.filter(({ kind }) => kind === "entry").length,
    diffuseTraps: origins.filter(({ kind }) => kind === "diffuse").length,
    meanTrap: meanP <= tested,
    meanTrapP: meanP,
    bulkEdge: marchenkoPasturEdges(entries).upper,
    ks: median(whole.map(({ distance }) => distance)),
    ksP: median(whole.map(({ p }) => p)),
    ksBulk: median(bulk.map(({ distance }) => distance)),
    ksBulkP: median(bulk.map(({ p }) => p)),
  };
}
