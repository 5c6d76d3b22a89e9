// The bulk of a matrix of its own, where the truth is known:
//   1. both estimates of the noise variance, 1 here, and of the number of planted directions
//   2. noise alone: how often a spike is found at 1 % or the estimates disagree, and how far the spectrum is from its law
//   3. deviation of the eigenvalue of one planted entry beside the formula, and coverage of the soft rank's interval

import { KeyedRandom } from "../../dist/checkpoint/synth/random.js";
import { bulkOfSpectrum, marchenkoPasturEdges } from "../../dist/index.js";
import { entries } from "../entry-laws.mjs";
import { deviation, eachSpectrum, mean, quantile, share, withError } from "./draw.mjs";

const M = 256;
/** Strengths that fall as the eigenvalues of a power law with exponent 1.5, the least of them four times the limit. */
const powerLaw = (k) => Array.from({ length: k }, (_, i) => 4 * (k / (i + 1)) ** 2);
/** Strength y of the planted directions in units of the limit √(M/N), or deviations of the columns. */
const CASES = [
  { name: "noise", Q: 1 },
  { name: "noise", Q: 2 },
  { name: "10 at 4 × the limit", Q: 1, strengths: Array(10).fill(4) },
  { name: "10 at 4 × the limit", Q: 4, strengths: Array(10).fill(4) },
  { name: "one at 40 ×", Q: 1, strengths: [40] },
  { name: "power law, 13", Q: 1, strengths: powerLaw(13) },
  { name: "power law, 51", Q: 2, strengths: powerLaw(51) },
  { name: "power law, 51", Q: 1, strengths: powerLaw(51) },
  { name: "power law, 102", Q: 1, strengths: powerLaw(102) },
  { name: "columns scaled by e^(0.4 z)", Q: 4, scale: 0.4 },
];

export async function bulk({ solver, seed, count }) {
  const found = [
    { title: `two estimates of the bulk, M = ${M}; means, σ² = 1 in truth`, ...(await estimates()) },
    {
      title: "normal noise: spikes at 1%, not identified, and Kolmogorov–Smirnov distance times M",
      ...(await noise()),
    },
    { title: "one entry of strength y, or none: λ₁ and the soft rank's 95% interval", ...(await softRank()) },
  ];
  return {
    cells: found.flatMap(({ cells }) => cells),
    tables: found.map(({ title, rows }) => ({ title, rows })),
  };

  async function estimates() {
    const cells = [];
    for (const { name, Q, strengths = [], scale = 0 } of CASES) {
      const N = Q * M;
      const matrices = count(20);
      const draw = (index) => ({ values: planted(N, strengths, scale, index), N, M });
      const bulks = await eachSpectrum(solver, matrices, draw, (eigenvalues) =>
        bulkOfSpectrum(eigenvalues, N, M),
      );
      // Where a method finds no bulk at all it has no number.
      const means = (of) => {
        const known = bulks.map(of).filter((estimate) => estimate !== null);
        return {
          variance: mean(known.map(({ variance }) => variance)),
          spikes: mean(known.map(({ spikes }) => spikes)),
        };
      };
      cells.push({
        name,
        Q,
        matrices,
        kritchmanNadler: means((one) => one.bulk),
        quantiles: means((one) => one.secondOpinion),
        identified: share(bulks, ({ identified }) => identified),
        distance: mean(bulks.map(({ distance }) => distance).filter((distance) => distance !== null)),
      });
    }
    const shown = ({ variance, spikes }) => `${variance.toFixed(3)}, ${spikes.toFixed(1)}`;
    const rows = cells.map((cell) => ({
      "true directions": cell.name,
      Q: cell.Q,
      matrices: cell.matrices,
      "Kritchman–Nadler σ², k": shown(cell.kritchmanNadler),
      "quantiles σ², k": shown(cell.quantiles),
      identified: `${(100 * cell.identified).toFixed(0)}%`,
      mp_ks: cell.distance.toFixed(4),
    }));
    return { cells, rows };
  }

  async function noise() {
    const cells = [];
    for (const [N, columns] of [
      [64, 32],
      [64, 64],
      [128, 64],
      [128, 128],
      [256, 128],
    ]) {
      const matrices = count(2000);
      const bulks = await eachSpectrum(solver, matrices, normal(N, columns), (eigenvalues) =>
        bulkOfSpectrum(eigenvalues, N, columns),
      );
      const scaled = bulks.map(({ distance, bulk: { spikes } }) => distance * (columns - spikes));
      cells.push({
        N,
        M: columns,
        matrices,
        spikes: share(bulks, ({ bulk: { spikes } }) => spikes > 0),
        notIdentified: share(bulks, ({ identified }) => !identified),
        distance: [0.025, 0.5, 0.975].map((p) => quantile(scaled, p)),
      });
    }
    const rows = cells.map(({ N, M, matrices, spikes, notIdentified, distance: [low, middle, high] }) => ({
      "N × M": `${N} × ${M}`,
      matrices,
      "spikes found": withError(spikes, matrices),
      "not identified": withError(notIdentified, matrices),
      "mp_ks · M, median": middle.toFixed(2),
      "95% of them": `${low.toFixed(2)} … ${high.toFixed(2)}`,
    }));
    return { cells, rows };
  }

  async function softRank() {
    const cells = [];
    for (const [N, columns, y] of [
      [64, 64, 0],
      [128, 64, 0],
      [64, 64, 3],
      [128, 64, 2.5],
      [128, 64, 10],
    ]) {
      const matrices = count(2000);
      const size = Math.sqrt(y * N);
      const ratio = columns / N;
      // The law of the noise does not depend on the direction, here that of one entry.
      const draw = (index) => {
        const drawn = normal(N, columns)(index);
        drawn.values[0] += size;
        return drawn;
      };
      const { upper } = marchenkoPasturEdges({ N, M: columns, sigma: 1 });
      const limit = y === 0 ? 1 : upper / (N * (1 + y) * (1 + ratio / y));
      const tested = await eachSpectrum(solver, matrices, draw, (eigenvalues) => {
        const { softRankInterval, edges } = bulkOfSpectrum(eigenvalues, N, columns);
        return { largest: eigenvalues[columns - 1], interval: softRankInterval, edge: edges.upper };
      });
      const given = tested.filter(({ interval }) => interval !== null);
      // The error of the bulk's own edge is not the interval's.
      const covers = ({ interval, edge }) =>
        interval.low * (upper / edge) <= limit && limit <= interval.high * (upper / edge);
      cells.push({
        N,
        M: columns,
        y,
        matrices,
        deviation: deviation(tested.map(({ largest }) => largest)),
        formula: y === 0 ? null : N * Math.sqrt((2 / N) * (1 - ratio / y ** 2) * (1 + 2 * y + ratio)),
        given: given.length,
        coverage: share(given, covers),
      });
    }
    const rows = cells.map((cell) => ({
      "N × M": `${cell.N} × ${cell.M}`,
      y: cell.y,
      matrices: cell.matrices,
      "deviation of λ₁": cell.deviation.toFixed(1),
      formula: cell.formula === null ? "–" : cell.formula.toFixed(1),
      intervals: cell.given,
      coverage: withError(cell.coverage, cell.given),
    }));
    return { cells, rows };
  }

  function normal(N, columns) {
    return (index) => ({ values: entries("gaussian", N, columns, seed, index), N, M: columns });
  }

  /** Normal noise of variance 1 with its columns scaled, and delocalised directions added to it. */
  function planted(N, strengths, scale, index) {
    const values = entries("gaussian", N, M, seed, index);
    const random = new KeyedRandom(seed, `bulk ${N}x${M} ${strengths.length} ${scale} ${index}`);
    const right = new Float64Array(M);
    if (scale > 0) {
      random.gaussians(0, right);
      for (let i = 0; i < values.length; i++) values[i] *= Math.exp(scale * right[i % M]);
    }
    const left = new Float64Array(N);
    strengths.forEach((strength, spike) => {
      // Entries of variance 1/M times those of variance 1: a direction of squared size N.
      const size = Math.sqrt((strength * Math.sqrt(M / N)) / M);
      random.gaussians(2 * spike, left);
      random.gaussians(2 * spike + 1, right);
      for (let r = 0; r < N; r++) {
        for (let c = 0; c < M; c++) values[r * M + c] += size * left[r] * right[c];
      }
    });
    return values;
  }
}
