import { describe, expect, test } from "vitest";
import { type TapVectors, tailSizes, vectorColumns } from "../../lib/spectrum/vector-columns.ts";

/** Vectors of a tap whose measures are their places: entropy i, ‖v‖₁/‖v‖∞ 2i, Σv⁴ i⁻⁴, so that ‖v‖₂/‖v‖₄ is i, i = 1 … */
function placed(values: number[], tail: number, top = values.length): TapVectors {
  const places = Float64Array.from({ length: top }, (_, i) => values.length - top + i + 1);
  return {
    values: Float64Array.from(values),
    entropy: places,
    locRatio: places.map((i) => 2 * i),
    ipr: places.map((i) => i ** -4),
    tail,
  };
}

describe("tailSizes", () => {
  test("xmin itself belongs to the tail, and so does what equals it", () => {
    expect(tailSizes([Float64Array.of(1, 2, 2, 5)], 1, 2)).toEqual([3]);
  });

  test("of a convolution eigenvalues count halved, tap by tap", () => {
    expect(tailSizes([Float64Array.of(1, 4), Float64Array.of(2, 3)], 0.5, 2)).toEqual([1, 0]);
  });
});

describe("vectorColumns", () => {
  test("mean and variance over n of either part, worked out by hand", () => {
    const taps = [placed([1, 2, 3, 4, 5], 2)];
    const bulk = vectorColumns("bulk", taps, 9)!;
    expect(bulk).toMatchObject({ bulkMeanVecEntropy: 2, bulkMeanLocRatio: 4 });
    expect(bulk.bulkMeanPartRatio).toBeCloseTo(2, 14);
    expect(bulk.bulkVarVecEntropy).toBeCloseTo(2 / 3, 14);
    expect(bulk.bulkVarLocRatio).toBeCloseTo(8 / 3, 14);
    expect(bulk.bulkVarPartRatio).toBeCloseTo(2 / 3, 14);
    expect(bulk.bulkConcentration).toBeCloseTo((5 * (1 + 1 / 16 + 1 / 81)) / 3, 14);
    expect(vectorColumns("tail", taps, 9)).toMatchObject({
      tailMeanVecEntropy: 4.5,
      tailVarVecEntropy: 0.25,
    });
    expect(Object.keys(bulk)).toHaveLength(7);
  });

  test("the vectors of all taps are pooled", () => {
    const taps = [placed([1, 2, 3], 0), placed([1, 2, 3], 1)];
    expect(vectorColumns("bulk", taps, 3)).toMatchObject({ bulkMeanVecEntropy: 9 / 5 });
    expect(vectorColumns("tail", taps, 3)).toMatchObject({ tailMeanVecEntropy: 3, tailVarVecEntropy: 0 });
  });

  test("vectors of zero eigenvalues, up to rounding, belong to neither part", () => {
    const rounding = 5 * Number.EPSILON * 5;
    expect(vectorColumns("bulk", [placed([0, rounding, 1.1 * rounding, 1, 5], 1)], 5)).toMatchObject({
      bulkMeanVecEntropy: 3.5,
    });
  });

  test("the tail needs no more vectors than its own", () => {
    const values = [1, 2, 3, 4, 5];
    for (const top of [2, 3, 5])
      expect(vectorColumns("tail", [placed(values, 2, top)], 9)).toEqual(
        vectorColumns("tail", [placed(values, 2)], 9),
      );
  });

  test("a part without vectors is null", () => {
    expect(vectorColumns("bulk", [placed([1, 2], 2)], 2)).toBeNull();
    expect(vectorColumns("bulk", [placed([0, 0, 7], 1)], 3)).toBeNull();
  });
});
