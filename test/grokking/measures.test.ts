import { expect, test } from "vitest";
import type { Examples } from "../../lib/grokking/examples.ts";
import { forwardMlp, hiddenMlp } from "../../lib/grokking/forward-mlp.ts";
import { activationSparsity } from "../../lib/grokking/measures/activation-sparsity.ts";
import { circuitComplexity } from "../../lib/grokking/measures/circuit-complexity.ts";
import { countEnsemble } from "../../lib/grokking/measures/ensemble.ts";
import { l2Norm } from "../../lib/grokking/measures/l2-norm.ts";
import { measure } from "../../lib/grokking/measures/measure.ts";
import { performance } from "../../lib/grokking/measures/performance.ts";
import { absoluteWeightEntropy, networkWeightEntropy } from "../../lib/grokking/measures/weight-entropy.ts";
import type { Forward, Parameters } from "../../lib/grokking/parameters.ts";
import { Uniforms } from "../../lib/grokking/tasks/uniforms.ts";
import { storedCurve, storedExamples, storedParameters } from "./helpers/stored-runs.ts";

const network: Parameters = {
  "fc1.weight": { shape: [2, 2], values: Float64Array.of(1, -2, 0, 4) },
  "fc1.bias": { shape: [2], values: Float64Array.of(3, 0) },
  "fc2.weight": { shape: [1, 2], values: Float64Array.of(0.5, 2) },
  "fc2.bias": { shape: [1], values: Float64Array.of(-1) },
};

test("the norm is of the matrices, or of all parameters", () => {
  expect(l2Norm(network)).toBeCloseTo(Math.sqrt(1 + 4 + 16 + 0.25 + 4), 14);
  expect(l2Norm(network, "notebook")).toBeCloseTo(Math.sqrt(1 + 4 + 16 + 0.25 + 4 + 9 + 1), 14);
});

test("sparsity counts neurons that do not fire, or the first layer's below 1", () => {
  const layers = [Float64Array.of(0, 0.5, 1, 0), Float64Array.of(0, 3)];
  expect(activationSparsity(layers)).toBe(3 / 6);
  expect(activationSparsity(layers, "notebook")).toBe(3 / 4);
});

test("entropy of uniform weights is mn(a/4 − (a/2) ln a)", () => {
  const random = new Uniforms([1, 2], 0);
  for (const a of [0.3, 1, 5]) {
    const values = Float64Array.from({ length: 200 * 100 }, () => a * random.symmetric());
    const expected = values.length * (a / 4 - (a / 2) * Math.log(a));
    for (const variant of ["paper", "notebook"] as const) {
      expect(Math.abs(absoluteWeightEntropy(values, variant) / expected - 1)).toBeLessThan(0.01);
    }
  }
});

test("entropy is of all matrices, or of the first one, and zeros add nothing", () => {
  const first = -(2 * Math.log(2) + 4 * Math.log(4));
  expect(networkWeightEntropy(network)).toBeCloseTo(first - 0.5 * Math.log(0.5) - 2 * Math.log(2), 12);
  expect(networkWeightEntropy(network, "notebook")).toBeCloseTo(first, 6);
});

test("accuracy and losses, by hand, the first of equal logits counted", () => {
  const examples = {
    count: 2,
    width: 1,
    classes: 2,
    inputs: new Float64Array(2),
    labels: Uint32Array.of(1, 0),
  };
  const found = performance(Float64Array.of(0, Math.log(3), 2, 2), examples);
  expect(found.accuracy).toBe(1);
  expect(found.meanSquaredError).toBeCloseTo(((Math.log(3) - 1) ** 2 + 1 + 4) / 4, 14);
  expect(found.crossEntropy).toBeCloseTo((Math.log(4 / 3) + Math.log(2)) / 2, 14);
  const large = performance(Float64Array.of(1000, 0, 0, 1000), { ...examples, labels: Uint32Array.of(0, 0) });
  expect([large.accuracy, large.crossEntropy]).toEqual([0.5, 500]);
});

/** Three examples of ten inputs, and a linear network of 10 × 4 with biases, as parameters. */
const linear: Parameters = {
  "fc1.weight": { shape: [4, 10], values: Float64Array.from({ length: 40 }, (_, i) => Math.sin(i + 1)) },
  "fc1.bias": { shape: [4], values: Float64Array.of(0.1, -0.2, 0.3, 0) },
};
const three: Examples = {
  count: 3,
  width: 10,
  classes: 4,
  inputs: Float64Array.from({ length: 30 }, (_, i) => Math.cos(i)),
  labels: Uint32Array.of(0, 1, 2),
};

/** Σ over examples of KL(softmax of the logits ‖ softmax of the others), the plain way. */
function summedDivergence(logits: Float64Array, others: Float64Array, outputs: number): number {
  const softmax = (row: number[]) => {
    const total = row.reduce((sum, z) => sum + Math.exp(z), 0);
    return row.map((z) => Math.exp(z) / total);
  };
  let sum = 0;
  for (let from = 0; from < logits.length; from += outputs) {
    const [p, q] = [logits, others].map((all) => softmax([...all.subarray(from, from + outputs)]));
    sum += p!.reduce((part, pk, k) => part + pk * Math.log(pk / q![k]!), 0);
  }
  return sum;
}

test("complexity is 0 with nothing zeroed, and the divergence from the biases with everything", async () => {
  const none = await circuitComplexity(linear, forwardMlp, three, { seed: 0, zeroed: 0 });
  expect(none).toBe(0);
  const logits = await forwardMlp(linear, three.inputs, 3);
  const biases = Float64Array.from({ length: 12 }, (_, i) => linear["fc1.bias"]!.values[i % 4]!);
  const all = await circuitComplexity(linear, forwardMlp, three, { seed: 0, zeroed: 1 });
  expect(all).toBeCloseTo(summedDivergence(logits, biases, 4), 12);
});

test("complexity zeroes a tenth, or drops half and doubles the rest; biases stay", async () => {
  const values = Float64Array.from({ length: 4000 }, (_, i) => i + 1);
  const wide: Parameters = {
    "fc1.weight": { shape: [4, 1000], values },
    "fc1.bias": linear["fc1.bias"]!,
  };
  const seen: Parameters[] = [];
  const spy: Forward = async (parameters, _, count) => {
    seen.push(parameters);
    return new Float64Array(4 * count);
  };
  const masked = async (variant: "paper" | "notebook", seed: number) => {
    await circuitComplexity(wide, spy, three, { seed, variant });
    expect(seen.at(-1)!["fc1.bias"]).toEqual(wide["fc1.bias"]);
    return seen.at(-1)!["fc1.weight"]!.values;
  };
  const paper = await masked("paper", 0);
  expect(paper.filter((value) => value === 0).length).toBe(400);
  expect(paper.every((value, i) => value === 0 || value === values[i])).toBe(true);
  const notebook = await masked("notebook", 0);
  // Half ± four standard deviations of 4000 throws of a coin.
  expect(Math.abs(notebook.filter((value) => value === 0).length - 2000)).toBeLessThan(4 * Math.sqrt(1000));
  expect(notebook.every((value, i) => value === 0 || value === 2 * values[i]!)).toBe(true);
  expect(await masked("paper", 0)).toEqual(paper);
  expect(await masked("paper", 1)).not.toEqual(paper);
  expect(wide["fc1.weight"]!.values).toBe(values);
});

test("the notebook takes the mean over at most 200 examples", async () => {
  const many = { ...three, count: 300, inputs: Float64Array.from({ length: 3000 }, (_, i) => Math.cos(i)) };
  const first = { ...many, count: 200, inputs: many.inputs.subarray(0, 2000) };
  const options = { seed: 5, variant: "notebook" } as const;
  const mean = await circuitComplexity(linear, forwardMlp, many, options);
  expect(mean).toBe(await circuitComplexity(linear, forwardMlp, first, options));
  expect(mean).toBeGreaterThan(0);
});

test("an ensemble of counts is told by its median, its ends and the share that has any", () => {
  expect(countEnsemble([0, 3, 1, 0])).toEqual({ median: 0.5, least: 0, most: 3, share: 0.5 });
  expect(() => countEnsemble([])).toThrow(RangeError);
});

test("the measures of stored run c are those that were recorded while it was trained", async () => {
  const task = storedExamples();
  const found: Awaited<ReturnType<typeof measure>>[] = [];
  for (const step of [354, 41_023, 381_814]) {
    const parameters = storedParameters("c", step);
    const record = storedCurve("c").records.find((one) => one.step === step)!;
    const measures = await measure({ parameters, forward: forwardMlp, hidden: hiddenMlp }, task, {
      shuffles: 1,
    });
    found.push(measures);
    expect(measures.trainAccuracy).toBeCloseTo(record.trainAccuracy, 10);
    expect(Math.abs(measures.testAccuracy - record.testAccuracy)).toBeLessThan(0.0015);
    expect(Math.abs(measures.testMeanSquaredError / record.testLoss - 1)).toBeLessThan(1e-3);
    expect(Math.abs(measures.l2NormNotebook / record.l2 - 1)).toBeLessThan(1e-5);
    expect(Math.abs(measures.activationSparsity! - record.sparsity)).toBeLessThan(1e-3);
    expect(measures.layers.map(({ name, rows, cols }) => [name, rows, cols])).toEqual([
      ["fc1.weight", 100, 196],
      ["fc2.weight", 100, 100],
      ["fc3.weight", 10, 100],
    ]);
  }
  // What the study of these runs lists: entropy of FC1 4.9 k → 5.1 k → 1.5 k, and complexity that has its least value at the peak.
  const entropies = found.map(({ weightEntropyNotebook }) => Math.round(weightEntropyNotebook / 100) / 10);
  expect(entropies).toEqual([4.9, 5.1, 1.5]);
  const [early, peak, late] = found.map(({ circuitComplexity: sum }) => sum / task.train.count);
  expect(Math.abs(peak! / 0.011 - 1)).toBeLessThan(0.2);
  expect(Math.min(early!, late!)).toBeGreaterThan(5 * peak!);
});

test("without hidden layers there is no sparsity, and a diverged network has no spectrum", async () => {
  const task = { train: three, test: three };
  const wide = {
    "fc1.weight": { shape: [10, 10], values: new Float64Array(100).fill(1) },
    "fc1.bias": { shape: [10], values: new Float64Array(10) },
  };
  const { activationSparsity: none, layers } = await measure(
    { parameters: wide, forward: forwardMlp },
    task,
    { shuffles: 2 },
  );
  expect(none).toBeNull();
  expect(layers[0]!.calibratedTraps).toBeNull();
  expect(layers[0]!.reasons.calibratedTraps).toBe("no_deviation");
  wide["fc1.weight"].values[7] = Number.NaN;
  await expect(measure({ parameters: wide, forward: forwardMlp }, task)).rejects.toMatchObject({
    code: "NON_FINITE",
  });
});
