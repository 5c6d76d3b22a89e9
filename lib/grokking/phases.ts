/** One record of a training curve. Accuracies from 0 to 1. */
export interface CurvePoint {
  step: number;
  trainAccuracy: number;
  testAccuracy: number;
  testLoss: number;
}

/** Where the phases of a training run begin; null where that does not happen. */
export interface Phases {
  /** First record with a train accuracy of 0.99 or more. */
  memorised: CurvePoint | null;
  /** First record whose smoothed test accuracy has made half of its way from memorisation to its peak, if the way is 0.05 or more. */
  grokkingBegins: CurvePoint | null;
  /** First of the records with the best test accuracy, from memorisation on. */
  peak: CurvePoint | null;
  /** The same of the smoothed test accuracy, which stands in `testAccuracy`. */
  smoothedPeak: CurvePoint | null;
  /** First record after the smoothed peak with a test accuracy below that of `peak` − 0.05, if it stays low. */
  collapseBegins: CurvePoint | null;
  /** Whether the smoothed train accuracy is 0.99 or more from memorisation to the end. */
  trainHeld: boolean;
  /** `collapseBegins`, if the network grokked before it and `trainHeld`. */
  antiGrokkingBegins: CurvePoint | null;
  /** First record with the least test loss. */
  testLossMinimum: CurvePoint | null;
}

export type Phase = "pre-grokking" | "grokking" | "anti-grokking";

const MEMORISED = 0.99;
/** A change of test accuracy that counts: three standard errors of 1000 test examples at an accuracy of ½. */
const CHANGE = 0.05;
/** Records within this factor of a step are smoothed together. */
const WINDOW = 1.1;
/** Part of the logarithmic time from the peak to the end that a collapse lasts at least. */
const LASTING = 0.1;

/**
 * Phases of a training run, computed from its curve by this rule.
 *
 * Smoothed is the mean over all records from memorisation on within a factor of 1.1 of the step: records stand in logarithmic
 * time. The network has *memorised* at the first train accuracy ≥ 0.99. The *peak* is the best test accuracy from there
 * on. *Grokking* begins when the smoothed test accuracy has gained half of what it gains between memorisation and its
 * peak; if that is less than 0.05, there is none. A *collapse* is there if the smoothed test accuracy, after its peak, stays below
 * (smoothed peak − 0.05) for 10% of the logarithmic time from the peak to the end, and for a factor of 1.1: a dip of single
 * records, however deep, is none. It begins with the first record after the smoothed peak that is below
 * (peak − 0.05) as it was measured. It is *anti-grokking* if there was grokking and the train accuracy never fell.
 *
 * @param curve records of rising step.
 */
export function phases(curve: readonly CurvePoint[]): Phases {
  const testLossMinimum = first(curve, ({ testLoss }) => -testLoss);
  const start = curve.findIndex(({ trainAccuracy }) => trainAccuracy >= MEMORISED);
  if (start < 0) return { ...NEVER_MEMORISED, testLossMinimum };
  const records = curve.slice(start);
  const smooth = smoothed(records);
  const memorised = records[0]!;
  const peak = first(records, ({ testAccuracy }) => testAccuracy)!;
  const smoothedPeak = first(smooth, ({ testAccuracy }) => testAccuracy)!;

  const low = smooth[0]!.testAccuracy;
  const gain = smoothedPeak.testAccuracy - low;
  const half = smooth.findIndex(({ testAccuracy }) => testAccuracy >= low + gain / 2);
  const grokkingBegins = gain >= CHANGE ? records[half]! : null;

  const fallen = lastingFall(smooth, smoothedPeak);
  const below = ({ step, testAccuracy }: CurvePoint) =>
    step > smoothedPeak.step && testAccuracy < peak.testAccuracy - CHANGE;
  const collapseBegins = fallen === null ? null : (records.find(below) ?? records[fallen]!);
  const trainHeld = smooth.every(({ trainAccuracy }) => trainAccuracy >= MEMORISED);
  return {
    memorised,
    grokkingBegins,
    peak,
    smoothedPeak,
    collapseBegins,
    trainHeld,
    antiGrokkingBegins: grokkingBegins !== null && trainHeld ? collapseBegins : null,
    testLossMinimum,
  };
}

/** The phase in which a step lies. */
export function phaseAt({ grokkingBegins, antiGrokkingBegins }: Phases, step: number): Phase {
  if (grokkingBegins === null || step < grokkingBegins.step) return "pre-grokking";
  return antiGrokkingBegins === null || step < antiGrokkingBegins.step ? "grokking" : "anti-grokking";
}

const NEVER_MEMORISED: Omit<Phases, "testLossMinimum"> = {
  memorised: null,
  grokkingBegins: null,
  peak: null,
  smoothedPeak: null,
  collapseBegins: null,
  trainHeld: false,
  antiGrokkingBegins: null,
};

/** Index of the record at which the first fall begins that lasts; null without one. */
function lastingFall(smooth: readonly CurvePoint[], peak: CurvePoint): number | null {
  const end = smooth[smooth.length - 1]!.step;
  const lasting = Math.max(LASTING * Math.log(end / peak.step), Math.log(WINDOW));
  let begin: number | null = null;
  for (const [i, { step, testAccuracy }] of smooth.entries()) {
    if (step <= peak.step || testAccuracy >= peak.testAccuracy - CHANGE) begin = null;
    else {
      begin ??= i;
      if (Math.log(step / smooth[begin]!.step) >= lasting) return begin;
    }
  }
  return null;
}

/** Each record with the means of both accuracies over its window. */
function smoothed(records: readonly CurvePoint[]): CurvePoint[] {
  return records.map((record) => {
    const near = records.filter(({ step }) => step <= record.step * WINDOW && record.step <= step * WINDOW);
    const mean = (key: "trainAccuracy" | "testAccuracy") =>
      near.reduce((sum, one) => sum + one[key], 0) / near.length;
    return { ...record, trainAccuracy: mean("trainAccuracy"), testAccuracy: mean("testAccuracy") };
  });
}

/** The first record with the largest value; null of none. */
function first(records: readonly CurvePoint[], value: (record: CurvePoint) => number): CurvePoint | null {
  let best: CurvePoint | null = null;
  for (const record of records) if (best === null || value(record) > value(best)) best = record;
  return best;
}
