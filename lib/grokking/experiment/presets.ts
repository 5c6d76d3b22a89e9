import { oneOf } from "../../analysis/options.ts";
import { DEFAULT_DIFFICULTY } from "../tasks/synthetic-digits.ts";
import type { ExperimentTraining, MlpExperiment, ModularAdditionExperiment } from "./experiment.ts";

/**
 * `quick`: a small network on synthetic digits, all three phases in a minute or two of one core. `control`: the same with weight decay 0.01.
 * `paper`: what the text of arXiv 2602.02859 says, to 10⁶ steps. `notebook`: what its published notebook does, init × 4 and the
 * first epoch's batches for ever.
 */
export type MlpPreset = "quick" | "control" | "paper" | "notebook";
export const MLP_PRESETS: readonly MlpPreset[] = ["quick", "control", "paper", "notebook"];

/**
 * The paper gives neither optimiser nor train fraction of its transformer; these are four guesses. `nanda`: the setting of Nanda et al. 2023.
 * `nanda-then-free`: the same until it has grokked, then without weight decay. `free`: no weight decay, in float64.
 * `slight-decay`: weight decay 0.03, for longer.
 */
export type ModularAdditionPreset = "nanda" | "nanda-then-free" | "free" | "slight-decay";
export const MODULAR_ADDITION_PRESETS: readonly ModularAdditionPreset[] = [
  "nanda",
  "nanda-then-free",
  "free",
  "slight-decay",
];

const RECORDS = { seed: 0, curvePerDecade: 96, checkpointsPerDecade: 8, shuffles: 10 } as const;

const TRAINING = {
  ...RECORDS,
  decayUntil: null,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  lossPrecision: null,
  zeroSum: false,
} as const satisfies Partial<ExperimentTraining>;

const QUICK: MlpExperiment = {
  ...TRAINING,
  network: "mlp",
  hidden: [100, 100],
  initScale: 4,
  digits: { kind: "synthetic", side: 14, testPerClass: 100, difficulty: DEFAULT_DIFFICULTY },
  trainPerClass: 25,
  steps: 400_000,
  batchSize: 50,
  batchOrder: "reshuffled",
  learningRate: 2e-3,
  weightDecay: 0,
  precision: "float32",
  loss: "mse",
};

const PAPER: MlpExperiment = {
  ...QUICK,
  hidden: [200, 200],
  initScale: 8,
  digits: { kind: "synthetic", side: 28, testPerClass: 100, difficulty: DEFAULT_DIFFICULTY },
  trainPerClass: 100,
  steps: 1_000_000,
  batchSize: 200,
  learningRate: 5e-4,
  precision: "float64",
};

const MLP: Readonly<Record<MlpPreset, MlpExperiment>> = {
  quick: QUICK,
  control: { ...QUICK, weightDecay: 0.01 },
  paper: PAPER,
  notebook: { ...PAPER, initScale: 4, batchOrder: "fixed" },
};

const NANDA: ModularAdditionExperiment = {
  ...TRAINING,
  network: "modadd",
  p: 113,
  width: 128,
  heads: 4,
  mlp: 512,
  trainFraction: 0.3,
  steps: 40_000,
  batchSize: null,
  batchOrder: "fixed",
  learningRate: 1e-3,
  weightDecay: 1,
  beta2: 0.98,
  precision: "float32",
  loss: "cross-entropy",
  lossPrecision: "float64",
};

const MODULAR_ADDITION: Readonly<Record<ModularAdditionPreset, Partial<ModularAdditionExperiment>>> = {
  nanda: {},
  "nanda-then-free": { decayUntil: 0.99 },
  free: { weightDecay: 0, precision: "float64" },
  "slight-decay": { weightDecay: 0.03, steps: 100_000 },
};

/**
 * Below this p the network is half as wide and learns from 0.6 of the pairs. Nobody's setting, but tried: at p = 31 with the preset
 * `nanda`, seeds 0 to 6 all pass a test accuracy of 0.95 by step 4750, and of seeds 0 to 2 with half of the pairs one does by step 8000.
 */
const SMALL_P = 64;
const SMALL: Partial<ModularAdditionExperiment> = { width: 64, mlp: 256, trainFraction: 0.6 };

/** A preset with some of it otherwise; what is undefined stays. Throws SpectrapError `US_OPTION` for an unknown preset. */
export function mlpExperiment(preset: MlpPreset, changes: Partial<MlpExperiment> = {}): MlpExperiment {
  return { ...MLP[oneOf("preset", preset, MLP_PRESETS)], ...defined(changes) };
}

/** As {@link mlpExperiment}. A p below 64 comes with a smaller network and a train fraction of 0.6. */
export function modularAdditionExperiment(
  preset: ModularAdditionPreset,
  changes: Partial<ModularAdditionExperiment> = {},
): ModularAdditionExperiment {
  const setting = MODULAR_ADDITION[oneOf("preset", preset, MODULAR_ADDITION_PRESETS)];
  const size = (changes.p ?? NANDA.p) < SMALL_P ? SMALL : {};
  return { ...NANDA, ...size, ...setting, ...defined(changes) };
}

function defined<T extends object>(changes: T): T {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as T;
}
