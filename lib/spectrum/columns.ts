import type { Reason } from "./reason.ts";
import type { VectorColumns } from "./vector-columns.ts";

/** Number, or null with an entry in the reasons. */
type Maybe = number | null;

/** Columns of one power-law fit, in WeightWatcher's terms. */
export interface PowerLawColumns {
  alpha: Maybe;
  xmin: Maybe;
  xmax: Maybe;
  D: Maybe;
  sigma: Maybe;
  numPlSpikes: Maybe;
  /** "success" or "failed"; null where no fit was tried. */
  status: "success" | "failed" | null;
  /** "over-trained" (alpha < 2, and every failed fit), "under-trained" (alpha > 6) or "". */
  warning: "" | "over-trained" | "under-trained" | null;
}

/** Columns that need only the eigenvalues of the matrix; docs/columns.md explains each. */
export interface SpectrumColumns extends PowerLawColumns {
  N: number;
  M: number;
  Q: number;
  /** Kernel taps, 1 for a dense matrix. */
  rf: number;
  hasEsd: true;
  numEvals: number;
  svMax: Maybe;
  svMin: Maybe;
  rankLoss: Maybe;
  weakRankLoss: Maybe;
  lambdaMax: Maybe;
  alphaClipXmax: Maybe;
  numFingers: Maybe;
  rawAlpha: Maybe;
  alphaHill: Maybe;
  alphaScaleFree: Maybe;
  xminScaleFree: Maybe;
  dTwoSided: Maybe;
  fitMargin: Maybe;
  alphaError: Maybe;
  /** Eigenvalues within the promise may give another xmin, or another alpha than we want to vouch for. */
  fitAmbiguous: boolean | null;
  /** Exponent without the bias of a short tail, and its 95% interval, both for independent values. */
  alphaUnbiased: Maybe;
  alphaLow: Maybe;
  alphaHigh: Maybe;
  /** The truncated power law λ^−alpha e^(−lambda·λ) and the log-normal law on the same tail, against the power law. */
  truncatedAlpha: Maybe;
  truncatedLambda: Maybe;
  truncatedLr: Maybe;
  truncatedP: Maybe;
  logNormalLr: Maybe;
  logNormalP: Maybe;
  logNormalVuongP: Maybe;
  norm: Maybe;
  logNorm: Maybe;
  spectralNorm: Maybe;
  logSpectralNorm: Maybe;
  alphaWeighted: Maybe;
  logAlphaNorm: Maybe;
  stableRank: Maybe;
  matrixRank: Maybe;
  entropy: Maybe;
  numSpikes: Maybe;
  sigmaMp: Maybe;
  mpSoftrank: Maybe;
  WScale: Maybe;
  bulkMax: Maybe;
  bulkMin: Maybe;
  mpVariance: Maybe;
  mpSpikes: Maybe;
  /** Of the largest spikes, at most twenty. */
  mpSpikeP: number[] | null;
  mpBulkMin: Maybe;
  mpBulkMax: Maybe;
  mpKs: Maybe;
  mpVarianceQuantiles: Maybe;
  mpSpikesQuantiles: Maybe;
  /** The two variances agree within 5%. */
  mpIdentified: boolean | null;
  softRank: Maybe;
  softRankLow: Maybe;
  softRankHigh: Maybe;
  detXNum: Maybe;
  detXVal: Maybe;
  detXValUnrescaled: Maybe;
  ergNum: Maybe;
  ergVal: Maybe;
  ergLogDet: Maybe;
}

/** Columns of the shuffled copy. */
export interface ShuffleColumns {
  /** Which shuffles the columns below come from; null without a shuffle. */
  randScheme: "replica0" | "weightwatcher" | null;
  randNumSpikes: Maybe;
  randSigmaMp: Maybe;
  randMpSoftrank: Maybe;
  randWScale: Maybe;
  randBulkMax: Maybe;
  randBulkMin: Maybe;
  maxRandEval: Maybe;
  randDistance: Maybe;
  wwSoftrank: Maybe;
  wwMaxdist: Maybe;
  /** `randNumSpikes` of every replica; only in our scheme, with several replicas. */
  randNumSpikesByReplica?: Maybe[];
}

type Suffixed<Suffix extends string> = {
  [Column in keyof PowerLawColumns as `${Column}${Suffix}`]?: PowerLawColumns[Column];
};

/** Columns of fits made on request only; absent when not asked for. */
export interface RequestedColumns
  extends Suffixed<"Inverse">,
    Omit<Suffixed<"XminPeak">, "xmaxXminPeak">,
    Suffixed<"DropTop">,
    VectorColumns {
  lambdaMaxInverse?: Maybe;
  /** Hill's estimate over square windows of the matrix. */
  alphaFarms?: Maybe;
}

export interface WeightWatcherColumns extends SpectrumColumns, ShuffleColumns, RequestedColumns {}

/** The reason of every null column. */
export type Reasons = Partial<Record<keyof WeightWatcherColumns, Reason>>;
