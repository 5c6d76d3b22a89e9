import type { ColumnWriter } from "./column-writer.ts";
import type { PowerLawColumns } from "./columns.ts";
import { fitClipped } from "./fingers.ts";
import { fitStability } from "./fit-stability.ts";
import { hillExponent, hillStart } from "./hill.ts";
import { inverseEigenvalues } from "./inverse.ts";
import type { LayerSpectra } from "./layer.ts";
import { logAlphaNorm } from "./norms.ts";
import { fitPowerLaw, fitWithoutTop, type PowerLawFit, twoSidedDistance } from "./power-law.ts";
import type { Reason } from "./reason.ts";
import { tailColumns } from "./tail-columns.ts";
import { fitNearPeak } from "./xmin-peak.ts";

const OVER_TRAINED = 2;
const UNDER_TRAINED = 6;
/** An inverse eigenvalue whose original is below this part of the largest one is rounding. */
const INVERTIBLE = 1e-9;

type Suffix = "" | "Inverse" | "XminPeak" | "DropTop";

/** What a fit may rest on. */
export interface FitLimits {
  minEvals: number;
  /** |Δλ| ≤ promise·λmax. */
  promise: number;
  /** Eigenvalues below are not promised. */
  floor: number;
}

/** alpha and its companions, what its tail is worth, the clipped and the scale-free fit, and the two columns that weigh by alpha. */
export function powerLawColumns(writer: ColumnWriter, eigenvalues: Float64Array, limits: FitLimits): void {
  const lambdaMax = eigenvalues[eigenvalues.length - 1]!;
  const failure = lambdaMax === 0 ? "zero_matrix" : "fit_failed";
  const fit = tried(eigenvalues, limits, failure, fitPowerLaw);
  fitColumns(writer, "", fit);
  if (typeof fit === "string") {
    writer.missing(["dTwoSided", "alphaWeighted", "logAlphaNorm"], fit);
    writer.missing(["fitMargin", "alphaError", "fitAmbiguous"], fit);
  } else {
    stabilityColumns(writer, eigenvalues, fit, limits.promise);
    writer.numbers({
      dTwoSided: twoSidedDistance(eigenvalues, fit),
      alphaWeighted: fit.alpha * Math.log10(lambdaMax),
      logAlphaNorm: logAlphaNorm(eigenvalues, fit.alpha),
    });
  }
  tailColumns(writer, eigenvalues, fit);
  clippedColumns(writer, eigenvalues, limits, failure);
  hillColumn(writer, "alphaHill", eigenvalues, limits);

  const scaleFree = tried(eigenvalues, limits, failure, (all) => fitPowerLaw(all, limits.floor));
  if (typeof scaleFree === "string") writer.missing(["alphaScaleFree", "xminScaleFree"], scaleFree);
  else writer.numbers({ alphaScaleFree: scaleFree.alpha, xminScaleFree: scaleFree.xmin });
}

/** Errors of what is computed are a tenth of the promise or less; so much of alpha's error bound is no ambiguity. */
const ROOM = 10;

/** What we want of alpha, other things being equal: 1e-6 in double precision, by whatever products, 1e-3 in single. */
function alphaTolerance(promise: number): number {
  return promise > 1e-7 ? 1e-3 : 1e-6;
}

/** Whether the promised eigenvalues decide the fit. */
function stabilityColumns(
  writer: ColumnWriter,
  eigenvalues: Float64Array,
  fit: PowerLawFit,
  promise: number,
): void {
  const { margin, sensitivity } = fitStability(eigenvalues, fit);
  const alphaError = sensitivity * promise;
  writer.numbers({ fitMargin: margin, alphaError });
  if (Number.isNaN(margin)) writer.missing(["fitAmbiguous"], "not_finite");
  else writer.set({ fitAmbiguous: margin <= promise || alphaError > ROOM * alphaTolerance(promise) });
}

/** Hill's estimate over the upper half of a spectrum, of the matrix or of its windows. */
export function hillColumn(
  writer: ColumnWriter,
  column: "alphaHill" | "alphaFarms",
  eigenvalues: Float64Array,
  { minEvals, floor }: Pick<FitLimits, "minEvals" | "floor">,
): void {
  if (eigenvalues.length < Math.max(2, minEvals)) writer.missing([column], "too_few_eigenvalues");
  else if (eigenvalues[eigenvalues.length - 1] === 0) writer.missing([column], "zero_matrix");
  else if (!(eigenvalues[hillStart(eigenvalues.length)]! > floor))
    writer.missing([column], "below_precision");
  else writer.numbers({ [column]: hillExponent(eigenvalues) });
}

function clippedColumns(
  writer: ColumnWriter,
  eigenvalues: Float64Array,
  limits: FitLimits,
  failure: Reason,
): void {
  if (eigenvalues.length < limits.minEvals) {
    writer.missing(["alphaClipXmax", "numFingers", "rawAlpha"], "too_few_eigenvalues");
    return;
  }
  const clipped = fitClipped(eigenvalues);
  if (clipped === null) {
    writer.missing(["alphaClipXmax", "rawAlpha"], failure);
    writer.set({ numFingers: 0 });
  } else if (clipped.fit.xmin < limits.floor || clipped.rawXmin < limits.floor) {
    writer.missing(["alphaClipXmax", "numFingers", "rawAlpha"], "below_precision");
  } else {
    const { fit, numFingers, rawAlpha } = clipped;
    writer.numbers({ alphaClipXmax: fit.alpha, numFingers, rawAlpha });
  }
}

/** Fit of the spectrum of the inverse. */
export function inverseColumns(
  writer: ColumnWriter,
  { taps, scale }: LayerSpectra,
  eigenvalues: Float64Array,
  { minEvals, floor, promise }: FitLimits,
): void {
  const [smallest, largest] = [eigenvalues[0]!, eigenvalues[eigenvalues.length - 1]!];
  if (largest === 0 || smallest < Math.max(floor, INVERTIBLE * largest)) {
    const reason = largest === 0 ? "zero_matrix" : "below_precision";
    fitColumns(writer, "Inverse", reason);
    writer.missing(["lambdaMaxInverse"], reason);
    return;
  }
  const inverse = inverseEigenvalues(taps, scale);
  fitColumns(writer, "Inverse", tried(inverse, { minEvals, promise, floor: 0 }, "fit_failed", fitPowerLaw));
  writer.numbers({ lambdaMaxInverse: inverse[inverse.length - 1]! });
}

/** Fit with xmin near the peak of the log histogram. */
export function xminPeakColumns(writer: ColumnWriter, eigenvalues: Float64Array, limits: FitLimits): void {
  fitColumns(writer, "XminPeak", tried(eigenvalues, limits, "fit_failed", fitNearPeak));
}

/** Fit without the largest `dropped` eigenvalues. */
export function dropTopColumns(
  writer: ColumnWriter,
  eigenvalues: Float64Array,
  limits: FitLimits,
  dropped: number,
): void {
  fitColumns(
    writer,
    "DropTop",
    tried(eigenvalues, limits, "fit_failed", (all) => fitWithoutTop(all, dropped)),
  );
}

/** The fit, or why there is none. */
function tried<Fit extends Pick<PowerLawFit, "xmin">>(
  eigenvalues: Float64Array,
  { minEvals, floor }: FitLimits,
  failure: Reason,
  fitted: (eigenvalues: Float64Array) => Fit | null,
): Fit | Reason {
  if (eigenvalues.length < minEvals) return "too_few_eigenvalues";
  const found = fitted(eigenvalues);
  if (found === null) return failure;
  return found.xmin < floor ? "below_precision" : found;
}

const NUMBERS = ["alpha", "xmin", "xmax", "D", "sigma", "numPlSpikes"] as const;

function fitColumns(writer: ColumnWriter, suffix: Suffix, fit: Partial<PowerLawFit> | Reason): void {
  const name = (column: keyof PowerLawColumns) => `${column}${suffix}` as keyof PowerLawColumns;
  const failed = typeof fit === "string";
  for (const column of NUMBERS) {
    if (column === "xmax" && suffix === "XminPeak") continue;
    if (failed) writer.missing([name(column)], fit);
    else writer.numbers({ [name(column)]: fit[column] });
  }
  if (failed && (fit === "too_few_eigenvalues" || fit === "below_precision")) {
    writer.missing([name("status"), name("warning")], fit);
  } else {
    // WeightWatcher's failed fit has alpha −1, hence the warning.
    const warning = trainingWarning(failed ? -1 : fit.alpha!);
    writer.set({ [name("status")]: failed ? "failed" : "success", [name("warning")]: warning });
  }
}

function trainingWarning(alpha: number): PowerLawColumns["warning"] {
  if (alpha < OVER_TRAINED) return "over-trained";
  return alpha > UNDER_TRAINED ? "under-trained" : "";
}
