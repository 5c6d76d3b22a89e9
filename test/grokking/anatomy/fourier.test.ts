import { describe, expect, test } from "vitest";
import { leadingFrequencies, powers, tokenSpectrum } from "../../../lib/grokking/anatomy/fourier.ts";
import { keyGramMaxima } from "../../../lib/grokking/anatomy/key-gram.ts";
import { ruleKernel } from "../../../lib/grokking/anatomy/rule-kernel.ts";
import { networkMatrix } from "../../../lib/grokking/matrix.ts";
import { jacobiEigenvalues } from "../../helpers/jacobi.ts";
import { gaussian } from "../../helpers/memory-matrix.ts";

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
const squares = (values: Float64Array): number => values.reduce((total, x) => total + x * x, 0);

describe("the spectrum of an embedding over its tokens", () => {
  test("gives a cosine's frequency all energy, whatever phase its columns have", () => {
    const [p, width, k] = [31, 8, 5];
    const values = Float64Array.from({ length: p * width }, (_, i) =>
      Math.cos((2 * Math.PI * k * Math.floor(i / width)) / p + (i % width)),
    );
    const spectrum = tokenSpectrum(values, p, width);
    expect(spectrum.energy.length).toBe(15);
    expect(spectrum.energy[k - 1]).toBeCloseTo(1, 12);
    expect(sum(spectrum.energy)).toBeCloseTo(1, 12);
    expect(spectrum.dcShare).toBeLessThan(1e-25);
    expect(leadingFrequencies(spectrum, 1)).toEqual([k]);
  });

  test("keeps the constant apart, and the row of the equals sign out", () => {
    const [p, width] = [12, 2];
    // Column 0: 3 + cos of frequency 2; column 1: the alternating function, which is its own conjugate.
    const values = Float64Array.from({ length: (p + 1) * width }, (_, i) => {
      const t = Math.floor(i / width);
      if (t === p) return 1e6;
      return i % width === 0 ? 3 + Math.cos((2 * Math.PI * 2 * t) / p) : (-1) ** t;
    });
    const spectrum = tokenSpectrum(values, p, width);
    // Mean squares: 9, ½ and 1.
    expect(spectrum.dcShare).toBeCloseTo(9 / 10.5, 12);
    expect(spectrum.energy[1]).toBeCloseTo(1 / 3, 12);
    expect(spectrum.energy[5]).toBeCloseTo(2 / 3, 12);
    expect(leadingFrequencies(spectrum, 2)).toEqual([6, 2]);
  });

  test.each([30, 31])("of %d tokens adds up to all energy (Parseval)", (p) => {
    const values = Float64Array.from(gaussian(p * 4, p));
    const { constant, power } = powers(values, p, 4);
    expect((constant + sum(power)) / (p * squares(values))).toBeCloseTo(1, 12);
  });

  test("of a constant embedding is nothing but the constant", () => {
    expect(tokenSpectrum(new Float64Array(10).fill(1), 5, 2).dcShare).toBeCloseTo(1, 12);
    expect(tokenSpectrum(new Float64Array(10), 5, 2)).toEqual({ energy: new Float64Array(2), dcShare: 0 });
    expect(() => tokenSpectrum(new Float64Array(8), 5, 2)).toThrow(RangeError);
  });
});

describe("the rule kernel", () => {
  const p = 7;
  /** All pairs, with "=" behind. */
  const inputs = Float64Array.from({ length: 3 * p * p }, (_, i) => {
    const pair = Math.floor(i / 3);
    return [Math.floor(pair / p), pair % p, p][i % 3]!;
  });
  const examples = { inputs, count: p * p, width: 3 };
  const logitsOf = (logit: (x: number, y: number, c: number) => number): Float64Array =>
    Float64Array.from({ length: p * p * (p + 1) }, (_, i) => {
      const [pair, c] = [Math.floor(i / (p + 1)), i % (p + 1)];
      return c === p ? -50 : logit(Math.floor(pair / p), pair % p, c);
    });
  const cosine = (k: number, delta: number): number => Math.cos((2 * Math.PI * k * delta) / p);

  test("is what a network that knows the rule answers", () => {
    const rule = ruleKernel(
      examples,
      logitsOf((x, y, c) => 4 + 2 * cosine(3, c - x - y)),
      p,
    );
    rule.kernel.forEach((value, delta) => {
      expect(value).toBeCloseTo(2 * cosine(3, delta), 12);
    });
    expect(rule.share).toBeCloseTo(1, 12);
    // |DFT|² of 2 cos: p²·1 at k and at p − k; of the constant 4: 16p².
    expect(rule.power[2]).toBeCloseTo(2 * p * p, 9);
    expect(rule.nonDcMass).toBeCloseTo(2 / 18, 12);
  });

  test("is flat, but for rounding, of a network that knows another one", () => {
    const rule = ruleKernel(
      examples,
      logitsOf((x, y, c) => cosine(2, c - x + y)),
      p,
    );
    expect(rule.share).toBeLessThan(1e-20);
    expect(Math.hypot(...rule.kernel)).toBeLessThan(1e-12);
  });

  test("accounts for its own part of a mixture", () => {
    // Two orthogonal functions with mean squares ½·9 and ½·1.
    const rule = ruleKernel(
      examples,
      logitsOf((x, y, c) => 3 * cosine(1, c - x - y) + cosine(2, c - x + y)),
      p,
    );
    expect(rule.share).toBeCloseTo(0.9, 12);
  });

  test("of no answer is zero, and of too few classes refused", () => {
    const rule = ruleKernel(
      examples,
      logitsOf(() => 0),
      p,
    );
    expect([rule.share, rule.nonDcMass]).toEqual([0, 0]);
    expect(() => ruleKernel(examples, new Float64Array(p * p * (p - 1)), p)).toThrow(RangeError);
  });
});

describe("the key Gram", () => {
  const [p, d, heads] = [9, 8, 2];
  const parameters = {
    embed: { shape: [p + 1, d], values: Float64Array.from(gaussian((p + 1) * d, 1)) },
    keys: { shape: [d, d], values: Float64Array.from(gaussian(d * d, 2)) },
    wide: { shape: [d, d + 1], values: new Float64Array(d * (d + 1)) },
  };
  const [embed, keys, wide] = ["embed", "keys", "wide"].map((name) => networkMatrix(parameters, name));

  test("has one largest eigenvalue a head, which Jacobi's rotations confirm", async () => {
    const maxima = await keyGramMaxima(embed!, keys!, p, heads);
    const expected = [0, 1].map((head) => {
      const product = Array.from({ length: p * 4 }, (_, i) => {
        let key = 0;
        for (let j = 0; j < d; j++) {
          key +=
            parameters.embed.values[Math.floor(i / 4) * d + j]! *
            parameters.keys.values[(4 * head + (i % 4)) * d + j]!;
        }
        return key;
      });
      return jacobiEigenvalues(product, p, 4).at(-1)! / p;
    });
    maxima.forEach((maximum, head) => {
      expect(maximum / expected[head]!).toBeCloseTo(1, 10);
    });
  });

  test("refuses sides that do not fit", async () => {
    await expect(keyGramMaxima(embed!, wide!, p, heads)).rejects.toThrow(RangeError);
    await expect(keyGramMaxima(embed!, keys!, p, 3)).rejects.toThrow(RangeError);
    await expect(keyGramMaxima(embed!, keys!, p + 2, heads)).rejects.toThrow(RangeError);
  });
});
