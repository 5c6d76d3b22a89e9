// What --shuffle auto may miss: normal entries of deviation 1 with one entry just below the border from which a copy is decomposed,
// and how often the largest eigenvalue exceeds the threshold all the same. The border is 0.85 of the critical margin, or the margin
// whose eigenvalue is 0.85 of the threshold, whichever is smaller. Where it is above 1, as in small matrices of large runs, an entry
// between τ and the border has no copy; one between 0.75 τ and τ has, since there the prediction counts as a guess.
import { edgeThreshold, spikeMargin } from "../../dist/index.js";
import { entries } from "../entry-laws.mjs";
import { eachSpectrum, share, withError } from "./draw.mjs";

const NEAR = 0.85;
/** In units of τ; just below the 0.75 from which the prediction counts as a guess. */
const KEPT = 0.74;
const CASES = [
  { N: 16, M: 12, run: 100, draws: 20000 },
  { N: 32, M: 24, run: 10000, draws: 20000 },
  { N: 64, M: 32, run: 1000000, draws: 4000 },
  { N: 64, M: 64, run: 100, draws: 2000 },
  { N: 128, M: 128, run: 100, draws: 1000 },
];

export async function auto({ solver, seed, count }) {
  const cells = [];
  for (const { N, M, run, draws } of CASES) {
    const noise = { N, M, sigma: 1, kurtosis: 0 };
    const threshold = edgeThreshold(0.01 / run, noise);
    const border = Math.min(NEAR * spikeMargin(threshold, noise), spikeMargin(NEAR * threshold, noise));
    // With a border at the edge of the bulk no entry beyond τ is left alone.
    const margins = border > 1 ? [border - 0.005, KEPT] : [KEPT];
    for (const margin of margins) {
      const matrices = count(draws);
      const draw = (index) => {
        const values = entries("gaussian", N, M, seed, index);
        values[0] = margin * (N * M) ** 0.25;
        return { values, N, M };
      };
      const tops = await eachSpectrum(solver, matrices, draw, (eigenvalues) => eigenvalues[M - 1]);
      cells.push({ N, M, run, border, margin, matrices, above: share(tops, (top) => top > threshold) });
    }
  }
  const rows = cells.map(({ N, M, run, border, margin, matrices, above }) => ({
    "N × M": `${N} × ${M}`,
    "matrices in the run": run,
    "border, in margins": border.toFixed(2),
    "entry at": margin.toFixed(3),
    shuffles: matrices,
    "above the threshold": withError(above, matrices),
  }));
  return {
    cells,
    tables: [{ title: "an entry that --shuffle auto leaves alone: share of shuffles with a trap", rows }],
  };
}
