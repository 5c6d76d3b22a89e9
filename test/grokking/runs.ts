import type { MeasuredCheckpoint, MeasuredLayer, MeasuredRun } from "../../lib/grokking/record.ts";

/** A layer of which these were measured and nothing else. */
export function layer(name: string, measured: Partial<MeasuredLayer>): MeasuredLayer {
  return {
    layer: name,
    alpha: null,
    D: null,
    trapsWeightWatcher: null,
    trapsPooled: null,
    trapsCalibrated: null,
    trapsCentred: null,
    trapsOfMean: null,
    trapsOfEntries: null,
    trapsDiffuse: null,
    sigma: null,
    ksDistance: null,
    ksPValue: null,
    ...measured,
  };
}

/** A checkpoint of which these were measured and nothing else. */
export function checkpoint(step: number, measured: Partial<MeasuredCheckpoint>): MeasuredCheckpoint {
  return {
    step,
    trainAccuracy: null,
    testAccuracy: null,
    trainLoss: null,
    testLoss: null,
    norm: null,
    sparsity: null,
    entropy: null,
    complexity: null,
    layers: [],
    ...measured,
  };
}

/** A run through all three phases; seed 2 does not collapse. */
export function run(seed: number): MeasuredRun {
  const at = (step: number, trainAccuracy: number, testAccuracy: number, fall: number): MeasuredCheckpoint =>
    checkpoint(step, {
      trainAccuracy,
      testAccuracy: testAccuracy + 0.01 * seed,
      trainLoss: 2 ** -fall,
      norm: 40 + 10 * fall + seed,
      layers: [
        layer("FC1", {
          alpha: 5 - fall + 0.1 * seed,
          trapsWeightWatcher: fall > 2 ? 2 : 0,
          trapsCalibrated: fall > 2 ? 2 : 0,
          trapsOfMean: fall > 2 ? 1 : 0,
          trapsOfEntries: fall > 2 ? 1 : 0,
          trapsDiffuse: 0,
        }),
        layer("FC2", {
          alpha: fall > 2 ? null : 3 - 0.5 * fall,
          trapsWeightWatcher: fall > 2 ? 1 + seed : 0,
        }),
      ],
    });
  const checkpoints = [at(100, 0.5, 0.3, 0), at(1000, 1, 0.4, 1), at(10_000, 1, 0.8, 2)];
  const phases: MeasuredRun["phases"] = [
    { phase: "pre-grokking", from: 0, to: 1500 },
    { phase: "grokking", from: 1500, to: 20_000 },
  ];
  if (seed === 2) return { seed, checkpoints, phases };
  return {
    seed,
    checkpoints: [...checkpoints, at(100_000, 1, 0.5, 3)],
    phases: [...phases, { phase: "anti-grokking", from: 20_000, to: 100_000 }],
  };
}
