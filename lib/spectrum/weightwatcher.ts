import type { Reasons, WeightWatcherColumns } from "./columns.ts";
import type { LayerSpectra, ShuffledSpectra } from "./layer.ts";

export interface WeightWatcherOptions {
  /** Fewest eigenvalues that are fitted (`--min-evals`; WeightWatcher: 10). */
  minEvals: number;
  /** Relative error of the eigenvalues: |Δλ| ≤ promise·λmax. */
  promise: number;
  /** Also fit the spectrum of the inverse, 1/λ. */
  inverse?: boolean;
  /** Also fit with xmin near the peak of the log histogram, as the powerlaw package does for WeightWatcher. */
  xminPeak?: boolean;
  /** Also fit without this many of the largest eigenvalues. */
  dropTop?: number;
}

/**
 * All columns of one weight matrix that follow from its eigenvalues and those of its shuffled copies
 * (null when there is none). A column with a WeightWatcher name is WeightWatcher 0.7.5.5's number.
 */
export function weightwatcher(
  _layer: LayerSpectra,
  _shuffled: ShuffledSpectra | null,
  _options: WeightWatcherOptions,
): { columns: WeightWatcherColumns; reasons: Reasons } {
  throw new RangeError("not assembled yet");
}
