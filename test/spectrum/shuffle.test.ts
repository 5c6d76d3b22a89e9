import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  inversePermutation,
  originalPosition,
  permutation,
  type ShuffleKey,
  type ShuffleOptions,
  shuffle,
  shuffleKey,
} from "../../lib/spectrum/shuffle.ts";
import { jacobiEigenvalues } from "../helpers/jacobi.ts";

const KEY: ShuffleKey = [0x12345678, 0x9abcdef0];

/** h ← 31·h + σ[j] modulo 2^32. */
function checksum(sigma: Uint32Array): number {
  let hash = 0;
  for (const position of sigma) hash = (Math.imul(hash, 31) + position) >>> 0;
  return hash;
}

function chiSquare(counts: ArrayLike<number>, expected: number): number {
  return Array.from(counts).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Number of a permutation of 5 among the 120, by its Lehmer code. */
function rank(sigma: Uint32Array): number {
  let number = 0;
  for (let i = 0; i < 5; i++) {
    let smaller = 0;
    for (let j = i + 1; j < 5; j++) if (sigma[j]! < sigma[i]!) smaller++;
    number = number * (5 - i) + smaller;
  }
  return number;
}

describe("shuffleKey", () => {
  // Computed by an implementation in Python.
  test.each([
    [0, "", [0x7c69d2e7, 0xfe035d16]],
    [1, "layers.3.experts.17.gate", [0x5152953d, 0x6af79900]],
    [Number.MAX_SAFE_INTEGER, "gewichte ß😀", [0x66954310, 0x7145ebab]],
  ])("seed %d, name %j", (seed, name, key) => {
    expect(shuffleKey(seed, name)).toEqual(key);
  });

  test("seed and name do not run into one another", () => {
    expect(shuffleKey(1, "2")).not.toEqual(shuffleKey(12, ""));
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN])("refuses seed %d", (seed) => {
    expect(() => shuffleKey(seed, "w")).toThrow(RangeError);
  });
});

describe("permutation", () => {
  // The same literals stand in native/test/shuffle_test.cpp; a third implementation, in Python, gave them too.
  test.each([
    [5, 0, 0, 2889760, [3, 4, 0, 1], 2],
    [1000, 0, 0, 1101245892, [814, 478, 148, 123], 584],
    [32769, 1, 2, 2484786248, [5645, 21535, 5031, 8026], 12604],
    [100003, 0, 0, 1722678485, [75531, 605, 77161, 16472], 86259],
    [100003, 0, 1, 2109683535, [14510, 69818, 99802, 81249], 85935],
    [100003, 3, 0, 3103596351, [93294, 54938, 93039, 12661], 39839],
    [1000000, 0, 0, 2088603124, [810097, 79101, 927354, 403974], 746394],
  ])("of %d elements, tap %d, replica %d, is the known one", (count, tap, replica, sum, first, last) => {
    const sigma = permutation(KEY, count, { tap, replica });
    expect([...sigma.slice(0, 4)]).toEqual(first);
    expect(sigma.at(-1)).toBe(last);
    expect(checksum(sigma)).toBe(sum);
  });

  test("is the known one over many small buckets", () => {
    expect(checksum(permutation(KEY, 7, { bucketTarget: 64 }))).toBe(2836137831);
    expect(checksum(permutation(KEY, 5000, { bucketTarget: 64 }))).toBe(3058820624);
  });

  test.each([0, 1, 2, 9, 1000, 40_000])("of %d elements holds each once, and has an inverse", (count) => {
    for (const bucketTarget of [3, 100, 32768]) {
      const sigma = permutation(KEY, count, { bucketTarget });
      expect(sigma.toSorted()).toEqual(Uint32Array.from({ length: count }, (_, i) => i));
      const inverse = inversePermutation(sigma);
      expect(sigma.every((original, j) => inverse[original] === j)).toBe(true);
    }
  });

  test.each<[string, ShuffleOptions]>([
    ["in one bucket", {}],
    ["in up to eight buckets", { bucketTarget: 1 }],
  ])("all 120 permutations of 5 are equally likely, %s", (_, options) => {
    const counts = new Uint32Array(120);
    for (let trial = 0; trial < 60_000; trial++) counts[rank(permutation([trial, 99], 5, options))]!++;
    // 119 degrees of freedom: mean 119, deviation 15.4; the bounds are 4 deviations away.
    expect(chiSquare(counts, 500)).toBeGreaterThan(57);
    expect(chiSquare(counts, 500)).toBeLessThan(181);
  });

  test("every element is equally likely at every position, over many buckets", () => {
    const counts = new Uint32Array(60 * 60);
    for (let trial = 0; trial < 6000; trial++) {
      permutation([trial, 7], 60, { bucketTarget: 8 }).forEach((original, j) => {
        counts[j * 60 + original]!++;
      });
    }
    // 59² degrees of freedom: mean 3481, deviation 83.
    expect(chiSquare(counts, 100)).toBeGreaterThan(3481 - 4 * 83);
    expect(chiSquare(counts, 100)).toBeLessThan(3481 + 4 * 83);
  });

  test.each([-1, 1.5, 2 ** 32, Number.NaN])("refuses %d elements", (count) => {
    expect(() => permutation(KEY, count)).toThrow(RangeError);
  });

  test("refuses a bucket of 2^21 elements", () => {
    const options = { bucketTarget: 2 ** 21 };
    expect(() => permutation(KEY, 2 ** 21, options)).toThrow(/too many/);
    expect(permutation(KEY, 2 ** 21 - 1, options)).toHaveLength(2 ** 21 - 1);
  });
});

describe("originalPosition", () => {
  test.each([
    [1, 32768],
    [9, 1],
    [1000, 64],
    [100_003, 32768],
  ])("of %d elements, buckets of %d, agrees with the permutation", (count, bucketTarget) => {
    const options = { tap: 2, replica: 5, bucketTarget };
    const sigma = permutation(KEY, count, options);
    for (let j = 0; j < count; j += Math.max(1, Math.floor(count / 13))) {
      expect(originalPosition(KEY, count, j, options)).toBe(sigma[j]);
    }
    expect(originalPosition(KEY, count, count - 1, options)).toBe(sigma.at(-1));
  });

  test.each([-1, 5, 0.5])("refuses position %d of 5", (position) => {
    expect(() => originalPosition(KEY, 5, position)).toThrow(RangeError);
  });
});

interface NumpyShuffles {
  rows: number;
  cols: number;
  levels: number[];
  values: number[];
  largestUnshuffled: number;
  statistics: Record<string, number[]>;
}

describe("spectra of a shuffled Gaussian matrix", () => {
  const file = new URL("../fixtures/numpy-shuffles.json", import.meta.url);
  const { rows, cols, levels, values, largestUnshuffled, statistics } = JSON.parse(
    readFileSync(file, "utf8"),
  ) as NumpyShuffles;
  const original = Float64Array.from(values);

  test("the unshuffled matrix is told from every shuffle of numpy's", () => {
    expect(jacobiEigenvalues(original, rows, cols).at(-1)).toBeCloseTo(largestUnshuffled, 8);
    expect(largestUnshuffled).toBeGreaterThan(4 * Math.max(...statistics["largest"]!));
  });

  test.each<[string, ShuffleOptions]>([
    ["one bucket", {}],
    ["many buckets", { bucketTarget: 20 }],
  ])("cannot be told from numpy's, %s", (_, options) => {
    const spectra = Array.from({ length: 200 }, (_, replica) =>
      jacobiEigenvalues(shuffle(original, KEY, { ...options, replica }), rows, cols),
    );
    const ours: Record<string, number[]> = {
      smallest: spectra.map((spectrum) => spectrum[0]!),
      largest: spectra.map((spectrum) => spectrum.at(-1)!),
    };
    for (const level of levels)
      ours[`quantile ${level}`] = spectra.map((spectrum) => quantile(spectrum, level));
    expect(Object.keys(ours)).toEqual(Object.keys(statistics));
    // Two samples of 200 from one distribution differ by more than 0.195 once in a thousand times.
    for (const [name, sample] of Object.entries(statistics)) {
      expect(kolmogorovSmirnov(ours[name]!, sample), name).toBeLessThan(0.195);
    }
  });
});

/** Linearly interpolated, of ascending values. */
function quantile(sorted: number[], level: number): number {
  const place = level * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

/** Largest difference of the two empirical distribution functions. */
function kolmogorovSmirnov(a: number[], b: number[]): number {
  const share = (sample: number[], x: number) => sample.filter((value) => value <= x).length / sample.length;
  return Math.max(...[...a, ...b].map((x) => Math.abs(share(a, x) - share(b, x))));
}
