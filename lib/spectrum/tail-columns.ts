import { alphaInterval, MIN_TAIL } from "./alpha-interval.ts";
import type { ColumnWriter } from "./column-writer.ts";
import type { PowerLawFit } from "./power-law.ts";
import type { Reason } from "./reason.ts";
import { firstFrom } from "./search.ts";
import { logNormalTail, truncatedPowerLaw } from "./tail-alternatives.ts";

const COLUMNS = [
  "alphaUnbiased",
  "alphaLow",
  "alphaHigh",
  "truncatedAlpha",
  "truncatedLambda",
  "truncatedLr",
  "truncatedP",
  "logNormalLr",
  "logNormalP",
  "logNormalVuongP",
] as const;

/** What the tail of `alpha` says about its exponent, and how two laws that bend fare on it. */
export function tailColumns(
  writer: ColumnWriter,
  eigenvalues: Float64Array,
  fit: PowerLawFit | Reason,
): void {
  if (typeof fit === "string") {
    writer.missing(COLUMNS, fit);
    return;
  }
  const tail = eigenvalues.subarray(firstFrom(eigenvalues, fit.xmin));
  if (tail.length < MIN_TAIL) {
    writer.missing(COLUMNS, "too_few_in_tail");
    return;
  }
  if (!Number.isFinite(fit.alpha)) {
    writer.missing(COLUMNS, "not_finite");
    return;
  }
  const { unbiased, low, high } = alphaInterval(fit);
  const truncated = truncatedPowerLaw(tail);
  const logNormal = logNormalTail(tail);
  writer.numbers({
    alphaUnbiased: unbiased,
    alphaLow: low,
    alphaHigh: high,
    truncatedAlpha: truncated.alpha,
    truncatedLambda: truncated.rate,
    truncatedLr: truncated.logRatio,
    truncatedP: truncated.p,
    logNormalLr: logNormal.logRatio,
    logNormalP: logNormal.p,
    logNormalVuongP: logNormal.vuongP,
  });
}
