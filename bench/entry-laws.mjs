// Matrices of independent entries by the name of their law, of mean 0 (but for one) and variance 1 (about 1 in MXFP4).
import { roundToMxfp4 } from "../dist/bench/kinds.js";
import { KeyedRandom } from "../dist/checkpoint/synth/random.js";

/** An entry from a standard normal x and `others` more of them, from `normals[at]` on. */
const LAWS = {
  gaussian: { others: 0, entry: (x) => x },
  // A mean of 0.35 of what makes an outlier: just below where the calibrated test takes it out before the shuffle.
  "gaussian + mean": { others: 0, entry: (x, _normals, _at, N, M) => x + 0.35 * (N * M) ** -0.25 },
  // The angle of a pair of normals is uniform, half its squared radius exponential, and they are independent.
  uniform: { others: 1, entry: (x, normals, at) => (Math.sqrt(3) * Math.atan2(normals[at], x)) / Math.PI },
  laplace: {
    others: 1,
    entry: (x, normals, at) => (Math.sign(x) * (x * x + normals[at] ** 2)) / 2 / Math.SQRT2,
  },
  rademacher: { others: 0, entry: Math.sign },
  mxfp4: { others: 0, entry: (x) => x, round: roundToMxfp4 },
  t5: student(5),
  t3: student(3),
};

export const LAW_NAMES = Object.keys(LAWS);

/** Entries of the law for an N × M matrix; the same for the same seed and index. */
export function entries(law, N, M, seed, index) {
  const { others, entry, round = (values) => values } = LAWS[law];
  const random = new KeyedRandom(seed, `calibration ${law} ${N}x${M} ${index}`);
  const values = new Float32Array(N * M);
  const normals = new Float64Array(M * (1 + others));
  for (let r = 0; r < N; r++) {
    random.gaussians(r, normals);
    for (let c = 0; c < M; c++) values[r * M + c] = entry(normals[c], normals, M + c * others, N, M);
  }
  return round(values);
}

/** Student's t, scaled to variance 1: a normal over the root of a mean of squares. */
function student(degrees) {
  const entry = (x, normals, at) => {
    let squares = 0;
    for (let k = 0; k < degrees; k++) squares += normals[at + k] ** 2;
    return (x / Math.sqrt(squares / degrees)) * Math.sqrt((degrees - 2) / degrees);
  };
  return { others: degrees, entry };
}
