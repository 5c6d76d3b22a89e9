import { describe, expect, test } from "vitest";
import { goodnessOfFit, shuffleKey } from "../../lib/spectrum/index.ts";
import { quantiles, uniforms } from "./samples.ts";

const key = shuffleKey(0, "a matrix");

describe("goodnessOfFit", () => {
  test("the same key gives the same p, another one nearly so", () => {
    const data = Float64Array.from(uniforms(150, 5), (u) => u ** -0.6).sort();
    const p = goodnessOfFit(data, { replicates: 300, key });
    expect(goodnessOfFit(data, { replicates: 300, key })).toBe(p);
    const other = goodnessOfFit(data, { replicates: 300, key: shuffleKey(1, "a matrix") });
    expect(other).not.toBe(p);
    expect(Math.abs(other - p)).toBeLessThan(0.2);
  });

  test("of independent values of a power law p is spread evenly", () => {
    const runs = 120;
    const ps = Array.from({ length: runs }, (_, run) => {
      const data = Float64Array.from(uniforms(80, 1000 + 7 * run), (u) => u ** (-1 / 1.5)).sort();
      return goodnessOfFit(data, { replicates: 60, key: shuffleKey(run, "calibration") });
    });
    const below = (level: number) => ps.filter((p) => p <= level).length / runs;
    for (const level of [0.1, 0.3, 0.5, 0.8]) {
      expect(Math.abs(below(level) - level)).toBeLessThan(
        3.5 * Math.sqrt((level * (1 - level)) / runs) + 0.02,
      );
    }
  });

  test("a law with a gap is found out, one that is too regular is not", () => {
    const draw = uniforms(200, 9);
    const gap = Float64Array.from(draw, (u) => (u < 0.3 ? 50 + u : 1 + u)).sort();
    expect(goodnessOfFit(gap, { replicates: 99, key })).toBeLessThan(0.1);
    // Quantiles are more regular than any sample, as eigenvalues are.
    expect(
      goodnessOfFit(
        quantiles(200, (u) => u ** -0.5),
        { replicates: 99, key },
      ),
    ).toBeGreaterThan(0.95);
  });

  test("samples keep what lies below xmin", () => {
    // A body far below, and a tail: with another body the samples' xmin would wander into it.
    const data = Float64Array.from(uniforms(300, 21), (u) =>
      u < 0.5 ? (2 * u) ** (-1 / 2) : 0.5 * u,
    ).sort();
    expect(goodnessOfFit(data, { replicates: 99, key })).toBeGreaterThan(0.05);
  });
});
