import { bulkOfSpectrum } from "./bulk.ts";
import type { ColumnWriter } from "./column-writer.ts";
import type { LayerSpectra } from "./layer.ts";
import type { FitLimits } from "./power-law-columns.ts";

const BULK_COLUMNS = [
  "mpVariance",
  "mpSpikes",
  "mpSpikeP",
  "mpBulkMin",
  "mpBulkMax",
  "mpKs",
  "mpVarianceQuantiles",
  "mpSpikesQuantiles",
  "mpIdentified",
  "softRank",
  "softRankLow",
  "softRankHigh",
] as const;

/** p-values a row gives; those of smaller spikes are no smaller than the last. */
const MOST_P_VALUES = 20;

/** The bulk of the matrix itself, by Kritchman and Nadler and by quantiles. */
export function bulkColumns(
  writer: ColumnWriter,
  { N, taps }: LayerSpectra,
  { promise, minEvals }: FitLimits,
): void {
  if (taps.length > 1 || taps[0]!.length < minEvals) {
    // Each tap of a kernel has a bulk of its own.
    writer.missing(BULK_COLUMNS, taps.length > 1 ? "several_taps" : "too_few_eigenvalues");
    return;
  }
  const found = bulkOfSpectrum(taps[0]!, N, taps[0]!.length, { zero: Math.max(promise, N * Number.EPSILON) });
  const {
    bulk,
    secondOpinion,
    identified,
    spikePValues,
    edges,
    distance,
    softRank,
    softRankInterval,
    reasons,
  } = found;
  if (bulk === null || edges === null) {
    writer.missing(BULK_COLUMNS, reasons.bulk ?? "mp_fit_failed");
    return;
  }
  writer.set({
    mpIdentified: identified,
    mpSpikes: bulk.spikes,
    mpSpikeP: [...spikePValues!.slice(0, MOST_P_VALUES)],
  });
  writer.numbers({
    mpVariance: bulk.variance,
    mpBulkMin: edges.lower,
    mpBulkMax: edges.upper,
    mpKs: distance!,
    softRank: softRank!,
  });
  if (secondOpinion === null) writer.missing(["mpVarianceQuantiles", "mpSpikesQuantiles"], "mp_fit_failed");
  else
    writer.numbers({ mpVarianceQuantiles: secondOpinion.variance, mpSpikesQuantiles: secondOpinion.spikes });
  if (softRankInterval === null) writer.missing(["softRankLow", "softRankHigh"], "bulk_not_identified");
  else writer.numbers({ softRankLow: softRankInterval.low, softRankHigh: softRankInterval.high });
}
