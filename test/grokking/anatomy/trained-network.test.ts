import { afterAll, beforeAll, expect, test } from "vitest";
import { forgetting } from "../../../lib/grokking/anatomy/forgetting.ts";
import { regrowth } from "../../../lib/grokking/anatomy/regrowth.ts";
import { removeTrap } from "../../../lib/grokking/anatomy/removal.ts";
import { type UnpermutedMode, unpermutedTraps } from "../../../lib/grokking/anatomy/trap.ts";
import { batches } from "../../../lib/grokking/batches.ts";
import { networkMatrix, withValues } from "../../../lib/grokking/matrix.ts";
import type { Parameters } from "../../../lib/grokking/parameters.ts";
import { logitMargins, predict } from "../../../lib/grokking/predictions.ts";
import { syntheticDigits } from "../../../lib/grokking/tasks/synthetic-digits.ts";
import { MlpTrainer } from "../../../lib/grokking/trainer/mlp.ts";
import { openSolver } from "../../../lib/solver/open.ts";

const LAYER = "fc1.weight";
const STEPS = 4000;

const digits = { side: 14, trainPerClass: 10, testPerClass: 30, difficulty: 0.5, seed: 0 };
const { train, test: held } = syntheticDigits(digits);
const trainer = new MlpTrainer(train, {
  ...{ hidden: [60, 60], initScale: 2, learningRate: 5e-3, weightDecay: 0, batchSize: 50, seed: 0 },
  precision: "float32",
});
const { forward } = trainer;
const plan = { examples: 100, batchSize: 50, order: "reshuffled", seed: 0 } as const;

/** The first parameters, those with the trap that training makes, and those without it. */
let [first, trapped, removed]: Parameters[] = [];
let solver: ReturnType<typeof openSolver>;

async function traps(parameters: Parameters): Promise<UnpermutedMode[]> {
  const found = await unpermutedTraps(solver, networkMatrix(parameters, LAYER), { seed: 0 });
  if (found.reason !== null) throw new Error(found.reason);
  return found.traps;
}

beforeAll(async () => {
  solver = openSolver({ threads: 1 });
  first = await trainer.parameters();
  await trainer.train(batches(plan, 0, STEPS));
  trapped = await trainer.parameters();
  const { values } = trapped[LAYER]!;
  removed = withValues(trapped, LAYER, removeTrap(values, (await traps(trapped))[0]!.values, "subtract", 0));
});
afterAll(() => {
  solver.close();
  trainer.close();
});

test("a trap that training has made comes back when it is taken out and training goes on", async () => {
  expect((await traps(first!)).length).toBe(0);
  await trainer.restore({ ...(await trainer.state()), parameters: removed! });
  let step = STEPS;
  const goOn = async (steps: number) => {
    await trainer.train(batches(plan, step, steps));
    step += steps;
    return await trainer.parameters();
  };
  const count = async (parameters: Parameters) => (await traps(parameters)).length;
  const log = await regrowth(trapped!, removed!, [10, 100, 1000], goOn, count);
  expect(log.map(({ step: after }) => after)).toEqual([null, 0, 10, 100, 1000]);
  expect(log.slice(0, 2).map(({ traps: found }) => found)).toEqual([1, 0]);
  expect(log.at(-1)!.traps).toBe(1);
});

test("what the network without its trap has forgotten is a recount of its answers", async () => {
  const [before, after] = [await predict(forward, trapped!, held), await predict(forward, removed!, held)];
  const { labels, classes, inputs, count } = held;
  const margins = logitMargins(await forward(trapped!, inputs, count), labels, classes);
  const found = forgetting({ labels, peak: before, later: after, margins, classes });
  let [forgotten, learned] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (before[i] === labels[i] && after[i] !== labels[i]) forgotten++;
    if (before[i] !== labels[i] && after[i] === labels[i]) learned++;
  }
  expect(found).toMatchObject({ forgotten, learned });
  expect(forgotten).toBeGreaterThan(0);
  // Margins are above 0 where an answer is right, and what it was least sure of is forgotten first.
  expect(found.right).toBe(margins.filter((margin) => margin > 0).length);
  expect(found.byMargin[0]!.share).toBeGreaterThan(found.byMargin.at(-1)!.share!);
});
