import { describe, expect, test } from "vitest";
import { type WeightWatcherColumns, weightwatcher } from "../../lib/spectrum/index.ts";
import {
  asColumn,
  type GoldenCase,
  goldenCase,
  goldenCases,
  goldenTensor,
  type Section,
} from "../helpers/golden.ts";
import { jacobiEigenvalues } from "../helpers/jacobi.ts";

type Column = keyof WeightWatcherColumns;

/** Recorded sections, and which recorded name each column has there. */
const sections: [section: (golden: GoldenCase) => Section, names: [Column, keyof Section][]][] = [
  [
    ({ esd }) => esd,
    [
      ["N", "N"],
      ["M", "M"],
      ["Q", "Q"],
      ["rf", "rf"],
      ["numEvals", "num_evals"],
      ["svMax", "sv_max"],
      ["svMin", "sv_min"],
      ["rankLoss", "rank_loss"],
      ["weakRankLoss", "weak_rank_loss"],
      ["lambdaMax", "lambda_max"],
    ],
  ],
  [({ pl }) => pl, columnsOf("")],
  [
    ({ clip_xmax }) => clip_xmax,
    [
      ["alphaClipXmax", "alpha"],
      ["numFingers", "num_fingers"],
      ["rawAlpha", "raw_alpha"],
    ],
  ],
  [({ drop_top_2 }) => drop_top_2, columnsOf("DropTop")],
  [({ inverse }) => inverse, [...columnsOf("Inverse"), ["lambdaMaxInverse", "lambda_max"]]],
  [
    ({ xmin_peak_powerlaw }) => xmin_peak_powerlaw,
    columnsOf("XminPeak").filter(([column]) => !column.startsWith("xmax")),
  ],
  [
    ({ norms }) => norms,
    [
      ["norm", "norm"],
      ["logNorm", "log_norm"],
      ["spectralNorm", "spectral_norm"],
      ["logSpectralNorm", "log_spectral_norm"],
      ["alphaWeighted", "alpha_weighted"],
      ["logAlphaNorm", "log_alpha_norm"],
      ["stableRank", "stable_rank"],
      ["matrixRank", "matrix_rank"],
      ["entropy", "entropy"],
    ],
  ],
  [
    ({ mp }) => mp,
    [
      ["numSpikes", "num_spikes"],
      ["sigmaMp", "sigma_mp"],
      ["mpSoftrank", "mp_softrank"],
      ["WScale", "W_scale"],
      ["bulkMax", "bulk_max"],
      ["bulkMin", "bulk_min"],
    ],
  ],
  [
    ({ rand }) => rand,
    [
      ["randNumSpikes", "rand_num_spikes"],
      ["randSigmaMp", "rand_sigma_mp"],
      ["randMpSoftrank", "rand_mp_softrank"],
      ["randWScale", "rand_W_scale"],
      ["randBulkMax", "rand_bulk_max"],
      ["randBulkMin", "rand_bulk_min"],
      ["maxRandEval", "max_rand_eval"],
      ["randDistance", "rand_distance"],
      ["wwSoftrank", "ww_softrank"],
      ["wwMaxdist", "ww_maxdist"],
    ],
  ],
  [
    ({ detX }) => detX,
    [
      ["detXNum", "detX_num"],
      ["detXVal", "detX_val"],
      ["detXValUnrescaled", "detX_val_unrescaled"],
    ],
  ],
];

function columnsOf(suffix: string): [Column, keyof Section][] {
  const names = [
    ["alpha", "alpha"],
    ["xmin", "xmin"],
    ["xmax", "xmax"],
    ["D", "D"],
    ["sigma", "sigma"],
    ["numPlSpikes", "num_pl_spikes"],
    ["status", "status"],
    ["warning", "warning"],
  ] as const;
  return names.map(([column, name]) => [`${column}${suffix}` as Column, name]);
}

/** Taps of a case: the recorded spectrum, or that of each kernel tap. */
function taps(golden: GoldenCase): Float64Array[] {
  if (golden.layer === "linear") return [golden.evals];
  const { shape, values } = goldenTensor(golden.tensor)!;
  const [out, inner, height, width] = shape as [number, number, number, number];
  return Array.from({ length: height * width }, (_, t) => {
    // The tool scales each tap by √½ in single precision; ours halves the eigenvalues.
    const scale = Math.fround(Math.SQRT1_2);
    const tap = Array.from({ length: out * inner }, (_, i) =>
      Math.fround(values[i * height * width + t]! * scale),
    );
    return Float64Array.from(jacobiEigenvalues(tap, out, inner), (eigenvalue) => 2 * eigenvalue).sort();
  });
}

const doubled = (spectrum: Float64Array, golden: GoldenCase) =>
  golden.layer === "linear" ? spectrum : spectrum.map((eigenvalue) => 2 * eigenvalue);

/** The row of a case in WeightWatcher's scheme, every eigenvalue trusted, nothing too small to fit. */
function row(golden: GoldenCase) {
  const shuffled = {
    first: [[doubled(golden.rand_evals, golden)]],
    second: [doubled(golden.rand_evals_second, golden)],
  };
  return weightwatcher(
    {
      N: golden.esd.N as number,
      M: golden.esd.M as number,
      scale: golden.layer === "conv2d" ? 0.5 : 1,
      taps: taps(golden),
    },
    shuffled,
    { minEvals: 0, promise: 0, inverse: true, xminPeak: true, dropTop: 2 },
  );
}

describe.each(goldenCases)("$name", (golden) => {
  const { columns, reasons } = row(golden);
  const tolerance = golden.name.startsWith("clustered") ? 1e-4 : 1e-8;
  const invertible = golden.evals[0]! >= 1e-9 * golden.evals.at(-1)!;

  for (const [section, names] of sections) {
    test.each(names)("%s", (column, name) => {
      const recorded = section(golden)[name];
      const actual = columns[column];
      if (column.endsWith("Inverse") && !invertible) {
        expect(actual).toBeNull();
        expect(reasons[column]).toBe("below_precision");
      } else if (name === "status" || name === "warning") {
        expect(actual).toBe(recorded);
      } else if (asColumn(recorded) === null) {
        expect(actual).toBeNull();
        expect(reasons[column]).toBeDefined();
      } else {
        const expected = asColumn(recorded)!;
        expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected));
      }
    });
  }

  test("every null has a reason, and nothing else has", () => {
    const missing = Object.entries(columns).filter(([, value]) => value === null);
    expect(Object.keys(reasons).sort()).toEqual(missing.map(([column]) => column).sort());
    for (const value of Object.values(columns)) expect(Number.isNaN(value)).toBe(false);
  });

  test("the same tail in logarithms", () => {
    expect(columns.ergNum).toBe(golden.derived.erg_tail_log);
  });
});

test("small weights keep their alpha without the absolute cut", () => {
  const { columns } = row(goldenCase("small_scale_300x150"));
  expect(Math.abs(columns.alphaScaleFree! - 2.5)).toBeLessThan(0.1);
  expect(columns.alpha).toBeGreaterThan(2.8);
});
