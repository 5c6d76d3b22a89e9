import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trapColumns } from "../../lib/analysis/trap-columns.ts";
import { type TapTraps, tapTraps } from "../../lib/analysis/traps.ts";
import { KeyedRandom } from "../../lib/checkpoint/synth/random.ts";
import { describeDense } from "../../lib/solver/dense-matrix.ts";
import { openSolver } from "../../lib/solver/open.ts";

let solver: ReturnType<typeof openSolver>;
beforeAll(() => {
  solver = openSolver({ threads: 2 });
});
afterAll(() => solver.close());

/** Independent standard Gaussians, row-major. */
function gaussians(rows: number, cols: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, `traps ${rows}x${cols}`);
  const row = new Float64Array(cols);
  const values = new Float32Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    random.gaussians(r, row);
    values.set(row, r * cols);
  }
  return values;
}

async function testOf(
  values: Float32Array,
  rows: number,
  cols: number,
  { level = 0.01, replicas = 1, name = "w" } = {},
): Promise<TapTraps> {
  const matrix = describeDense({ values, rows, cols }, name);
  const settings = { precision: "double", seed: 3 } as const;
  const { taps } = await solver.solve({ matrix, ...settings, replicas });
  const tested = await tapTraps(solver, matrix, 0, taps[0]!, level, settings);
  if (typeof tested === "string") throw new Error(tested);
  return tested;
}

const tau = (rows: number, cols: number) => (rows * cols) ** 0.25;

describe.each([
  [120, 80],
  [80, 120],
])("a matrix of %d × %d", (rows, cols) => {
  test("names the planted entries, largest first, and nothing stays without them", async () => {
    const values = gaussians(rows, cols, 1);
    values[17 * cols + 5] = -4 * tau(rows, cols);
    values[60 * cols + 71] = 2.5 * tau(rows, cols);
    const { copies, origins, p, unexplained, removed, reference, centred } = await testOf(values, rows, cols);
    expect(copies[0]!.count).toBe(2);
    expect(p).toBeLessThan(1e-9);
    expect(origins.map(({ kind, row, col }) => [kind, row, col])).toEqual([
      ["entry", 17, 5],
      ["entry", 60, 71],
    ]);
    expect(origins[0]!.value).toBe(values[17 * cols + 5]);
    expect(origins[0]!.margin).toBeCloseTo(4, 0);
    for (const { rowOverlap, rowOverlapExpected, colOverlap, colOverlapExpected } of origins) {
      expect(Math.abs(rowOverlap - rowOverlapExpected!)).toBeLessThan(0.15);
      expect(Math.abs(colOverlap - colOverlapExpected!)).toBeLessThan(0.15);
    }
    expect({ unexplained, removed, reference, centred }).toEqual({
      unexplained: 0,
      removed: 2,
      reference: null,
      centred: false,
    });
  });
});

test("noise has no trap, and its copy follows the law", async () => {
  const { copies, origins, ks, unexplained, meanP, below } = await testOf(gaussians(200, 100, 2), 200, 100);
  expect(copies[0]!.count).toBe(0);
  expect([origins, unexplained]).toEqual([[], null]);
  expect(ks).toBeLessThan(0.03);
  expect(meanP).toBeGreaterThan(0.01);
  expect(below!.count).toBe(0);
});

test("a mean is a trap of its own, and hides none of the entries'", async () => {
  const [rows, cols] = [120, 80];
  const values = gaussians(rows, cols, 4);
  values[999] = 2 * tau(rows, cols);
  const shifted = values.map((entry) => entry + 5 / tau(rows, cols));
  const { centred, copies, meanP, origins } = await testOf(shifted, rows, cols);
  expect(centred).toBe(true);
  expect(meanP).toBeLessThan(1e-9);
  expect(copies[0]!.count).toBe(1);
  expect(origins[0]).toMatchObject({ kind: "entry", row: 12, col: 39 });
});

test("a giant entry is no mean trap, though it moves the mean of all entries", async () => {
  const values = gaussians(60, 40, 5);
  values[7] = 400 * tau(60, 40);
  const { copies, meanP, centred } = await testOf(values, 60, 40);
  expect(copies[0]!.count).toBe(1);
  expect(meanP).toBeGreaterThan(0.01);
  expect(centred).toBe(false);
});

test("heavy tails are held against cut-off copies of themselves", async () => {
  const [rows, cols] = [96, 64];
  const values = gaussians(rows, cols, 6).map((entry) => entry ** 3);
  const { reference, copies, origins } = await testOf(values, rows, cols);
  expect(reference!.tops).toHaveLength(20);
  expect(copies[0]!.count).toBeGreaterThan(0);
  for (const { kind, margin } of origins) if (kind === "entry") expect(margin).toBeGreaterThan(0.75);
});

test("copies are counted one by one and put together", async () => {
  const values = gaussians(80, 60, 7);
  values[100] = 3 * tau(80, 60);
  const tested = await testOf(values, 80, 60, { replicas: 4 });
  const { columns } = trapColumns({ evidence: "decomposed", taps: [tested] });
  expect(columns).toMatchObject({
    traps: 1,
    trapsByReplica: [1, 1, 1, 1],
    trapsMean: 1,
    trapsLow: 1,
    trapsHigh: 1,
    trapsStability: 1,
    meanTrap: false,
    trapReference: "edge",
    trapRelation: null,
  });
});

test("the level holds: of 400 matrices without a trap about 5% have p ≤ 0.05", async () => {
  const p = await Promise.all(
    Array.from({ length: 400 }, async (_, index) => {
      const values = gaussians(64, 48, 1000 + index);
      // Half of them of two values: without the term of the kurtosis they would hardly ever be rejected.
      if (index % 2 === 1) for (let i = 0; i < values.length; i++) values[i] = Math.sign(values[i]!);
      return (await testOf(values, 64, 48, { level: 0.05, name: `w${index}` })).p;
    }),
  );
  for (const half of [0, 1]) {
    const rejected = p.filter((value, index) => index % 2 === half && value <= 0.05).length;
    // Binomial with 200 trials: 10 expected, 3.1 its deviation.
    expect(rejected).toBeGreaterThan(1);
    expect(rejected).toBeLessThan(21);
  }
});
