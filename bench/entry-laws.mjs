// Matrices of independent entries by the name of their law, of mean 0 and variance 1 (about 1 in MXFP4).
import { roundToMxfp4 } from "../dist/bench/kinds.js";
import { KeyedRandom } from "../dist/checkpoint/synth/random.js";

/** An entry from a standard normal x and the others it takes, a standard normal each. */
const LAWS = {
  gaussian: { others: 0, entry: (x) => x },
  // The angle of a pair of normals is uniform, half its squared radius exponential, and they are independent.
  uniform: { others: 1, entry: (x, [y]) => (Math.sqrt(3) * Math.atan2(y, x)) / Math.PI },
  laplace: { others: 1, entry: (x, [y]) => (Math.sign(x) * (x * x + y * y)) / 2 / Math.SQRT2 },
  rademacher: { others: 0, entry: Math.sign },
  // A mean of 0.35 of what makes an outlier: just below where the calibrated test takes it out before the shuffle.
  "gaussian + mean": { others: 0, entry: (x, _, N, M) => x + 0.35 * (N * M) ** -0.25 },
  mxfp4: { others: 0, entry: (x) => x, round: roundToMxfp4 },
  t5: { others: 5, entry: student },
  t3: { others: 3, entry: student },
};

export const LAW_NAMES = Object.keys(LAWS);

/** Entries of the law for an N × M matrix; the same for the same seed and index. */
export function entries(law, N, M, seed, index) {
  const { others, entry, round = (values) => values } = LAWS[law];
  const random = new KeyedRandom(seed, `calibration ${law} ${N}x${M} ${index}`);
  const values = new Float32Array(N * M);
  const row = new Float64Array(M * (1 + others));
  for (let r = 0; r < N; r++) {
    random.gaussians(r, row);
    for (let c = 0; c < M; c++) {
      values[r * M + c] = entry(row[c], row.subarray(M + c * others, M + (c + 1) * others), N, M);
    }
  }
  return round(values);
}

/** Student's t, scaled to variance 1: a normal over the root of a mean of squares. */
function student(x, others) {
  let squares = 0;
  for (const other of others) squares += other * other;
  return (x / Math.sqrt(squares / others.length)) * Math.sqrt((others.length - 2) / others.length);
}
