import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spread } from "../../../lib/report/figures/labels.ts";
import { medianLine } from "../../../lib/report/figures/median-line.ts";
import { greyPng } from "../../../lib/report/figures/png.ts";
import { logTicks, powerOfTen, powersOfTen, signed } from "../../../lib/report/figures/ticks.ts";
import { median } from "../../../lib/spectrum/median.ts";

describe("labels", () => {
  test("stay where they are if there is room, and in their order apart from each other if not", () => {
    expect(spread([10, 50], 13, 0, 90)).toEqual([10, 50]);
    expect(spread([88, 20, 85], 10, 0, 90)).toEqual([90, 20, 80]);
  });

  test("never leave the panel, and come no nearer than the gap or an equal share", () => {
    const wishes = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(wishes, (values) => {
        const placed = spread(values, 13, 0, 100).sort((a, b) => a - b);
        const gap = Math.min(13, 100 / (values.length - 1));
        expect(placed[0]).toBeGreaterThan(-1e-9);
        expect(placed.at(-1)).toBeLessThan(100 + 1e-9);
        for (let index = 1; index < placed.length; index++)
          expect(placed[index]! - placed[index - 1]!).toBeGreaterThan(gap - 1e-9);
      }),
    );
  });
});

describe("the median line", () => {
  test("is the median at each step, straight in log step between those of a line", () => {
    const lines = [
      [
        { step: 1, value: 0 },
        { step: 100, value: 2 },
      ],
      [
        { step: 1, value: 4 },
        { step: 10, value: 5 },
        { step: 100, value: 6 },
      ],
    ];
    expect(medianLine(lines)).toEqual([
      { step: 1, value: 2 },
      { step: 10, value: 3 },
      { step: 100, value: 4 },
    ]);
  });

  test("has a gap where a seed has none, and beyond the end of the shortest", () => {
    const lines = [
      [
        { step: 1, value: 0 },
        { step: 2, value: null },
        { step: 3, value: 1 },
      ],
      [
        { step: 1, value: 2 },
        { step: 2, value: 2 },
      ],
    ];
    expect(medianLine(lines).map(({ value }) => value)).toEqual([1, null, null]);
  });

  test("takes the mean of the middle two", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([9, 1, 2])).toBe(2);
  });
});

describe("ticks", () => {
  test("of a logarithmic axis are powers of ten", () => {
    expect(powersOfTen(3, 4e5)).toEqual([10, 100, 1e3, 1e4, 1e5]);
    expect(powersOfTen(1e-6, 1e6, 5).map(Math.log10)).toEqual([-6, -3, 0, 3, 6]);
    expect([1e3, 1, 1e-12].map(powerOfTen)).toEqual(["10³", "10⁰", "10⁻¹²"]);
  });

  test("are decimals where the range holds no two powers", () => {
    const { ticks, label } = logTicks(0.15, 0.6);
    expect(ticks.map(label)).toEqual(["0.2", "0.5"]);
  });

  test("of effects have a sign, but zero has none", () => {
    expect([0.0312, -0.5, -0.0001].map((value) => signed(value))).toEqual(["+0.031", "−0.500", "0.000"]);
  });
});

test("a PNG holds the levels it was given", () => {
  const file = greyPng(Uint8Array.from([0, 50, 100, 150, 200, 255]), 3, 2);
  expect(file.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const data = file.indexOf("IDAT");
  const length = file.readUInt32BE(data - 4);
  expect([...inflateSync(file.subarray(data + 4, data + 4 + length))]).toEqual([
    0, 0, 50, 100, 0, 150, 200, 255,
  ]);
});
