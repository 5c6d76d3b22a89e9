// How often the tests of the upper and the lower edge reject matrices of independent entries, at 5 % and 1 %: normal ones of
// several shapes, and other laws with the shift by their kurtosis and without it. The deviation is that of the entries drawn, as
// for a shuffled copy; the kurtosis is that of the law.
import { edgePValue, lowerEdgePValue } from "../../dist/index.js";
import { entries } from "../entry-laws.mjs";
import { eachSpectrum, share } from "./draw.mjs";

const LEVELS = [0.05, 0.01];
const SHAPES = [
  [72, 64],
  [96, 64],
  [128, 64],
  [256, 64],
  [280, 256],
  [512, 256],
  [40, 32],
  [32, 8],
];
/** Excess kurtosis of the laws that are not normal. */
const KURTOSIS = { laplace: 3, uniform: -1.2, rademacher: -2 };

export async function edges({ solver, seed, count }) {
  const cells = [];
  for (const [N, M] of SHAPES) cells.push(...(await rates("gaussian", N, M, count(M > 64 ? 3000 : 6000))));
  for (const law of Object.keys(KURTOSIS)) cells.push(...(await rates(law, 128, 64, count(6000))));
  const rows = cells.map(({ law, shift, N, M, matrices, upper, lower }) => ({
    entries: shift ? law : `${law}, no shift`,
    "N × M": `${N} × ${M}`,
    matrices,
    ...Object.fromEntries(
      [
        ["upper", upper],
        ["lower", lower],
      ].flatMap(([edge, found]) =>
        LEVELS.map((level, i) => [`${edge} ${100 * level}%`, found[i].toFixed(4)]),
      ),
    ),
  }));
  const errors = [3000, 6000].map((n) =>
    LEVELS.map((level) => Math.sqrt((level * (1 - level)) / count(n)).toFixed(4)).join(" and "),
  );
  return {
    cells,
    tables: [
      {
        title: `rejected of simulated noise; standard errors ${errors[1]} for ${count(6000)} matrices, ${errors[0]} for ${count(3000)}`,
        rows,
      },
    ],
  };

  async function rates(law, N, M, matrices) {
    const kurtoses = law === "gaussian" ? [0] : [KURTOSIS[law], 0];
    const draw = (index) => ({ values: entries(law, N, M, seed, index), N, M });
    const tested = await eachSpectrum(solver, matrices, draw, (eigenvalues, { values }) => {
      const sigma = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / (N * M));
      return kurtoses.map((kurtosis) => ({
        upper: edgePValue(eigenvalues[M - 1], { N, M, sigma, kurtosis }),
        lower: lowerEdgePValue(eigenvalues[0], { N, M, sigma, kurtosis }),
      }));
    });
    return kurtoses.map((kurtosis, i) => ({
      law,
      shift: law === "gaussian" || kurtosis !== 0,
      N,
      M,
      matrices,
      ...Object.fromEntries(
        ["upper", "lower"].map((edge) => [
          edge,
          LEVELS.map((level) => share(tested, (pValues) => pValues[i][edge] <= level)),
        ]),
      ),
    }));
  }
}
