import type { Row } from "./row.ts";

/** How a column is written to files. Lists and objects become text in CSV. */
export type ColumnType = "string" | "integer" | "number" | "boolean" | "list" | "object" | "objects";

export interface Column {
  /** Property of a {@link Row}. */
  key: keyof Row;
  /** Name in JSON and CSV files. */
  name: string;
  type: ColumnType;
  /** Holds WeightWatcher 0.7.5.5's number for the same matrix. */
  weightwatcher: boolean;
  meaning: string;
}

type Entry = [name: string, type: ColumnType, meaning: string, own?: "own"];

const power = (fit: string, suffix: string) => ({
  alpha: [`alpha_${suffix}`, "number", `power-law exponent ${fit}`, "own"] as Entry,
  xmin: [`xmin_${suffix}`, "number", `start of the tail ${fit}`, "own"] as Entry,
  xmax: [`xmax_${suffix}`, "number", `largest eigenvalue of the fit ${fit}`, "own"] as Entry,
  D: [`D_${suffix}`, "number", `Kolmogorov–Smirnov distance of the fit ${fit}`, "own"] as Entry,
  sigma: [`sigma_${suffix}`, "number", `standard error of the exponent ${fit}`, "own"] as Entry,
  spikes: [`num_pl_spikes_${suffix}`, "integer", `eigenvalues in the tail ${fit}`, "own"] as Entry,
  status: [`status_${suffix}`, "string", `success or failed: the fit ${fit}`, "own"] as Entry,
  warning: [
    `warning_${suffix}`,
    "string",
    `over-trained, under-trained or empty: the fit ${fit}`,
    "own",
  ] as Entry,
});
const vectors = (part: "bulk" | "tail") => ({
  meanVecEntropy: [
    `${part}_mean_vec_entropy`,
    "number",
    `mean entropy of |v|, eigenvectors v of the ${part}`,
  ] as Entry,
  meanLocRatio: [`${part}_mean_loc_ratio`, "number", "mean of their ‖v‖₁/‖v‖∞"] as Entry,
  meanPartRatio: [`${part}_mean_part_ratio`, "number", "mean of their ‖v‖₂/‖v‖₄"] as Entry,
  varVecEntropy: [`${part}_var_vec_entropy`, "number", "variance of that entropy"] as Entry,
  varLocRatio: [`${part}_var_loc_ratio`, "number", "variance of ‖v‖₁/‖v‖∞"] as Entry,
  varPartRatio: [`${part}_var_part_ratio`, "number", "variance of ‖v‖₂/‖v‖₄"] as Entry,
  concentration: [
    `${part}_concentration`,
    "number",
    "mean of their M·Σv⁴: 3 for noise, M for a single component",
    "own",
  ] as Entry,
});
const bulk = vectors("bulk");
const tail = vectors("tail");
const inverse = power("of the inverse spectrum", "inverse");
const peak = power("with xmin near the peak of the log histogram", "xmin_peak");
const dropped = power("without the largest eigenvalues", "drop_top");

/** Every column under the key of its row property, in the order files have them. */
const table: Record<keyof Row, Entry> = {
  schema: ["schema", "string", "version of this row's columns", "own"],
  name: ["name", "string", "the matrix, unique in its checkpoint", "own"],
  tensor: ["tensor", "string", "the stored tensor it is read from", "own"],
  role: ["role", "string", "what the matrix does in its network", "own"],
  layer: ["layer", "integer", "number of the layer, counted from 0", "own"],
  expert: ["expert", "integer", "number of the expert, counted from 0", "own"],
  sliceId: ["slice_id", "integer", "with perTap: which tap of its kernel the matrix is, i·kw + j"],
  operation: [
    "operation",
    "string",
    "what was computed from stored matrices: difference, adapter or merged",
    "own",
  ],
  base: ["base", "string", "the checkpoint the matrix is set against", "own"],
  N: ["N", "integer", "larger side"],
  M: ["M", "integer", "smaller side"],
  Q: ["Q", "number", "N/M"],
  rf: ["rf", "integer", "taps of a convolution kernel, 1 for a dense matrix"],
  hasEsd: ["has_esd", "boolean", "the spectrum was computed"],
  numEvals: ["num_evals", "integer", "number of eigenvalues, M·rf"],
  trapMargin: ["trap_margin", "number", "largest |w − mean| over s(NM)^¼: above 1, expect a trap", "own"],
  meanMargin: ["mean_margin", "number", "|mean|(NM)^¼/s: above 1, the mean alone makes a trap", "own"],
  trapEvidence: [
    "trap_evidence",
    "string",
    "where traps come from: decomposed or confirmed, a shuffled copy; predicted, the entries alone",
    "own",
  ],
  traps: [
    "traps",
    "integer",
    "correlation traps made by entries, calibrated: outliers of the shuffled matrix",
    "own",
  ],
  trapP: ["trap_p", "number", "p-value of the largest outlier, over all shuffles", "own"],
  trapPHolm: ["trap_p_holm", "number", "trap_p adjusted for all matrices of the run, by Holm", "own"],
  trapQ: [
    "trap_q",
    "number",
    "share of false ones among all traps this likely or likelier, by Benjamini and Hochberg",
    "own",
  ],
  meanTrap: ["mean_trap", "boolean", "the mean of the entries makes an outlier", "own"],
  meanTrapP: ["mean_trap_p", "number", "p-value of the outlier the mean makes", "own"],
  trapThreshold: ["trap_threshold", "number", "the margin from which on an outlier is a trap", "own"],
  trapLevel: [
    "trap_level",
    "number",
    "p-value up to which an outlier is a trap: 0.01 over the matrices of the run",
    "own",
  ],
  trapReference: ["trap_reference", "string", "what p-values come from: edge or monte_carlo", "own"],
  trapCentred: ["trap_centred", "boolean", "the mean was taken out before the shuffle", "own"],
  trapOrigins: ["trap_origins", "objects", "the entry behind each trap of the first shuffle", "own"],
  trapRelation: [
    "trap_relation",
    "string",
    "what the named entries share: one_row, one_column, saturated or isolated",
    "own",
  ],
  trapsUnexplained: ["traps_unexplained", "integer", "traps that stay without the named entries", "own"],
  trapsByReplica: ["traps_by_replica", "list", "the count of every shuffle", "own"],
  trapsMean: ["traps_mean", "number", "their mean", "own"],
  trapsLow: ["traps_low", "number", "lower end of its 95% interval", "own"],
  trapsHigh: ["traps_high", "number", "upper end of it", "own"],
  trapsStability: ["traps_stability", "number", "share of the shuffles with the most frequent count", "own"],
  bulkSigma: ["bulk_sigma", "number", "standard deviation of the entries that make no outlier", "own"],
  bulkKurtosis: ["bulk_kurtosis", "number", "their excess kurtosis", "own"],
  entriesRemoved: ["entries_removed", "integer", "entries that are larger than the others' tau", "own"],
  randKs: [
    "rand_ks",
    "number",
    "Kolmogorov–Smirnov distance of the shuffled spectrum from the Marchenko–Pastur law",
    "own",
  ],
  randBelow: [
    "rand_below",
    "integer",
    "eigenvalues of the shuffled matrix below the lower edge of the bulk",
    "own",
  ],
  randBelowP: ["rand_below_p", "number", "p-value of the smallest", "own"],
  randFlags: ["rand_flags", "list", "why rand_num_spikes may be an artefact", "own"],
  randNumSpikes: [
    "rand_num_spikes",
    "integer",
    "correlation traps: eigenvalues of the shuffled matrix above its bulk",
  ],
  randNumSpikesByReplica: ["rand_num_spikes_by_replica", "list", "the same count of every shuffle", "own"],
  randScheme: [
    "rand_scheme",
    "string",
    "shuffles the rand_ columns come from: replica0 or weightwatcher",
    "own",
  ],
  maxRandEval: ["max_rand_eval", "number", "largest eigenvalue of the shuffled matrix"],
  randSigmaMp: ["rand_sigma_mp", "number", "Marchenko–Pastur σ of the mean-one shuffled spectrum"],
  randMpSoftrank: ["rand_mp_softrank", "number", "fitted bulk edge over largest eigenvalue, shuffled"],
  randWScale: [
    "rand_W_scale",
    "number",
    "factor that makes the shuffled eigenvalues mean-one, as a square root",
  ],
  randBulkMax: ["rand_bulk_max", "number", "upper edge of the shuffled bulk"],
  randBulkMin: ["rand_bulk_min", "number", "lower edge of the shuffled bulk"],
  randDistance: [
    "rand_distance",
    "number",
    "Jensen–Shannon distance of the sorted spectra, original to shuffled",
  ],
  wwSoftrank: ["ww_softrank", "number", "largest shuffled over largest eigenvalue"],
  wwMaxdist: ["ww_maxdist", "number", "largest minus largest shuffled eigenvalue"],
  alpha: ["alpha", "number", "power-law exponent of the tail of the spectrum"],
  xmin: ["xmin", "number", "start of the tail"],
  xmax: ["xmax", "number", "largest eigenvalue of the fit"],
  D: ["D", "number", "Kolmogorov–Smirnov distance of the fit"],
  sigma: ["sigma", "number", "standard error of alpha"],
  numPlSpikes: ["num_pl_spikes", "integer", "eigenvalues in the tail"],
  status: ["status", "string", "success or failed: the power-law fit"],
  warning: ["warning", "string", "over-trained (alpha < 2), under-trained (alpha > 6) or empty"],
  alphaClipXmax: ["alpha_clip_xmax", "number", "alpha with fix_fingers='clip_xmax'", "own"],
  numFingers: ["num_fingers", "integer", "eigenvalues clipped for alpha_clip_xmax, less one"],
  rawAlpha: ["raw_alpha", "number", "alpha before clipping"],
  alphaHill: ["alpha_hill", "number", "Hill's estimate over the upper half of the spectrum", "own"],
  alphaScaleFree: [
    "alpha_scale_free",
    "number",
    "alpha without an absolute cut-off of small eigenvalues",
    "own",
  ],
  xminScaleFree: ["xmin_scale_free", "number", "start of that tail", "own"],
  dTwoSided: [
    "d_two_sided",
    "number",
    "two-sided Kolmogorov–Smirnov distance of the fit of alpha and xmin",
    "own",
  ],
  fitMargin: [
    "fit_margin",
    "number",
    "smallest error of an eigenvalue, relative to the largest, that can move xmin",
    "own",
  ],
  alphaError: ["alpha_error", "number", "bound on the error of alpha, from the promise", "own"],
  fitAmbiguous: ["fit_ambiguous", "boolean", "the promised eigenvalues do not decide the fit", "own"],
  alphaUnbiased: ["alpha_unbiased", "number", "alpha without the bias of a short tail", "own"],
  alphaLow: ["alpha_low", "number", "lower end of the 95% interval of alpha", "own"],
  alphaHigh: ["alpha_high", "number", "upper end of it", "own"],
  truncatedAlpha: ["truncated_alpha", "number", "exponent of a truncated power law on the same tail", "own"],
  truncatedLambda: ["truncated_lambda", "number", "its decay rate, per unit of the eigenvalues", "own"],
  truncatedLr: [
    "truncated_lr",
    "number",
    "its log-likelihood above that of the power law: at least 0, against the power law",
    "own",
  ],
  truncatedP: ["truncated_p", "number", "how often a power law of independent values gives that much", "own"],
  logNormalLr: [
    "log_normal_lr",
    "number",
    "log-likelihood of a log-normal tail above the power law's",
    "own",
  ],
  logNormalP: [
    "log_normal_p",
    "number",
    "how often a power law of independent values gives that much",
    "own",
  ],
  logNormalVuongP: ["log_normal_vuong_p", "number", "two-sided p of Vuong's normalised ratio", "own"],
  alphaWeighted: ["alpha_weighted", "number", "alpha·log10 of the largest eigenvalue"],
  logAlphaNorm: ["log_alpha_norm", "number", "log10 Σλ^alpha"],
  norm: ["norm", "number", "Σλ, the squared Frobenius norm"],
  logNorm: ["log_norm", "number", "log10 of it"],
  spectralNorm: ["spectral_norm", "number", "largest eigenvalue, the squared spectral norm"],
  logSpectralNorm: ["log_spectral_norm", "number", "log10 of it"],
  stableRank: ["stable_rank", "number", "Σλ over the largest eigenvalue"],
  lambdaMax: ["lambda_max", "number", "largest eigenvalue"],
  svMax: ["sv_max", "number", "largest singular value"],
  svMin: ["sv_min", "number", "smallest singular value; of a convolution, the largest of its taps' smallest"],
  matrixRank: ["matrix_rank", "integer", "numerical rank"],
  rankLoss: ["rank_loss", "integer", "numerical rank deficit, summed over taps"],
  weakRankLoss: ["weak_rank_loss", "integer", "eigenvalues below 1e-6"],
  entropy: ["entropy", "number", "normalised spectral entropy"],
  numSpikes: ["num_spikes", "integer", "eigenvalues above the Marchenko–Pastur bulk"],
  sigmaMp: ["sigma_mp", "number", "Marchenko–Pastur σ of the mean-one spectrum"],
  mpSoftrank: ["mp_softrank", "number", "fitted bulk edge over largest eigenvalue"],
  WScale: ["W_scale", "number", "factor that makes the eigenvalues mean-one, as a square root"],
  bulkMax: ["bulk_max", "number", "upper edge of the bulk"],
  bulkMin: ["bulk_min", "number", "lower edge of the bulk"],
  mpVariance: [
    "mp_variance",
    "number",
    "variance of the noise entries, from the bulk of the spectrum (Kritchman–Nadler)",
    "own",
  ],
  mpSpikes: ["mp_spikes", "integer", "eigenvalues above that bulk", "own"],
  mpSpikeP: ["mp_spike_p", "list", "their p-values, the largest eigenvalue first, at most twenty", "own"],
  mpBulkMin: ["mp_bulk_min", "number", "lower edge of that bulk", "own"],
  mpBulkMax: ["mp_bulk_max", "number", "upper edge of that bulk", "own"],
  mpKs: ["mp_ks", "number", "Kolmogorov–Smirnov distance of that bulk from its law", "own"],
  mpVarianceQuantiles: ["mp_variance_quantiles", "number", "the same variance by iterated quantiles", "own"],
  mpSpikesQuantiles: ["mp_spikes_quantiles", "integer", "eigenvalues above that bulk", "own"],
  mpIdentified: ["mp_identified", "boolean", "the two variances agree within 5%", "own"],
  softRank: ["soft_rank", "number", "mp_bulk_max over the largest eigenvalue", "own"],
  softRankLow: ["soft_rank_low", "number", "lower end of its 95% interval", "own"],
  softRankHigh: ["soft_rank_high", "number", "upper end of it", "own"],
  detXNum: ["detX_num", "integer", "eigenvalues in the det X = 1 tail"],
  detXVal: ["detX_val", "number", "smallest eigenvalue of that tail"],
  detXValUnrescaled: [
    "detX_val_unrescaled",
    "number",
    "the same as a mean-one eigenvalue (WeightWatcher crosses the names)",
  ],
  ergNum: ["erg_num", "integer", "eigenvalues in the det X = 1 tail, by logarithms", "own"],
  ergVal: ["erg_val", "number", "smallest eigenvalue of that tail", "own"],
  ergLogDet: [
    "erg_log_det",
    "number",
    "Σ ln of the mean-one eigenvalues from xmin on: 0 where det X = 1 holds for the tail of alpha",
    "own",
  ],
  alphaInverse: inverse.alpha,
  xminInverse: inverse.xmin,
  xmaxInverse: inverse.xmax,
  DInverse: inverse.D,
  sigmaInverse: inverse.sigma,
  numPlSpikesInverse: inverse.spikes,
  statusInverse: inverse.status,
  warningInverse: inverse.warning,
  lambdaMaxInverse: ["lambda_max_inverse", "number", "largest eigenvalue of the inverse", "own"],
  alphaXminPeak: peak.alpha,
  xminXminPeak: peak.xmin,
  DXminPeak: peak.D,
  sigmaXminPeak: peak.sigma,
  numPlSpikesXminPeak: peak.spikes,
  statusXminPeak: peak.status,
  warningXminPeak: peak.warning,
  alphaDropTop: dropped.alpha,
  xminDropTop: dropped.xmin,
  xmaxDropTop: dropped.xmax,
  DDropTop: dropped.D,
  sigmaDropTop: dropped.sigma,
  numPlSpikesDropTop: dropped.spikes,
  statusDropTop: dropped.status,
  warningDropTop: dropped.warning,
  alphaFarms: ["alpha_farms", "number", "Hill's estimate over square windows of the matrix", "own"],
  bulkMeanVecEntropy: bulk.meanVecEntropy,
  bulkMeanLocRatio: bulk.meanLocRatio,
  bulkMeanPartRatio: bulk.meanPartRatio,
  bulkVarVecEntropy: bulk.varVecEntropy,
  bulkVarLocRatio: bulk.varLocRatio,
  bulkVarPartRatio: bulk.varPartRatio,
  bulkConcentration: bulk.concentration,
  tailMeanVecEntropy: tail.meanVecEntropy,
  tailMeanLocRatio: tail.meanLocRatio,
  tailMeanPartRatio: tail.meanPartRatio,
  tailVarVecEntropy: tail.varVecEntropy,
  tailVarLocRatio: tail.varLocRatio,
  tailVarPartRatio: tail.varPartRatio,
  tailConcentration: tail.concentration,
  gofP: ["gof_p", "number", "goodness of the fit of alpha by bootstrap, for independent values", "own"],
  precision: ["precision", "string", "arithmetic of the spectrum: double, single or reference", "own"],
  precisionAsked: ["precision_asked", "string", "the arithmetic that was asked for", "own"],
  solver: ["solver", "string", "who computed the spectrum: native or lapack", "own"],
  promise: ["promise", "number", "bound on the error of an eigenvalue, relative to the largest", "own"],
  seed: ["seed", "integer", "keys the shuffle, together with the name", "own"],
  error: ["error", "object", "code and message if the matrix could not be analysed", "own"],
  reasons: ["reasons", "object", "why each null column is null", "own"],
};

/** All columns in the order files have them: the one place where row properties and column names meet. */
export const columns: readonly Column[] = (Object.keys(table) as (keyof Row)[]).map((key) => {
  const [name, type, meaning, own] = table[key];
  return { key, name, type, weightwatcher: own !== "own", meaning };
});

/** Columns a row has; fits on request exist only where they were asked for. */
export function columnsOf(row: Row): Column[] {
  return columns.filter(({ key }) => row[key] !== undefined);
}

/** The row under its column names, in column order; `reasons` too. Ready for JSON: nothing in it is undefined or non-finite. */
export function toRecord(row: Row): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const { key, name } of columnsOf(row))
    record[name] =
      key === "reasons" ? reasonsByName(row) : key === "trapOrigins" ? renamed(row[key], snake) : row[key];
  return record;
}

/** The row a record was made of: the inverse of {@link toRecord}, also after a way through JSON. */
export function fromRecord(record: Record<string, unknown>): Row {
  const row: Partial<Record<keyof Row, unknown>> = {};
  for (const { key, name } of columns) {
    const value = record[name];
    if (value === undefined) continue;
    if (key === "reasons") row[key] = reasonsByKey(value);
    else row[key] = key === "trapOrigins" ? renamed(value, camel) : value;
  }
  return row as unknown as Row;
}

/** A list of objects with other keys. */
function renamed(list: unknown, rename: (key: string) => string): unknown {
  if (list === null) return null;
  return (list as object[]).map((object) =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), value])),
  );
}

function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function reasonsByKey(reasons: unknown): Row["reasons"] {
  const named = reasons as Record<string, Row["reasons"][keyof Row]>;
  return Object.fromEntries(
    columns.flatMap(({ key, name }) => (named[name] === undefined ? [] : [[key, named[name]]])),
  );
}

function reasonsByName(row: Row): Record<string, string> {
  return Object.fromEntries(
    columns.flatMap(({ key, name }) => (row.reasons[key] ? [[name, row.reasons[key]]] : [])),
  );
}
