import { expect, test } from "vitest";
import { firing } from "../../../lib/grokking/anatomy/firing.ts";
import { forwardMlp, hiddenMlp } from "../../../lib/grokking/forward-mlp.ts";
import { activationSparsity } from "../../../lib/grokking/measures/activation-sparsity.ts";
import { predict } from "../../../lib/grokking/predictions.ts";
import { storedExamples, storedParameters } from "../helpers/stored-runs.ts";

test("neurons that fire, by hand", async () => {
  const parameters = {
    "fc1.weight": { shape: [3, 1], values: Float64Array.of(1, -1, 1) },
    "fc1.bias": { shape: [3], values: Float64Array.of(0, -2, -5) },
    "fc2.weight": { shape: [1, 3], values: Float64Array.of(1, 1, 1) },
    "fc2.bias": { shape: [1], values: Float64Array.of(0) },
  };
  const inputs = Float64Array.of(3, 0, -1, -4);
  // Inputs of 3 fire the first neuron, −4 the second; 0 and −1 none, and none fires the third.
  expect(await firing(hiddenMlp, parameters, { inputs, count: 4 })).toEqual([
    { alive: 2, neurons: 3, active: 0.5, silent: [false, true, true, false] },
  ]);
});

test("in the collapse of stored run c test images stop to fire a neuron, and get one answer", async () => {
  const { train, test: images } = storedExamples();
  const at = async (step: number) => {
    const parameters = storedParameters("c", step);
    const [onTrain, onTest] = [
      await firing(hiddenMlp, parameters, train),
      await firing(hiddenMlp, parameters, images),
    ];
    const outputs = await hiddenMlp(parameters, images.inputs, images.count);
    const neurons = onTest.reduce((sum, layer) => sum + layer.neurons, 0);
    const active = onTest.reduce((sum, layer) => sum + layer.active, 0);
    expect(activationSparsity(outputs)).toBeCloseTo(1 - active / neurons, 12);
    const predicted = await predict(forwardMlp, parameters, images);
    const { silent } = onTest[0]!;
    const answers = new Set([...predicted].filter((_, i) => silent[i]));
    return { alive: onTrain[0]!.alive, silent: silent.filter(Boolean).length, answers: answers.size };
  };
  const [peak, late] = [await at(41_023), await at(381_814)];
  expect([peak.silent, peak.answers]).toEqual([0, 0]);
  expect(late.alive).toBeLessThan(peak.alive / 2);
  expect(late.silent).toBeGreaterThan(100);
  expect(late.answers).toBe(1);
});
