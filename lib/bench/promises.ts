import { encodeBf16 } from "../checkpoint/synth/encode.ts";
import { Hartley } from "../checkpoint/synth/hartley.ts";
import { KeyedRandom } from "../checkpoint/synth/random.ts";
import type { Precision } from "../solver/solver.ts";
import { fitPowerLaw, weightwatcher } from "../spectrum/index.ts";
import { type Kind, roundToMxfp4, type Shape, weights } from "./kinds.ts";

/**
 * Weights on which the promises of docs/method.md are checked, and what `double` promises of each:
 *   gauss, heavy, spiked, bf16, mxfp4   as KINDS (kinds.ts)
 *   heavy-bf16, heavy-mxfp4             heavy, rounded to that format
 *   student                             independent entries, Student t with 3 degrees of freedom, in BF16
 *   mean                                normal entries around 3, in BF16
 *   equal                               BF16 columns that are all the same: rounding errors of their products line up
 *   lowrank                             float64, a quarter of the eigenvalues not 0
 */
export const PROMISED = {
  gauss: 1e-12,
  heavy: 1e-12,
  spiked: 1e-12,
  lowrank: 1e-12,
  mxfp4: 1e-12,
  "heavy-mxfp4": 1e-12,
  bf16: 1e-7,
  "heavy-bf16": 1e-7,
  student: 1e-7,
  mean: 1e-7,
  equal: 1e-7,
} as const;

export type PromisedKind = keyof typeof PROMISED;

/** The rows × n entries of such a matrix, row-major: the same for the same shape and seed. */
export function promisedWeights(kind: PromisedKind, shape: Shape): Float32Array | Float64Array {
  switch (kind) {
    case "lowrank":
      return lowRank(shape);
    case "student":
      return toBf16(student(shape));
    case "mean":
      return toBf16(weights("gauss", shape).map((x) => x + 3));
    case "equal":
      return toBf16(weights("gauss", shape).map((_, i, all) => all[i - (i % shape.n)]!));
    case "heavy-bf16":
      return toBf16(weights("heavy", shape));
    case "heavy-mxfp4":
      return roundToMxfp4(weights("heavy", shape));
    default:
      return weights(kind satisfies Kind, shape);
  }
}

function toBf16(values: Float32Array): Float32Array {
  encodeBf16(values, new Uint16Array(values.length));
  return values;
}

/** Rows of G·H·S·H·P: G normal, P keeps every fourth coordinate, the orthogonal H·S·H spreads it over all columns. */
function lowRank({ n, rows, seed }: Shape): Float64Array {
  const random = new KeyedRandom(seed, `bench lowrank ${rows}x${n}`);
  const signs = Float64Array.from({ length: n }, () => (random.below(2) === 0 ? 1 : -1));
  const hartley = new Hartley(n);
  const values = new Float64Array(rows * n);
  for (let row = 0; row < rows; row++) {
    const line = values.subarray(row * n, (row + 1) * n);
    random.gaussians(row, line);
    for (let col = 0; col < n; col++) if (col % 4 !== 0) line[col] = 0;
    hartley.transform(line);
    for (let col = 0; col < n; col++) line[col]! *= signs[col]!;
    hartley.transform(line);
  }
  return values;
}

/** Normal over the root of a third of a sum of three squares. */
function student({ n, rows, seed }: Shape): Float32Array {
  const random = new KeyedRandom(seed, `bench student ${rows}x${n}`);
  const values = new Float32Array(rows * n);
  const drawn = new Float64Array(4 * n);
  for (let row = 0; row < rows; row++) {
    random.gaussians(row, drawn);
    for (let col = 0; col < n; col++) {
      const [x, ...three] = drawn.subarray(4 * col, 4 * col + 4) as unknown as [
        number,
        number,
        number,
        number,
      ];
      values[row * n + col] = x / Math.sqrt(three.reduce((sum, y) => sum + y * y, 0) / 3);
    }
  }
  return values;
}

/** A computed spectrum: eigenvalues of the Gram matrix, ascending, with what the solver said of them. */
export interface Computed {
  N: number;
  eigenvalues: Float64Array;
  precision: Precision;
  promise: number;
}

/** How a spectrum and its power law compare with those of the exact one. */
export interface Judgement {
  /** max |Δλ|/λmax. */
  error: number;
  /** Null where the promise does not carry a fit (`fitAmbiguous`, or no alpha and the reason for it). */
  fit: {
    deltaAlpha: number;
    /** The tail starts at the same eigenvalue and has as many. */
    sameTail: boolean;
  } | null;
  /** Promises that were not kept, in words. */
  missed: string[];
}

/** What is promised of alpha where the fit is not ambiguous. */
export function alphaPromise(precision: Precision): number {
  return precision === "single" ? 1e-3 : 1e-6;
}

/** Holds a spectrum against the exact one, by docs/method.md, "Promise". */
export function judge(computed: Computed, exact: Float64Array): Judgement {
  const { eigenvalues, precision, promise } = computed;
  const missed: string[] = [];
  if (eigenvalues.length !== exact.length) {
    return {
      error: Number.NaN,
      fit: null,
      missed: [`${eigenvalues.length} eigenvalues, not ${exact.length}`],
    };
  }
  const largest = exact.at(-1) ?? 0;
  const difference = eigenvalues.reduce((worst, value, i) => Math.max(worst, Math.abs(value - exact[i]!)), 0);
  const error = difference === 0 ? 0 : difference / largest;
  if (!(error <= promise)) missed.push(`|Δλ|/λmax ${error.toExponential(1)} above ${promise}`);

  const fit = comparedFits(computed, exact);
  if (fit !== null && !fit.sameTail) missed.push("another tail");
  if (fit !== null && !(fit.deltaAlpha <= alphaPromise(precision))) {
    missed.push(`|Δalpha| ${fit.deltaAlpha.toExponential(1)} above ${alphaPromise(precision)}`);
  }
  return { error, fit, missed };
}

function comparedFits({ N, eigenvalues, promise }: Computed, exact: Float64Array): Judgement["fit"] {
  if (eigenvalues.length === 0) return null;
  const layer = { N, M: eigenvalues.length, scale: 1, taps: [eigenvalues] };
  const { columns } = weightwatcher(layer, null, { minEvals: 10, promise });
  const { alpha, xmin, numPlSpikes, fitAmbiguous } = columns;
  if (alpha === null || xmin === null || fitAmbiguous !== false) return null;
  const expected = fitPowerLaw(exact);
  return {
    deltaAlpha: Math.abs(alpha - (expected?.alpha ?? Number.NaN)),
    sameTail:
      expected !== null &&
      eigenvalues.indexOf(xmin) === exact.indexOf(expected.xmin) &&
      numPlSpikes === expected.numPlSpikes,
  };
}
