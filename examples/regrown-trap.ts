/**
 * Trains a small perceptron on synthetic digits, takes the trap out that training has made, and trains on: does it come back?
 *
 *   npm run build && node examples/regrown-trap.ts      (Node 22.18 or newer runs TypeScript)
 */
import {
  batches,
  MlpTrainer,
  networkMatrix,
  openSolver,
  type Parameters,
  regrowth,
  removeTrap,
  syntheticDigits,
  trapAnatomy,
  unpermutedTraps,
  withValues,
} from "spectrap/grokking";

const layer = "fc1.weight";
const steps = 4000;

const digits = syntheticDigits({ side: 14, trainPerClass: 10, testPerClass: 30, difficulty: 0.5, seed: 0 });
const trainer = new MlpTrainer(digits.train, {
  ...{ hidden: [60, 60], initScale: 2, learningRate: 5e-3, weightDecay: 0, batchSize: 50, seed: 0 },
  precision: "float32",
});
const plan = { examples: digits.train.count, batchSize: 50, order: "reshuffled", seed: 0 } as const;
const solver = openSolver({ threads: 1 });

await trainer.train(batches(plan, 0, steps));
const state = await trainer.state();
const [trap] = await trapsOf(state.parameters);
if (trap === undefined) throw new Error("training has made no trap");
const { kind, meanShare } = trapAnatomy(trap);
console.log(
  `${layer}: ${trap.strength.toFixed(2)} times the edge, ${kind}, mean share ${meanShare.toFixed(2)}`,
);

const { values } = state.parameters[layer]!;
const removed = withValues(state.parameters, layer, removeTrap(values, trap.values, "subtract", 0));
await trainer.restore({ ...state, parameters: removed });
let step = steps;
const train = async (more: number): Promise<Parameters> => {
  await trainer.train(batches(plan, step, more));
  step += more;
  return await trainer.parameters();
};
const count = async (parameters: Parameters) => (await trapsOf(parameters)).length;
for (const entry of await regrowth(state.parameters, removed, [10, 100, 1000], train, count)) {
  console.log(`${entry.step === null ? "before" : `step ${entry.step}`}: ${entry.traps}`);
}
trainer.close();
solver.close();

async function trapsOf(parameters: Parameters) {
  const found = await unpermutedTraps(solver, networkMatrix(parameters, layer), { seed: 0 });
  if (found.reason !== null) throw new Error(found.reason);
  return found.traps;
}
