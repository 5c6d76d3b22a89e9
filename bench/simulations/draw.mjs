// What the simulations share: spectra of drawn matrices, random logarithms, and shares with their errors.
import { KeyedRandom } from "../../dist/checkpoint/synth/random.js";
import { describeDense } from "../../dist/solver/dense-matrix.js";

/** Matrices drawn while others are solved. */
const AHEAD = 8;

/**
 * Draws `count` matrices, { values, N, M, … } by their index, and solves them on native threads. What `read` makes of
 * the ascending eigenvalues and the drawn matrix comes back in the order of the indices.
 */
export async function eachSpectrum(solver, count, draw, read) {
  const results = new Array(count);
  const running = new Set();
  for (let index = 0; index < count; index++) {
    const drawn = draw(index);
    const matrix = describeDense({ values: drawn.values, rows: drawn.N, cols: drawn.M });
    const task = solver.solve({ matrix, precision: "double", seed: 0, replicas: 0 }).then(({ taps }) => {
      results[index] = read(taps[0].eigenvalues, drawn);
      running.delete(task);
    });
    running.add(task);
    if (running.size >= AHEAD) await Promise.race(running);
  }
  await Promise.all(running);
  return results;
}

/** n independent values of a power law of exponent alpha from 1 on, ascending: their logarithms are exponential. */
export function powerLawSample(n, alpha, seed, index) {
  const normals = new Float64Array(2 * n);
  new KeyedRandom(seed, `power law ${n} ${index}`).gaussians(0, normals);
  // Half the sum of two squared normals is exponential.
  return Float64Array.from({ length: n }, (_, i) =>
    Math.exp((normals[2 * i] ** 2 + normals[2 * i + 1] ** 2) / 2 / (alpha - 1)),
  ).sort();
}

export function share(all, test) {
  return all.filter(test).length / all.length;
}

/** "0.0485 ± 0.0034": a share and its standard error. */
export function withError(value, count) {
  return `${value.toFixed(4)} ± ${Math.sqrt((value * (1 - value)) / count).toFixed(4)}`;
}

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of one of them. */
export function deviation(values) {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** The p-quantile of the values, without interpolation. */
export function quantile(values, p) {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(p * values.length))];
}
