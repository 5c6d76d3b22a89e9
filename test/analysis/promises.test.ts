import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveOptions } from "../../lib/analysis/options.ts";
import { planAnalysis } from "../../lib/analysis/plan.ts";
import { judge, PROMISED, type PromisedKind, promisedWeights } from "../../lib/bench/promises.ts";
import { openCheckpoint, toRecord } from "../../lib/index.ts";
import { sides, type WeightMatrix } from "../../lib/solver/matrix.ts";
import { kernels } from "../../lib/solver/native.ts";
import { openSolver } from "../../lib/solver/open.ts";
import type { MatrixSpectra, Precision } from "../../lib/solver/solver.ts";
import { shuffle, shuffleKey } from "../../lib/spectrum/index.ts";
import { compile, finished, start } from "../helpers/command.ts";
import { exactEigenvalues } from "../helpers/exact.ts";
import { goldenCases } from "../helpers/golden.ts";
import { jacobiEigenvalues } from "../helpers/jacobi.ts";
import { decodeMatrix } from "../helpers/matrix-decode.ts";
import { memoryMatrix } from "../helpers/memory-matrix.ts";
import { temporaryFolder, writeSafetensors } from "../helpers/safetensors-writer.ts";
import { rowsOf, tinyFolder } from "./checkpoints.ts";

/** The promises of docs/method.md, held against singular values: no Gram matrix, no code of ours. */
const seed = 3;
const kinds = Object.keys(PROMISED) as PromisedKind[];
const native = openSolver({ solver: "native", threads: 1 });
const lapack = openSolver({ solver: "lapack", threads: 1 });
afterAll(() => {
  native.close();
  lapack.close();
});

const solve = (matrix: WeightMatrix, precision: Precision, replicas = 0, solver = native) =>
  solver.solve({ matrix, precision, seed, replicas });

const judged = (
  matrix: WeightMatrix,
  { precision, promise }: MatrixSpectra,
  eigenvalues: Float64Array,
  exact: Float64Array,
) => judge({ N: sides(matrix).N, eigenvalues, precision, promise }, exact);

/** What a spectrum of this kind must promise; NaN if the precision used is not the one asked for, as only `equal` may. */
function promiseOf(
  kind: PromisedKind,
  asked: Precision,
  { precision }: Pick<MatrixSpectra, "precision">,
): number {
  if (precision !== asked && !(kind === "equal" && asked === "single" && precision === "double"))
    return Number.NaN;
  return { double: PROMISED[kind], single: 1e-5, reference: 1e-12 }[precision];
}

test("the singular values they are held against are those of Jacobi's rotations", () => {
  for (const [rows, cols] of [
    [40, 25],
    [25, 25],
  ] as const) {
    const values = promisedWeights("heavy", { n: cols, rows, seed });
    const expected = jacobiEigenvalues(values, rows, cols);
    for (const [i, value] of exactEigenvalues(values, rows, cols).entries()) {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-14 * expected.at(-1)!);
    }
  }
});

describe.each(kinds)("%s", (kind) => {
  test.each([
    [480, 320],
    [200, 420],
    [256, 256],
  ])("%i × %i and its shuffled copy", async (rows, cols) => {
    const values = promisedWeights(kind, { n: cols, rows, seed });
    const matrix = memoryMatrix(kind, rows, cols, values);
    const exact = exactEigenvalues(values, rows, cols);
    const shuffled = exactEigenvalues(shuffle(values, shuffleKey(seed, kind)), rows, cols);
    for (const precision of ["double", "single", "reference"] as const) {
      const spectra = await solve(matrix, precision, 1, precision === "reference" ? lapack : native);
      expect([kind, precision, spectra.promise]).toEqual([
        kind,
        precision,
        promiseOf(kind, precision, spectra),
      ]);
      const tap = spectra.taps[0]!;
      expect([precision, judged(matrix, spectra, tap.eigenvalues, exact).missed]).toEqual([precision, []]);
      expect([precision, judged(matrix, spectra, tap.shuffled[0]!, shuffled).missed]).toEqual([
        precision,
        [],
      ]);
    }
  });
});

describe("recorded matrices", () => {
  const location = fileURLToPath(new URL("../fixtures/golden/cases.safetensors", import.meta.url));

  test.each(["double", "single"] as const)(
    "keep the promise of %s beside WeightWatcher's SVD",
    async (precision) => {
      const { items } = planAnalysis(await openCheckpoint(location), resolveOptions({}));
      const matrices = new Map(
        items.flatMap((item) => (item.kind === "matrix" ? [[item.matrix.name, item.matrix]] : [])),
      );
      let clear = 0;
      for (const { name, evals } of goldenCases) {
        const matrix = matrices.get(name)!;
        if (matrix.taps > 1) continue; // WeightWatcher rounds the scaled taps of a convolution to float32
        const spectra = await solve(matrix, precision);
        expect([name, spectra.precision]).toEqual([name, precision]);
        const { missed, fit } = judged(matrix, spectra, spectra.taps[0]!.eigenvalues, evals);
        expect([name, missed]).toEqual([name, []]);
        if (fit !== null) clear++;
      }
      expect(clear).toBeGreaterThan(precision === "double" ? 15 : 10);
    },
  );

  test("in every row the columns say what was asked, what was used, and by whom", async () => {
    const asked = [
      ["double", "native"],
      ["single", "native"],
      ["reference", "lapack"],
    ] as const;
    for (const [precision, solver] of asked) {
      const rows = await rowsOf(location, { precision, shuffle: "never" });
      for (const row of rows) {
        const record = toRecord(row);
        expect(record).toMatchObject({ precision, precision_asked: precision, solver });
        if (row.error !== null) expect(record["promise"]).toBeNull();
        else if (precision === "single") expect(record["promise"]).toBe(1e-5);
        else expect([1e-12, 1e-7]).toContain(record["promise"]);
      }
    }
  });
});

test("MXFP4 and BF16 keep their promises from a file", async () => {
  const { items } = planAnalysis(await openCheckpoint(tinyFolder("hf")), resolveOptions({}));
  const promises = new Set<number>();
  for (const item of items) {
    if (item.kind !== "matrix") continue;
    const { matrix } = item;
    const values = decodeMatrix(matrix);
    const exact = exactEigenvalues(values, matrix.rows, matrix.cols);
    const shuffled = exactEigenvalues(
      shuffle(values, shuffleKey(seed, matrix.name)), matrix.rows, matrix.cols,
    ); // biome-ignore format: short
    for (const precision of ["double", "single"] as const) {
      const spectra = await solve(matrix, precision, 1);
      promises.add(spectra.promise);
      const tap = spectra.taps[0]!;
      expect([matrix.name, judged(matrix, spectra, tap.eigenvalues, exact).missed]).toEqual([
        matrix.name,
        [],
      ]);
      expect([matrix.name, judged(matrix, spectra, tap.shuffled[0]!, shuffled).missed]).toEqual([
        matrix.name,
        [],
      ]);
    }
  }
  expect([...promises].sort((a, b) => a - b)).toEqual([1e-12, 1e-7, 1e-5]);
});

describe("single precision on a matrix whose rounding errors line up", () => {
  // Float32 sums of equal terms are rounded the same way each time: |Δλ|/λmax is 1e-5 or more, whatever the blocks.
  const [rows, cols] = [400_000, 16];
  const values = new Float32Array(rows * cols).fill(0.7);
  const exact = new Float64Array(cols);
  exact[cols - 1] = rows * cols * Math.fround(0.7) ** 2;

  test.each([
    ["native", native],
    ["lapack", lapack],
  ] as const)("falls back to double: %s", async (_, solver) => {
    const matrix = memoryMatrix("equal", rows, cols, values);
    const spectra = await solve(matrix, "single", 0, solver);
    expect(spectra).toMatchObject({ precision: "double", promise: 1e-12 });
    expect(judged(matrix, spectra, spectra.taps[0]!.eigenvalues, exact).missed).toEqual([]);
  });

  test("the row says so", async () => {
    const file = join(temporaryFolder(), "equal.safetensors");
    const data = new Uint8Array(values.buffer);
    writeSafetensors(file, [{ name: "equal", dtype: "F32", shape: [rows, cols], data }]);
    const [row] = await rowsOf(file, { precision: "single", shuffle: "never" });
    expect(toRecord(row!)).toMatchObject({
      precision: "double",
      precision_asked: "single",
      solver: "native",
      promise: 1e-12,
      error: null,
    });
    expect(Math.abs(row!.lambdaMax! / exact.at(-1)! - 1)).toBeLessThan(1e-12);
  });
});

test.each([
  [20_000, 96],
  [600, 500],
  [96, 20_000],
])("%i × %i has the same bits on one thread and on two", async (rows, cols) => {
  for (const kind of ["gauss", "bf16", "mxfp4"] as const) {
    const matrix = memoryMatrix(kind, rows, cols, promisedWeights(kind, { n: cols, rows, seed }));
    for (const precision of ["double", "single"] as const) {
      const two = openSolver({ solver: "native", threads: 2 });
      const { taps } = await solve(matrix, precision, 1, two);
      two.close();
      expect(taps).toEqual((await solve(matrix, precision, 1)).taps);
    }
  }
});

describe("every instruction set of this CPU", () => {
  const [rows, cols] = [300, 200];
  const program = `
    import { promisedWeights } from "./dist/bench/promises.js";
    import { openSolver } from "./dist/solver/open.js";
    const solver = openSolver({ solver: "native", threads: 1 });
    for (const kind of ${JSON.stringify(kinds)}) {
      const values = promisedWeights(kind, { n: ${cols}, rows: ${rows}, seed: ${seed} });
      const source = { encoding: values instanceof Float64Array ? "F64" : "F32", values };
      const matrix = { name: kind, tensor: kind, role: "dense", layer: null, expert: null, rows: ${rows}, cols: ${cols}, taps: 1, source };
      for (const precision of ["double", "single"]) {
        const { taps, ...used } = await solver.solve({ matrix, precision, seed: 0, replicas: 0 });
        const eigenvalues = [...taps[0].eigenvalues];
        console.log(JSON.stringify({ kernel: solver.kernel, kind, asked: precision, ...used, eigenvalues }));
      }
    }
    solver.close();`;
  beforeAll(compile, 120_000);

  test.each(kernels().available)(
    "%s keeps the promises, and agrees with the one chosen here",
    async (isa) => {
      const child = start(["--input-type=module", "-e", program], { SPECTRAP_ISA: isa });
      const { code, stdout, stderr } = await finished(child);
      expect([code, stderr]).toEqual([0, ""]);
      const lines = stdout.trimEnd().split("\n");
      expect(lines).toHaveLength(2 * kinds.length);
      for (const line of lines) {
        const { kernel, kind, asked, precision, promise, eigenvalues } = JSON.parse(line);
        const label = [isa, kind, asked];
        expect([kernel, kind, asked]).toEqual(label);
        expect([...label, promise]).toEqual([...label, promiseOf(kind, asked, { precision })]);
        const values = promisedWeights(kind, { n: cols, rows, seed });
        const matrix = memoryMatrix(kind, rows, cols, values);
        const computed = {
          N: rows,
          eigenvalues: Float64Array.from(eigenvalues as number[]),
          precision,
          promise,
        };
        expect([...label, judge(computed, exactEigenvalues(values, rows, cols)).missed]).toEqual([
          ...label,
          [],
        ]);
        const here = await solve(matrix, asked);
        const chosen = here.taps[0]!.eigenvalues;
        const apart = Math.max(...chosen.map((value, i) => Math.abs(value - computed.eigenvalues[i]!)));
        expect(apart).toBeLessThanOrEqual(Math.max(promise, here.promise) * chosen.at(-1)!);
      }
    },
  );
});
