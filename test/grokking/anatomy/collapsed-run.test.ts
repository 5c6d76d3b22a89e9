import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trapAnatomy } from "../../../lib/grokking/anatomy/anatomy.ts";
import { type Effect, effectOf, verdictOf } from "../../../lib/grokking/anatomy/effect.ts";
import { interventions } from "../../../lib/grokking/anatomy/interventions.ts";
import { nearestImage } from "../../../lib/grokking/anatomy/nearest-image.ts";
import { gaussianProbes, normRule, probeDivergence } from "../../../lib/grokking/anatomy/probes.ts";
import { prototypeImages } from "../../../lib/grokking/anatomy/prototypes.ts";
import { type UnpermutedTraps, unpermutedTraps } from "../../../lib/grokking/anatomy/trap.ts";
import type { Examples } from "../../../lib/grokking/examples.ts";
import { forwardMlp } from "../../../lib/grokking/forward-mlp.ts";
import { networkMatrix } from "../../../lib/grokking/matrix.ts";
import { predict } from "../../../lib/grokking/predictions.ts";
import { openSolver } from "../../../lib/solver/open.ts";
import { storedExamples, storedParameters } from "../helpers/stored-runs.ts";

// Its test accuracy had been 0.79: a network that has collapsed.
const network = storedParameters("c", 381_814);
const { train, test: digits } = storedExamples();
const answers = {
  train: await predict(forwardMlp, network, train),
  test: await predict(forwardMlp, network, digits),
};

let solver: ReturnType<typeof openSolver>;
beforeAll(() => {
  solver = openSolver({ threads: 1 });
});
afterAll(() => solver.close());

async function trapsOf(name: string, seed: number): Promise<UnpermutedTraps> {
  const found = await unpermutedTraps(solver, networkMatrix(network, name), { seed });
  if (found.reason !== null) throw new Error(found.reason);
  return found;
}

/** What each intervention on the first trap does, on training and on test examples. */
async function effects(name: string, seed: number): Promise<Record<string, { train: Effect; test: Effect }>> {
  const found = await trapsOf(name, seed);
  const made = interventions(network, name, found.traps[0]!, found, seed);
  const rows: [string, { train: Effect; test: Effect }][] = [];
  for (const { kind, parameters } of made) {
    const on = async (examples: Examples, before: Uint32Array): Promise<Effect> =>
      effectOf(examples.labels, before, await predict(forwardMlp, parameters, examples), 10);
    rows.push([kind, { train: await on(train, answers.train), test: await on(digits, answers.test) }]);
  }
  return Object.fromEntries(rows);
}

const accuracies = ({ train: ofTrain, test: ofTest }: { train: Effect; test: Effect }): number[] => [
  ofTrain.after.accuracy,
  ofTest.after.accuracy,
];

describe("the first traps of the collapsed network", () => {
  const seed = 1;

  test("are the means of the first two layers", async () => {
    for (const name of ["fc1.weight", "fc2.weight"]) {
      const [trap] = (await trapsOf(name, seed)).traps;
      const anatomy = trapAnatomy(trap!);
      expect(anatomy.kind).toBe("mean_shift");
      expect(anatomy.meanShare).toBeGreaterThan(0.85);
      expect(trap!.strength).toBeGreaterThan(5);
      expect(anatomy.top5).toBeGreaterThan(0.08);
      expect(anatomy.top5).toBeLessThan(0.18);
    }
  });

  // Of 30 permutations and replacements drawn by NumPy's generator, the same recipes gave (mean ± standard deviation, train
  // and test): FC1 replace 0.959 ± 0.020, 0.468 ± 0.011; FC2 subtract 0.987 ± 0.004, 0.516 ± 0.012; FC2 replace
  // 0.963 ± 0.030, 0.461 ± 0.020; FC1 subtract 0.1 and 0.1 always, as the ReLUs rest on that mean.
  test("FC1: subtraction ruins the network, the tool's replacement barely touches it", async () => {
    const found = await effects("fc1.weight", seed);
    for (const kind of ["subtract", "centre", "replace_centred"]) {
      expect(accuracies(found[kind]!), kind).toEqual([0.1, 0.1]);
      expect(verdictOf(found[kind]!.test), kind).toEqual({ active: true, harmful: false });
    }
    const [trained, tested] = accuracies(found["replace"]!);
    expect(Math.abs(trained! - 0.959)).toBeLessThan(4 * 0.02);
    expect(Math.abs(tested! - 0.468)).toBeLessThan(4 * 0.011);
    expect(Math.abs(found["bulk"]!.test.change)).toBeLessThan(0.06);
  });

  test("FC2: subtraction raises test accuracy, but not by two standard errors", async () => {
    const { subtract, replace } = await effects("fc2.weight", seed);
    expect(subtract!.test.before.accuracy).toBe(0.491);
    expect(subtract!.test.change).toBeGreaterThan(0);
    expect(verdictOf(subtract!.test)).toEqual({ active: false, harmful: false });
    const subtracted = accuracies(subtract!);
    expect(Math.abs(subtracted[0]! - 0.987)).toBeLessThan(4 * 0.004);
    expect(Math.abs(subtracted[1]! - 0.516)).toBeLessThan(4 * 0.012);
    const replaced = accuracies(replace!);
    expect(Math.abs(replaced[0]! - 0.963)).toBeLessThan(4 * 0.03);
    expect(Math.abs(replaced[1]! - 0.461)).toBeLessThan(4 * 0.02);
  });

  test("replacement moves the answers to noise by thousandths, and FC1's more than FC2's", async () => {
    const probes = gaussianProbes(200, 196, { mean: 0.25, deviation: 0.39, seed });
    const moved = async (name: string): Promise<number> => {
      const found = await trapsOf(name, seed);
      const made = interventions(network, name, found.traps[0]!, found, seed);
      const { parameters } = made.find(({ kind }) => kind === "replace")!;
      return (await probeDivergence(forwardMlp, network, parameters, probes)).mean;
    };
    const [first, second] = [await moved("fc1.weight"), await moved("fc2.weight")];
    expect(first).toBeLessThan(0.007);
    expect(first).toBeGreaterThan(second);
    expect(second).toBeGreaterThan(0);
  });
});

test("the network gives images without shapes, and noise, one class", async () => {
  const rule = await normRule(forwardMlp, network, digits, 1);
  expect([rule.images[3], rule.images[5]]).toEqual([257, 228]);
  expect(rule.pixelShuffled[3]).toBeGreaterThan(900);
  expect(rule.gaussian[3]).toBeGreaterThan(900);
  for (const histogram of [rule.images, rule.pixelShuffled, rule.gaussian]) {
    expect(histogram.reduce((a, b) => a + b, 0)).toBe(1000);
  }
});

test("no layer's prototype is one training image", async () => {
  const layers = ["fc1.weight", "fc2.weight", "fc3.weight"].map((name) => networkMatrix(network, name));
  for (const { image, participation } of await prototypeImages(layers)) {
    expect(Math.abs(participation! - 108)).toBeLessThan(3);
    const nearest = nearestImage(image, train, { seed: 1, shuffles: 99 });
    expect(Math.abs(nearest.cosine)).toBeLessThan(0.5);
    expect(Math.abs(nearest.cosine) - nearest.nullCosine).toBeLessThan(0.1);
  }
});
