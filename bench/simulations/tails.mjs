// What is said of the tail of a power law, on independent values of one (α = 2.5) and on the rigid eigenvalues of inverse Wishart
// matrices, whose law has the exponent 1.5:
//   1. how often the likelihood ratios reject the power law at 5 %, by length of the tail
//   2. how far alpha spreads, xmin chosen by the data, in units of the (α − 1)/√k it would spread with xmin known, and how often
//      alpha_low … alpha_high holds the exponent
//   3. how often the bootstrap rejects it
import {
  alphaInterval,
  fitPowerLaw,
  goodnessOfFit,
  logNormalTail,
  shuffleKey,
  truncatedPowerLaw,
} from "../../dist/index.js";
import { entries } from "../entry-laws.mjs";
import { eachSpectrum, powerLawSample, quantile, share, withError } from "./draw.mjs";

const ALPHA = 2.5;
const REPLICATES = 99;

export async function tails({ solver, seed, count }) {
  const wishart = [];
  for (const M of [128, 256]) wishart.push({ M, spectra: await inverseWishart(M, count(200)) });
  const found = [
    { title: `rejected at 5% of independent values of a power law, α = ${ALPHA}`, ...ratios() },
    { title: "alpha with xmin chosen by the data", ...exponents() },
    { title: `goodness of fit, ${REPLICATES} samples`, ...fits() },
  ];
  return {
    cells: found.flatMap(({ cells }) => cells),
    tables: found.map(({ title, rows }) => ({ title, rows })),
  };

  function ratios() {
    const samples = count(2000);
    const cells = [10, 30, 100].map((values) => {
      const tested = Array.from({ length: samples }, (_, index) => {
        const tail = powerLawSample(values, ALPHA, seed, index);
        const { p, vuongP } = logNormalTail(tail);
        return { truncated_p: truncatedPowerLaw(tail).p, log_normal_p: p, log_normal_vuong_p: vuongP };
      });
      const rate = (name) => share(tested, (p) => p[name] <= 0.05);
      return {
        values,
        samples,
        rates: Object.fromEntries(Object.keys(tested[0]).map((name) => [name, rate(name)])),
      };
    });
    const rows = cells.map(({ values, rates }) => ({
      values,
      samples,
      ...Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, withError(rate, samples)])),
    }));
    return { cells, rows };
  }

  function exponents() {
    const independent = [20, 100, 1000].map((values) => {
      const samples = count(2000);
      const drawn = Array.from({ length: samples }, (_, index) => powerLawSample(values, ALPHA, seed, index));
      return { of: `${values} independent values`, samples, ...spread(drawn, ALPHA) };
    });
    const rigid = wishart.map(({ M, spectra }) => ({
      of: `inverse Wishart, ${M} × ${M}`,
      samples: spectra.length,
      ...spread(spectra, 1.5),
    }));
    const cells = [...independent, ...rigid];
    const rows = cells.map(({ of, samples, tail, spread: width, coverage, judged }) => ({
      of,
      samples,
      "median k": tail,
      "spread of alpha, (α − 1)/√k": width.toFixed(2),
      "in alpha_low … alpha_high": withError(coverage, judged),
    }));
    return { cells, rows };
  }

  function fits() {
    const [level, samples, values] = [0.05, count(400), 80];
    const independent = Array.from({ length: samples }, (_, index) =>
      p(powerLawSample(values, ALPHA, seed, index), index),
    );
    const cells = [
      { of: `${values} independent values`, ps: independent },
      ...wishart.map(({ M, spectra }) => ({ of: `inverse Wishart, ${M} × ${M}`, ps: spectra.map(p) })),
    ].map(({ of, ps }) => ({
      of,
      samples: ps.length,
      rejected: share(ps, (one) => one <= level),
      ones: share(ps, (one) => one === 1),
      median: quantile(ps, 0.5),
    }));
    const rows = cells.map((cell) => ({
      of: cell.of,
      samples: cell.samples,
      "rejected at 5%": withError(cell.rejected, cell.samples),
      "median gof_p": cell.median.toFixed(3),
      "gof_p = 1": `${(100 * cell.ones).toFixed(0)}%`,
    }));
    return { cells, rows };
  }

  function p(data, index) {
    return goodnessOfFit(data, { replicates: REPLICATES, key: shuffleKey(seed, `simulation ${index}`) });
  }

  function inverseWishart(M, matrices) {
    const draw = (index) => ({ values: entries("gaussian", M, M, seed, index), N: M, M });
    return eachSpectrum(solver, matrices, draw, (eigenvalues) =>
      // Scaled so that none is lost to the cut at 1e-5.
      eigenvalues.map((lambda) => M ** 2 / lambda).sort(),
    );
  }
}

/**
 * Half the width of the middle 68% of (α̂ − α)√k/(α − 1) over the samples, one if it were normal and xmin known, and coverage
 * of the intervals of tails of ten or more. (The deviation hangs on the few tails of two or three values.)
 */
function spread(samples, alpha) {
  const all = samples.map((values) => fitPowerLaw(values)).filter((fit) => Number.isFinite(fit.alpha));
  const scaled = all.map((fit) => ((fit.alpha - alpha) / (alpha - 1)) * Math.sqrt(fit.numPlSpikes));
  const judged = all.filter(({ numPlSpikes }) => numPlSpikes >= 10);
  const covered = judged
    .map((fit) => alphaInterval(fit))
    .filter(({ low, high }) => low <= alpha && alpha <= high);
  return {
    tail: quantile(
      all.map(({ numPlSpikes }) => numPlSpikes),
      0.5,
    ),
    spread: (quantile(scaled, 0.84) - quantile(scaled, 0.16)) / 2,
    judged: judged.length,
    coverage: covered.length / judged.length,
  };
}
