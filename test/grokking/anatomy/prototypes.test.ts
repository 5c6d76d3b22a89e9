import { describe, expect, test } from "vitest";
import {
  errorsExplained,
  nearestClasses,
  nearestImage,
} from "../../../lib/grokking/anatomy/nearest-image.ts";
import { leadingRows, prototypeImages } from "../../../lib/grokking/anatomy/prototypes.ts";
import { networkMatrix } from "../../../lib/grokking/matrix.ts";
import { gaussian } from "../../helpers/memory-matrix.ts";
import { storedExamples } from "../helpers/stored-runs.ts";

const { train } = storedExamples();
const image = (index: number): Float64Array => train.inputs.slice(196 * index, 196 * index + 196);

/** A network of noise whose first layer has image 42 planted in it, and whose next layers read the units that hold it. */
function memorising() {
  const noise = (count: number, seed: number) => Float64Array.from(gaussian(count, seed), (w) => 0.1 * w);
  const planted = image(42);
  const holders = Float64Array.from(gaussian(100, 9));
  const parameters = {
    w1: {
      shape: [100, 196],
      values: noise(19600, 1).map((w, i) => w + holders[Math.floor(i / 196)]! * planted[i % 196]!),
    },
    w2: { shape: [100, 100], values: noise(10000, 2).map((w, i) => w + 0.3 * holders[i % 100]!) },
    w3: { shape: [10, 100], values: noise(1000, 3).map((w) => w + 1) },
  };
  return ["w1", "w2", "w3"].map((name) => networkMatrix(parameters, name));
}

describe("prototype images", () => {
  test("show the planted image at every layer, and it is found as the nearest", async () => {
    const prototypes = await prototypeImages(memorising());
    expect(prototypes.map(({ name }) => name)).toEqual(["w1", "w2", "w3"]);
    for (const { image: direction } of prototypes) {
      const found = nearestImage(direction, train, { seed: 1, shuffles: 99 });
      expect(found.index).toBe(42);
      expect(found.label).toBe(train.labels[42]);
      expect(Math.abs(found.cosine)).toBeGreaterThan(0.9);
      expect(found.nullCosine).toBeLessThan(0.6);
      expect(found.p).toBe(0.01);
    }
  });

  test("are the leading right singular vectors of the products", async () => {
    const [w1, w2] = memorising() as [ReturnType<typeof networkMatrix>, ReturnType<typeof networkMatrix>];
    const [first, second] = (await prototypeImages([w1, w2])) as [
      Awaited<ReturnType<typeof prototypeImages>>[number],
      Awaited<ReturnType<typeof prototypeImages>>[number],
    ];
    // WᵀW v = σ² v.
    const { rows, cols, source } = w1;
    const gram = new Float64Array(cols);
    for (let r = 0; r < rows; r++) {
      const row = source.values.subarray(r * cols, (r + 1) * cols);
      const along = row.reduce((sum, w, c) => sum + w * first.direction[c]!, 0);
      row.forEach((w, c) => {
        gram[c]! += along * w;
      });
    }
    const lambda = first.singularValue ** 2;
    expect(Math.hypot(...gram.map((g, c) => g - lambda * first.direction[c]!))).toBeLessThan(1e-10 * lambda);
    expect(Math.hypot(...first.image.map((pixel, c) => pixel - first.direction[c]!))).toBeLessThan(1e-14);
    const back = new Float64Array(cols);
    second.direction.forEach((coefficient, r) => {
      for (let c = 0; c < cols; c++) back[c]! += coefficient * source.values[r * cols + c]!;
    });
    const norm = Math.hypot(...back);
    second.image.forEach((pixel, c) => {
      expect(pixel).toBeCloseTo(back[c]! / norm, 12);
    });
    expect(second.participation).toBeCloseTo(1 / second.image.reduce((sum, v) => sum + v ** 4, 0), 9);
  });

  test("are refused of layers that do not fit", async () => {
    const [w1, , w3] = memorising();
    await expect(prototypeImages([w3!, w1!])).rejects.toThrow(RangeError);
  });

  test("are made of the rows with the largest coefficients", () => {
    const [w1] = memorising();
    const coefficients = new Float64Array(100);
    coefficients.set([0.1, -0.9, 0, 0.5]);
    const rows = leadingRows(w1!, coefficients, 2);
    expect(rows.map(({ row, coefficient }) => [row, coefficient])).toEqual([
      [1, -0.9],
      [3, 0.5],
    ]);
    expect(rows[0]!.image).toEqual(w1!.source.values.slice(196, 392));
    expect(() => leadingRows(w1!, new Float64Array(99), 2)).toThrow(RangeError);
  });
});

describe("the nearest training image", () => {
  test("of an image is that image, with or without the mean, and with either sign", () => {
    const mean = new Float64Array(196);
    train.inputs.forEach((pixel, i) => {
      mean[i % 196]! += pixel / 250;
    });
    const centred = image(7).map((pixel, i) => mean[i]! - pixel);
    for (const [direction, sign] of [
      [image(7), 1],
      [centred, -1],
    ] as const) {
      const found = nearestImage(direction, train, { seed: 1, shuffles: 9 });
      expect(found.index).toBe(7);
      expect(found.cosine).toBeCloseTo(sign, 10);
      expect(found.p).toBe(0.1);
    }
  });

  test("of noise is no nearer than that of shuffled noise: p-values spread over the interval", () => {
    const p = Array.from(
      { length: 20 },
      (_, i) => nearestImage(Float64Array.from(gaussian(196, 100 + i)), train, { seed: i, shuffles: 39 }).p,
    );
    expect(p.filter((value) => value <= 0.5).length).toBeGreaterThan(3);
    expect(p.filter((value) => value > 0.5).length).toBeGreaterThan(3);
    expect(p.filter((value) => value < 0.05).length).toBeLessThan(5);
  });

  test("is the same for the same seed, and refuses another width", () => {
    const direction = Float64Array.from(gaussian(196, 5));
    const once = nearestImage(direction, train, { seed: 2, shuffles: 19 });
    expect(nearestImage(direction, train, { seed: 2, shuffles: 19 })).toEqual(once);
    expect(() => nearestImage(direction.slice(1), train, { seed: 2 })).toThrow(RangeError);
  });

  test("gives every training image its own class", () => {
    const few = {
      ...train,
      count: 40,
      inputs: train.inputs.slice(0, 40 * 196),
      labels: train.labels.slice(0, 40),
    };
    expect(nearestClasses(few, train)).toEqual(few.labels);
  });
});

test("errors explained are those that go to the memory's class", () => {
  const labels = Uint32Array.of(0, 1, 2, 0, 1);
  const predictions = Uint32Array.of(0, 2, 0, 2, 0);
  const to2 = errorsExplained(labels, predictions, 2, 3);
  // Four errors, one of them of class 2 itself: three could go there, each with probability ½.
  expect(to2).toEqual({ errors: 4, explained: 2, share: 0.5, expected: 3 / 2 / 4 });
  const each = errorsExplained(labels, predictions, Uint32Array.of(1, 2, 0, 1, 1), 3);
  expect(each).toMatchObject({ errors: 4, explained: 2, expected: 3 / 2 / 4 });
  expect(errorsExplained(labels, labels, 2, 3)).toEqual({
    errors: 0,
    explained: 0,
    share: null,
    expected: null,
  });
});
