import { describe, expect, test } from "vitest";
import {
  gaussianProbes,
  jensenShannon,
  normRule,
  pixelShuffledProbes,
  probeDivergence,
  tokenProbes,
} from "../../../lib/grokking/anatomy/probes.ts";
import type { Forward } from "../../../lib/grokking/parameters.ts";
import { modularAdditionTable } from "../../../lib/grokking/tasks/modular-addition.ts";
import { ModularAdditionTrainer } from "../../../lib/grokking/trainer/modular-addition.ts";

/** Logits x·scale of the inputs themselves. */
const forward: Forward = async (parameters, inputs) => inputs.map((x) => x * parameters["scale"]!.values[0]!);
const scaledBy = (scale: number) => ({ scale: { shape: [1], values: Float64Array.of(scale) } });

describe("the probe test", () => {
  const probes = gaussianProbes(50, 6, { mean: 1, deviation: 2, seed: 4 });

  test("is 0 for the unchanged network, and at most ln 2", async () => {
    const same = await probeDivergence(forward, scaledBy(3), scaledBy(3), probes);
    expect([same.mean, same.standardError]).toEqual([0, 0]);
    const opposite = await probeDivergence(forward, scaledBy(1e6), scaledBy(-1e6), probes);
    expect(opposite.mean).toBeCloseTo(Math.LN2, 12);
    expect(Math.max(...opposite.values)).toBeLessThanOrEqual(Math.LN2);
    const near = await probeDivergence(forward, scaledBy(1), scaledBy(1.1), probes);
    expect(near.mean).toBeGreaterThan(0);
    expect(near.mean).toBeLessThan(0.05);
  });

  test("of two distributions is what a hand computes, and symmetric", () => {
    const [p, q] = [Float64Array.of(1, 0), Float64Array.of(0.5, 0.5)];
    // m = (3/4, 1/4): ½ log(4/3) + ½(½ log(2/3) + ½ log 2).
    const expected = 0.5 * Math.log(4 / 3) + 0.25 * Math.log(2 / 3) + 0.25 * Math.log(2);
    expect(jensenShannon(p, q)).toBeCloseTo(expected, 14);
    expect(jensenShannon(q, p)).toBeCloseTo(expected, 14);
  });

  test("needs two probes for its error", async () => {
    const one = gaussianProbes(1, 6, { mean: 0, deviation: 1, seed: 1 });
    await expect(probeDivergence(forward, scaledBy(1), scaledBy(2), one)).rejects.toThrow(RangeError);
  });
});

describe("probes", () => {
  test("of a seed are the same again", () => {
    const draw = (seed: number) => gaussianProbes(10, 196, { mean: 0.25, deviation: 0.4, seed }).inputs;
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(tokenProbes(10, 31, 1)).toEqual(tokenProbes(10, 31, 1));
  });

  test("have the mean and the deviation asked for", () => {
    const { inputs } = gaussianProbes(200, 100, { mean: 0.25, deviation: 0.4, seed: 1 });
    const mean = inputs.reduce((a, b) => a + b, 0) / inputs.length;
    const deviation = Math.sqrt(inputs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / inputs.length);
    expect(Math.abs(mean - 0.25)).toBeLessThan((4 * 0.4) / Math.sqrt(20000));
    expect(Math.abs(deviation - 0.4)).toBeLessThan((4 * 0.4) / Math.sqrt(40000));
  });

  test("of tokens are pairs of any tokens before the sign =, which the trainer's network reads", async () => {
    const p = 12;
    const probes = tokenProbes(400, p, 1);
    for (const [place, tokens] of [Array.from({ length: p }, (_, t) => t), [p]].entries()) {
      const seen = probes.inputs.filter((_, i) => (i % 3 === 2 ? 1 : 0) === place);
      expect([...new Set(seen)].sort((a, b) => a - b)).toEqual(tokens);
    }
    const sizes = { p, width: 8, heads: 2, mlp: 8 };
    const adamw = { batchSize: 144, learningRate: 1e-3, weightDecay: 0 };
    const trainer = new ModularAdditionTrainer(modularAdditionTable(p), { ...sizes, ...adamw });
    const parameters = await trainer.parameters();
    const altered = { ...parameters, "unembed.weight": { shape: [p + 1, 8], values: new Float64Array(104) } };
    expect((await probeDivergence(trainer.forward, parameters, parameters, probes)).mean).toBe(0);
    const { mean } = await probeDivergence(trainer.forward, parameters, altered, probes);
    expect(mean).toBeGreaterThan(0);
    trainer.close();
  });

  test("of shuffled pixels keep every image's own pixels, each in another order", () => {
    const inputs = Float64Array.from({ length: 60 }, (_, i) => i);
    const shuffled = pixelShuffledProbes({ inputs, count: 3, width: 20 }, 1).inputs;
    const orders = [0, 1, 2].map((image) => {
      const order = shuffled.slice(20 * image, 20 * image + 20).map((pixel) => pixel - 20 * image);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
      return order.join();
    });
    expect(new Set(orders).size).toBe(3);
  });
});

test("a network that sees only brightness gives shuffled images the classes of the images", async () => {
  const bright: Forward = async (_, inputs, count) => {
    const logits = new Float64Array(3 * count);
    for (let i = 0; i < count; i++) {
      const sum = inputs.subarray(16 * i, 16 * i + 16).reduce((a, b) => a + b, 0);
      logits[3 * i + Math.min(2, Math.max(0, Math.floor(sum)))] = 1;
    }
    return logits;
  };
  const inputs = Float64Array.from({ length: 160 }, (_, i) =>
    i % 16 === 3 ? 0.5 + (Math.floor(i / 16) % 3) : 0,
  );
  const images = { inputs, count: 10, width: 16, classes: 3, labels: new Uint32Array(10) };
  const rule = await normRule(bright, {}, images, 1);
  expect([...rule.images]).toEqual([4, 3, 3]);
  expect(rule.pixelShuffled).toEqual(rule.images);
  for (const histogram of Object.values(rule)) {
    expect((histogram as Uint32Array).reduce((a, b) => a + b, 0)).toBe(10);
  }
});
