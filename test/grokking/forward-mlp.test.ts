import { expect, test } from "vitest";
import { forwardMlp, hiddenMlp } from "../../lib/grokking/forward-mlp.ts";
import { storedCurve, storedExamples, storedParameters } from "./helpers/stored-runs.ts";

/** Two inputs, two hidden neurons, one output, by hand. */
const tiny = {
  "fc1.weight": { shape: [2, 2], values: Float64Array.of(1, 2, -1, 1) },
  "fc1.bias": { shape: [2], values: Float64Array.of(0.5, -1) },
  "fc2.weight": { shape: [1, 2], values: Float64Array.of(3, -2) },
  "fc2.bias": { shape: [1], values: Float64Array.of(1) },
};

test("a network of two layers, by hand", async () => {
  const inputs = Float64Array.of(1, 1, -2, 3);
  expect(await hiddenMlp(tiny, inputs, 2)).toEqual([Float64Array.of(3.5, 0, 4.5, 4)]);
  expect(await forwardMlp(tiny, inputs, 2)).toEqual(Float64Array.of(11.5, 6.5));
});

test("the stored networks have the accuracies and losses that were recorded while they were trained", async () => {
  const { train, test } = storedExamples();
  for (const [run, step] of [
    ["c", 381814],
    ["a", 4383],
  ] as const) {
    const record = storedCurve(run).records.find((one) => one.step === step)!;
    for (const [examples, accuracy, loss] of [
      [train, record.trainAccuracy, record.trainLoss],
      [test, record.testAccuracy, record.testLoss],
    ] as const) {
      const logits = await forwardMlp(storedParameters(run, step), examples.inputs, examples.count);
      let [right, squares] = [0, 0];
      for (let i = 0; i < examples.count; i++) {
        const row = logits.subarray(10 * i, 10 * i + 10);
        if (row.indexOf(Math.max(...row)) === examples.labels[i]) right++;
        for (let k = 0; k < 10; k++) squares += (row[k]! - (k === examples.labels[i] ? 1 : 0)) ** 2;
      }
      // Images were rounded to float16 for the file, and run a to float32: one of a thousand may flip.
      expect(Math.abs(right / examples.count - accuracy)).toBeLessThan(1.5 / examples.count);
      expect(Math.abs(squares / logits.length / loss - 1)).toBeLessThan(1e-3);
    }
  }
});

test("parameters that do not fit are refused", async () => {
  await expect(forwardMlp(tiny, Float64Array.of(1, 2, 3), 2)).rejects.toThrow(RangeError);
  await expect(forwardMlp({}, Float64Array.of(1), 1)).rejects.toThrow(/no parameter fc1\.weight/);
});
