import type { ColumnWriter } from "./column-writer.ts";
import { type LayerSpectra, pooledEigenvalues, type ShuffledSpectra } from "./layer.ts";
import { spectralDistance } from "./random-distance.ts";
import type { Reason } from "./reason.ts";
import type { WeightWatcherOptions } from "./weightwatcher.ts";
import { fitWeightWatcherMp } from "./weightwatcher-mp.ts";

const FIT_COLUMNS = [
  "randNumSpikes",
  "randSigmaMp",
  "randMpSoftrank",
  "randWScale",
  "randBulkMax",
  "randBulkMin",
] as const;
const DISTANCE_COLUMNS = ["maxRandEval", "randDistance", "wwSoftrank", "wwMaxdist"] as const;

/**
 * Columns of the shuffled copy. Our scheme takes all of them from replica 0. WeightWatcher's, chosen by a second
 * shuffle, pools all replicas into the fit and `max_rand_eval`, and takes the distances from the second.
 */
export function shuffleColumns(
  writer: ColumnWriter,
  { N, M, scale }: LayerSpectra,
  eigenvalues: Float64Array,
  shuffled: ShuffledSpectra | null,
  { minEvals, unshuffled = "not_shuffled" }: Pick<WeightWatcherOptions, "minEvals" | "unshuffled">,
): void {
  if (shuffled === null) {
    writer.missing(["randScheme", ...FIT_COLUMNS, ...DISTANCE_COLUMNS], unshuffled);
    return;
  }
  const replicas = shuffled.first.map((taps) => pooledEigenvalues(taps, scale));
  const ours = shuffled.second === null;
  const fitted = ours ? replicas[0] : pooledEigenvalues(replicas, 1);
  const compared = shuffled.second === null ? replicas[0] : pooledEigenvalues(shuffled.second, scale);
  if (fitted === undefined || compared === undefined) throw new RangeError("no shuffled replica");

  const lambdaMax = eigenvalues[eigenvalues.length - 1]!;
  const largest = compared[compared.length - 1]!;
  writer.set({ randScheme: ours ? "replica0" : "weightwatcher" });
  writer.numbers(
    {
      maxRandEval: fitted[fitted.length - 1]!,
      randDistance: spectralDistance(eigenvalues, compared),
      wwSoftrank: largest / lambdaMax,
      wwMaxdist: lambdaMax - largest,
    },
    "zero_matrix",
  );

  const fit = eigenvalues.length < minEvals ? null : fitWeightWatcherMp(fitted, N, M);
  if (fit === null) writer.missing(FIT_COLUMNS, whyNoFit(eigenvalues, minEvals));
  else {
    writer.numbers({
      randNumSpikes: fit.numSpikes,
      randSigmaMp: fit.sigmaMp,
      randMpSoftrank: fit.mpSoftrank,
      randWScale: fit.WScale,
      randBulkMax: fit.bulkMax,
      randBulkMin: fit.bulkMin,
    });
    if (ours && replicas.length > 1) {
      const further = replicas
        .slice(1)
        .map((replica) => fitWeightWatcherMp(replica, N, M)?.numSpikes ?? null);
      writer.set({ randNumSpikesByReplica: [fit.numSpikes, ...further] });
    }
  }
}

/** Marchenko–Pastur fit of the matrix itself. */
export function mpColumns(
  writer: ColumnWriter,
  { N, M }: LayerSpectra,
  eigenvalues: Float64Array,
  minEvals: number,
): void {
  const fit = eigenvalues.length < minEvals ? null : fitWeightWatcherMp(eigenvalues, N, M);
  if (fit !== null) {
    const { spikeThreshold: _, ...columns } = fit;
    writer.numbers(columns);
  } else {
    writer.missing(
      ["numSpikes", "sigmaMp", "mpSoftrank", "WScale", "bulkMax", "bulkMin"],
      whyNoFit(eigenvalues, minEvals),
    );
  }
}

function whyNoFit(eigenvalues: Float64Array, minEvals: number): Reason {
  if (eigenvalues.length < minEvals) return "too_few_eigenvalues";
  return eigenvalues[eigenvalues.length - 1] === 0 ? "zero_matrix" : "mp_fit_failed";
}
