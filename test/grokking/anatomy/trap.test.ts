import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trapAnatomy } from "../../../lib/grokking/anatomy/anatomy.ts";
import { removeTrap } from "../../../lib/grokking/anatomy/removal.ts";
import {
  type UnpermutedTraps,
  type UnpermuteOptions,
  unpermutedTraps,
} from "../../../lib/grokking/anatomy/trap.ts";
import { type NetworkMatrix, networkMatrix, withValues } from "../../../lib/grokking/matrix.ts";
import { openSolver } from "../../../lib/solver/open.ts";
import { shuffle, shuffleKey } from "../../../lib/spectrum/index.ts";
import { gaussian } from "../../helpers/memory-matrix.ts";

let solver: ReturnType<typeof openSolver>;
beforeAll(() => {
  solver = openSolver({ threads: 1 });
});
afterAll(() => solver.close());

const [rows, cols] = [120, 80];
const tau = (rows * cols) ** 0.25;
/** Entry 17, 5 is four times what makes a trap. */
const planted = 17 * cols + 5;

function noise(): Float64Array {
  return Float64Array.from(gaussian(rows * cols, 1));
}

function withEntry(): Float64Array {
  const values = noise();
  values[planted] = 4 * tau;
  return values;
}

function withMean(): Float64Array {
  return noise().map((value) => value + 4 / tau);
}

function matrixOf(values: Float64Array, shape = [rows, cols]): NetworkMatrix {
  return networkMatrix({ "fc1.weight": { shape, values } }, "fc1.weight");
}

async function trapsIn(values: Float64Array, options: Partial<UnpermuteOptions> = {}) {
  const found = await unpermutedTraps(solver, matrixOf(values), { seed: 3, ...options });
  if (found.reason !== null) throw new Error(found.reason);
  return found satisfies UnpermutedTraps;
}

const norm = (values: Float64Array): number => Math.hypot(...values);

describe("a trap that is taken back to its places", () => {
  test.each([
    [120, 80],
    [80, 120],
  ])("is a singular triplet of the copy, of %d × %d", async (r, c) => {
    const matrix = matrixOf(withEntry(), [r, c]);
    const found = await unpermutedTraps(solver, matrix, { seed: 3, replica: 2 });
    if (found.reason !== null) throw new Error(found.reason);
    const key = shuffleKey(3, "fc1.weight");
    const copy = shuffle(matrix.source.values, key, { replica: 2 });
    expect(found.traps.length).toBe(1);
    for (const { rowVector, colVector, eigenvalue, values } of [...found.traps, found.bulk!]) {
      const sigma = Math.sqrt(eigenvalue);
      const image = Float64Array.from(rowVector, (_, i) =>
        colVector.reduce((sum, v, j) => sum + copy[i * c + j]! * v, 0),
      );
      const residual = norm(image.map((x, i) => x - sigma * rowVector[i]!));
      expect(residual).toBeLessThan(1e-10 * norm(copy));
      expect(norm(values)).toBeCloseTo(sigma, 9);
      // Shuffled again, T is σ u vᵀ.
      const off = shuffle(values, key, { replica: 2 }).map(
        (value, at) => value - sigma * rowVector[Math.floor(at / c)]! * colVector[at % c]!,
      );
      expect(norm(off)).toBeLessThan(1e-14 * sigma);
    }
  });

  test.each(["weightwatcher", "calibrated"] as const)("is counted by the rule %s", async (threshold) => {
    const found = await trapsIn(withEntry(), { threshold });
    expect(found.traps.length).toBe(1);
    expect(found.traps[0]!.strength).toBeGreaterThan(2);
    expect(found.bulk!.strength).toBeLessThan(1.1);
    expect((await trapsIn(noise(), { threshold })).traps).toEqual([]);
    expect((await trapsIn(withMean(), { threshold })).traps.length).toBe(1);
  });

  test.each([["an entry", withEntry], ["a mean", withMean]])(
    "leaves no trap behind when it is subtracted: %s",
    async (_, plant) => {
      const values = plant();
      const rest = removeTrap(values, (await trapsIn(values)).traps[0]!.values, "subtract", 1);
      for (const seed of [3, 4, 5]) expect((await trapsIn(rest, { seed })).traps.length, `${seed}`).toBe(0);
    },
  ); // biome-ignore format: a table

  test("a mean comes back with the tool's replacement, and not without its mean", async () => {
    const values = withMean();
    const trap = (await trapsIn(values)).traps[0]!.values;
    expect((await trapsIn(removeTrap(values, trap, "replace", 1))).traps.length).toBe(1);
    expect((await trapsIn(removeTrap(values, trap, "replace_centred", 1))).traps.length).toBe(0);
    expect((await trapsIn(removeTrap(values, trap, "centre", 1))).traps.length).toBe(0);
  });

  test("says why a matrix has none to show", async () => {
    const constant = new Float64Array(rows * cols).fill(2);
    const asked = { seed: 3, threshold: "calibrated" } as const;
    expect(await unpermutedTraps(solver, matrixOf(constant), asked)).toEqual({ reason: "no_deviation" });
    const zero = matrixOf(new Float64Array(rows * cols));
    expect(await unpermutedTraps(solver, zero, { seed: 3 })).toEqual({ reason: "mp_fit_failed" });
  });
});

describe("the anatomy of a trap", () => {
  test("reports a shift of the mean as such", async () => {
    const anatomy = trapAnatomy((await trapsIn(withMean())).traps[0]!);
    expect(anatomy.kind).toBe("mean_shift");
    expect(anatomy.meanShare).toBeGreaterThan(0.8);
    expect(anatomy.participation).toBeGreaterThan(0.5 * rows * cols);
  });

  test("reports a single entry as localised, and where", async () => {
    const anatomy = trapAnatomy((await trapsIn(withEntry())).traps[0]!);
    expect(anatomy.kind).toBe("localised");
    expect(anatomy.peak).toBe(planted);
    expect(anatomy.peakMass).toBeGreaterThan(0.5);
    expect(anatomy.meanShare).toBeLessThan(0.01);
    expect(anatomy.kurtosis).toBeGreaterThan(100);
  });

  test("a mode of the bulk is diffuse: its vectors are spread like Gaussians", async () => {
    const { bulk } = await trapsIn(noise());
    const anatomy = trapAnatomy(bulk!);
    expect(anatomy.kind).toBe("diffuse");
    // Participation is n/3 of a Gaussian vector, and the kurtosis of a product of two with no mean is n·m over its, less 3.
    expect(anatomy.rowParticipation / (rows / 3)).toBeCloseTo(1, 0);
    expect(anatomy.colParticipation / (cols / 3)).toBeCloseTo(1, 0);
    expect(anatomy.kurtosis! / ((rows * cols) / anatomy.participation - 3)).toBeCloseTo(1, 1);
    expect(anatomy.participation).toBeCloseTo(anatomy.rowParticipation * anatomy.colParticipation, 6);
  });

  test("modes of noise in a small matrix are diffuse, and an entry in it is not", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const values = Float64Array.from(gaussian(1000, seed));
      const bulk = await unpermutedTraps(solver, matrixOf(values, [10, 100]), { seed });
      if (bulk.reason !== null) throw new Error(bulk.reason);
      expect(trapAnatomy(bulk.traps[0] ?? bulk.bulk!).kind, `${seed}`).toBe("diffuse");
    }
    const values = Float64Array.from(gaussian(1000, 1));
    values[321] = 2 * 1000 ** 0.25;
    const asked = { seed: 1, threshold: "calibrated" } as const;
    const found = await unpermutedTraps(solver, matrixOf(values, [10, 100]), asked);
    if (found.reason !== null) throw new Error(found.reason);
    expect(trapAnatomy(found.traps[0]!)).toMatchObject({ kind: "localised", peak: 321 });
  });

  test("of a few entries is what a hand computes", () => {
    const values = Float64Array.of(3, -1, 0, 0, 0, 0, 0, 0, 0, 0);
    const [rowVector, colVector] = [Float64Array.of(1), Float64Array.of(0.6, 0.8)];
    const anatomy = trapAnatomy({ values, rowVector, colVector });
    expect(anatomy).toMatchObject({ mean: 0.2, peak: 0, top5: 0.75, top10: 0.75, rowParticipation: 1 });
    expect(anatomy.norm).toBeCloseTo(Math.sqrt(10), 12);
    expect(anatomy.deviation).toBeCloseTo(Math.sqrt(1 - 0.04), 12);
    expect(anatomy.meanShare).toBeCloseTo(0.04, 12);
    expect(anatomy.peakMass).toBeCloseTo(0.9, 12);
    expect(anatomy.participation).toBeCloseTo(100 / 82, 12);
    const fourth = (2.8 ** 4 + 1.2 ** 4 + 8 * 0.2 ** 4) / 10;
    expect(anatomy.kurtosis).toBeCloseTo(fourth / 0.96 ** 2 - 3, 12);
  });

  test("equal entries are all mean and have no kurtosis; no entries, no anatomy", () => {
    const values = new Float64Array(100).fill(0.1);
    const vectors = { rowVector: Float64Array.of(1), colVector: Float64Array.of(1) };
    expect(trapAnatomy({ values, ...vectors })).toMatchObject({ kind: "mean_shift", kurtosis: null });
    expect(() => trapAnatomy({ values: new Float64Array(4), ...vectors })).toThrow(RangeError);
  });
});

test("a network's matrix is named, and replaced without a change to the others", () => {
  const parameters = {
    a: { shape: [1, 2], values: Float64Array.of(1, 2) },
    b: { shape: [2], values: Float64Array.of(3, 4) },
  };
  const altered = withValues(parameters, "a", Float64Array.of(5, 6));
  expect([...altered["a"]!.values, ...parameters.a.values]).toEqual([5, 6, 1, 2]);
  expect(altered["b"]).toBe(parameters.b);
  expect(() => withValues(parameters, "a", Float64Array.of(5))).toThrow(RangeError);
  expect(() => networkMatrix(parameters, "b")).toThrow(RangeError);
  expect(() => networkMatrix(parameters, "c")).toThrow(/no parameter c among a, b/);
});
