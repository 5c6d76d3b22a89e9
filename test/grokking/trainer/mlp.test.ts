import { describe, expect, test } from "vitest";
import { batches } from "../../../lib/grokking/batches.ts";
import type { Parameters } from "../../../lib/grokking/parameters.ts";
import { initialMlp, type MlpOptions, MlpTrainer } from "../../../lib/grokking/trainer/mlp.ts";
import { points } from "./examples.ts";
import { trainReference } from "./reference-mlp.ts";

const examples = points(40, 9, 4);
const options: MlpOptions = {
  hidden: [12, 8],
  batchSize: 10,
  learningRate: 2e-3,
  weightDecay: 0.01,
  initScale: 2,
  seed: 3,
};
const order = (first: number, steps: number) =>
  batches({ examples: 40, batchSize: 10, order: "reshuffled", seed: 1 }, first, steps);

function values(parameters: Parameters): number[] {
  return Object.values(parameters).flatMap((parameter) => Array.from(parameter.values));
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((largest, x, i) => Math.max(largest, Math.abs(x - b[i]!)), 0);
}

describe("MlpTrainer", () => {
  test("makes the first 100 steps of a float64 reference in plain loops", async () => {
    const trainer = new MlpTrainer(examples, options);
    const widths = [9, 12, 8, 4];
    const reference = Object.values(initialMlp(widths, 3, 2)).map(({ values }) => values.slice());
    const all = order(0, 100);
    const lists = Array.from({ length: 100 }, (_, i) => Array.from(all.subarray(10 * i, 10 * (i + 1))));
    const adamw = { learningRate: 2e-3, weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    const losses = trainReference(reference, examples, lists, { widths, ...adamw });
    expect(largestDifference(await trainer.train(all), losses)).toBeLessThan(1e-10);
    const expected = reference.flatMap((array) => Array.from(array));
    expect(largestDifference(values(await trainer.parameters()), expected)).toBeLessThan(1e-10);
    expect(losses[99]).toBeLessThan(losses[0]! / 2);
  });

  test.each(["float32", "float64"] as const)("goes on from its state to the bit in %s", async (precision) => {
    const whole = new MlpTrainer(examples, { ...options, precision });
    const first = new MlpTrainer(examples, { ...options, precision });
    const second = new MlpTrainer(examples, { ...options, precision, seed: 99 });
    await whole.train(order(0, 200));
    await first.train(order(0, 77));
    await second.restore(await first.state());
    await second.train(order(77, 123));
    expect(await second.state()).toEqual(await whole.state());
    expect((await whole.state()).step).toBe(200);
  });

  test("evaluates and answers for other parameters as its own forward pass does", async () => {
    const trainer = new MlpTrainer(examples, options);
    await trainer.train(order(0, 50));
    const parameters = await trainer.parameters();
    const { logits, loss, accuracy, largestLogit } = await trainer.evaluate(examples);
    const { forward } = new MlpTrainer(examples, { ...options, seed: 4 });
    expect(await forward(parameters, examples.inputs, 40)).toEqual(logits);
    let sum = 0;
    let right = 0;
    for (let i = 0; i < 40; i++) {
      const row = Array.from(logits.subarray(4 * i, 4 * (i + 1)));
      row.forEach((z, c) => {
        sum += (z - (c === examples.labels[i] ? 1 : 0)) ** 2;
      });
      if (row.indexOf(Math.max(...row)) === examples.labels[i]) right += 1;
    }
    expect(loss).toBeCloseTo(sum / 160, 12);
    expect(accuracy).toBe(right / 40);
    expect(largestLogit).toBe(Math.max(...logits.map(Math.abs)));
  });

  test("reports the mean of the last weight matrix", async () => {
    const trainer = new MlpTrainer(examples, options);
    const { classifierMean } = await trainer.evaluate(examples);
    const last = (await trainer.parameters())["fc3.weight"]!.values;
    expect(classifierMean).toBeCloseTo(last.reduce((sum, w) => sum + w, 0) / last.length, 14);
  });

  test("leaves the event loop free, and stops at a step's end when cancelled", async () => {
    const large = points(200, 784, 10);
    const trainer = new MlpTrainer(large, { ...options, hidden: [200, 200], batchSize: 200 });
    const full = batches({ examples: 200, batchSize: 200, order: "fixed", seed: 0 }, 0, 20_000);
    const training = trainer.train(full);
    const refused = expect(training).rejects.toMatchObject({ code: "ERR_CANCELLED" });
    expect(() => trainer.close()).toThrow(/outstanding/);
    await new Promise((resolve) => setTimeout(resolve, 50));
    trainer.cancel();
    await refused;
    const { step } = await trainer.state();
    expect(step).toBeLessThan(20_000);
    await trainer.train(full.subarray(0, 400));
    expect((await trainer.state()).step).toBe(step + 2);
    trainer.close();
    await expect(trainer.state()).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  test.each<[string, Partial<MlpOptions>]>([
    ["batchSize", { batchSize: 41 }],
    ["learningRate", { learningRate: 0 }],
    ["weightDecay", { weightDecay: -1 }],
    ["beta2", { beta2: 1 }],
    ["epsilon", { epsilon: Number.NaN }],
    ["hidden", { hidden: [0] }],
    ["initScale", { initScale: -8 }],
    ["seed", { seed: 0.5 }],
    ["lossPrecision", { lossPrecision: "float32" }],
    ["precision", { precision: "float16" as "float32" }],
    ["loss", { loss: "hinge" as "mse" }],
  ])("refuses a wrong %s", (name, wrong) => {
    expect(() => new MlpTrainer(examples, { ...options, ...wrong })).toThrow(
      expect.objectContaining({ code: "US_OPTION", message: expect.stringContaining(name) }),
    );
  });

  test("refuses a label that is no class, and arrays that do not fit", async () => {
    const labels = examples.labels.with(5, 4);
    expect(() => new MlpTrainer({ ...examples, labels }, options)).toThrow(
      expect.objectContaining({ code: "TRAINING_EXAMPLES" }),
    );
    const trainer = new MlpTrainer(examples, options);
    await expect(trainer.train(Uint32Array.of(1, 2, 3))).rejects.toThrow(TypeError);
    await expect(trainer.train(new Uint32Array(10).fill(40))).rejects.toThrow(TypeError);
    const { "fc1.bias": _, ...rest } = await trainer.parameters();
    await expect(trainer.forward(rest, examples.inputs, 40)).rejects.toThrow("fc1.bias is missing");
    await expect(trainer.forward(await trainer.parameters(), examples.inputs, 39)).rejects.toThrow(TypeError);
  });
});

test("the first parameters fill PyTorch's ranges, and hang on the seed and nothing else", () => {
  const first = initialMlp([100, 50, 10], 1, 8);
  expect(initialMlp([100, 50, 10], 1, 8)).toEqual(first);
  expect(initialMlp([100, 50, 10], 2, 8)["fc1.weight"]).not.toEqual(first["fc1.weight"]);
  for (const [name, bound] of [
    ["fc1.weight", 8 / 10],
    ["fc1.bias", 8 / 10],
    ["fc2.weight", 8 / Math.sqrt(50)],
    ["fc2.bias", 8 / Math.sqrt(50)],
  ] as const) {
    const { values } = first[name]!;
    expect(Math.max(...values)).toBeLessThan(bound);
    expect(Math.min(...values)).toBeGreaterThan(-bound);
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.6 * bound);
  }
  const { values: weights } = first["fc1.weight"]!;
  // A uniform number on [−b, b] has the variance b²/3; that of 5000 of them is known to √(4/5/5000) of it.
  const variance = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
  expect(Math.abs(variance / (0.64 / 3) - 1)).toBeLessThan(5 * Math.sqrt(0.8 / 5000));
});
