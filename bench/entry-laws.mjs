// Matrices of independent entries of mean 0 and variance 1 (about 1 in MXFP4), by the name of their law. Contract of each:
// (random, values) fills `values`; the same name and seed give the same matrix.
import { roundToMxfp4 } from "../dist/bench/kinds.js";
import { KeyedRandom } from "../dist/checkpoint/synth/random.js";

const LAWS = {
  gaussian: (gauss) => gauss,
  uniform: (gauss, values) => map(gauss, values, (x) => Math.sqrt(3) * (2 * normalCdf(x) - 1)),
  rademacher: (gauss, values) => map(gauss, values, (x) => (x < 0 ? -1 : 1)),
  laplace: (gauss, values) => map(gauss, values, (x) => Math.sign(x) * -Math.log(2 * normalSf(Math.abs(x))) * Math.SQRT1_2),
  mxfp4: (gauss) => roundToMxfp4(gauss),
  t5: student(5),
  t3: student(3),
};

export const LAW_NAMES = Object.keys(LAWS);

/** Entries of the law, N × M of them, for a seed and a number. */
export function entries(law, N, M, seed, index) {
  const random = new KeyedRandom(seed, `calibration ${law} ${N}x${M} ${index}`);
  const values = new Float32Array(N * M);
  const row = new Float64Array(M);
  for (let r = 0; r < N; r++) {
    random.gaussians(r, row);
    values.set(row, r * M);
  }
  return LAWS[law](values, values, (r, out) => random.gaussians(N + r, out)) ?? values;
}

/** Student's t of ν degrees, scaled to variance 1: a normal over the root of a mean of ν squares. */
function student(degrees) {
  return (gauss, values, more) => {
    const extra = new Float64Array(degrees * 4096);
    for (let at = 0, block = 0; at < values.length; at += 4096, block++) {
      more(block, extra);
      for (let i = at; i < Math.min(at + 4096, values.length); i++) {
        let squares = 0;
        for (let k = 0; k < degrees; k++) squares += extra[(i - at) * degrees + k] ** 2;
        values[i] = (gauss[i] / Math.sqrt(squares / degrees)) * Math.sqrt((degrees - 2) / degrees);
      }
    }
  };
}

function map(from, to, f) {
  for (let i = 0; i < from.length; i++) to[i] = f(from[i]);
}

function normalCdf(x) {
  return x < 0 ? normalSf(-x) : 1 - normalSf(x);
}

/** P(X > x) of the standard normal law for x ≥ 0, by a rational fit with an error below 1.5e-7 (Abramowitz and Stegun 7.1.26). */
function normalSf(x) {
  const t = 1 / (1 + 0.3275911 * x * Math.SQRT1_2);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return (series * Math.exp((-x * x) / 2)) / 2;
}
