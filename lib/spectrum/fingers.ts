import { fitPowerLaw, type PowerLawFit, WEIGHTWATCHER_CUT } from "./power-law.ts";
import { firstAbove, firstFrom } from "./search.ts";

/** Most eigenvalues clipped off, plus one. */
const MAX_FINGERS = 10;
const MIN_ALPHA = 2;
const CHECKS = 3;

export interface ClippedFit {
  /** The accepted fit; `numPlSpikes` counts the whole spectrum. */
  fit: PowerLawFit;
  /** One less than the number of eigenvalues clipped off; 0 when none was. */
  numFingers: number;
  /** alpha and xmin of the whole spectrum. */
  rawAlpha: number;
  rawXmin: number;
}

/**
 * WeightWatcher's `fix_fingers='clip_xmax'`: a few large eigenvalues far from the rest ("fingers") inflate
 * alpha, so the k = 2 … 9 largest are clipped off until alpha falls by more than `thresh`. Clipping ends
 * without success at the first alpha ≤ 2. Clipping exactly one is never tried. Then up to three further
 * clippings are fitted without effect, unless one has too few eigenvalues: that fails the whole fit.
 *
 * @param eigenvalues ascending.
 * @returns null when any of these fits has fewer than two eigenvalues above the cut.
 */
export function fitClipped(eigenvalues: Float64Array, thresh = 1): ClippedFit | null {
  const data = eigenvalues.subarray(firstAbove(eigenvalues, WEIGHTWATCHER_CUT));
  const clipped = (k: number) => fitPowerLaw(data.subarray(0, Math.max(0, data.length - k)));

  const raw = clipped(0);
  if (raw === null) return null;
  let best = raw;
  let numFingers = 0;
  let last = raw;
  let k = 2;
  for (; k < MAX_FINGERS; k++) {
    const fit = clipped(k);
    if (fit === null) return null;
    last = fit;
    if (fit.alpha + thresh < raw.alpha) {
      best = fit;
      numFingers = k - 1;
      break;
    }
    if (fit.alpha <= MIN_ALPHA) break;
  }
  const stopped = Math.min(k, MAX_FINGERS - 1);
  for (let extra = 1; extra <= CHECKS; extra++) {
    const check = clipped(stopped + extra);
    if (check === null) return null;
    if (Math.abs(check.alpha - last.alpha) > thresh) break;
  }
  const numPlSpikes = eigenvalues.length - firstFrom(eigenvalues, best.xmin);
  return { fit: { ...best, numPlSpikes }, numFingers, rawAlpha: raw.alpha, rawXmin: raw.xmin };
}
