import { afterAll, beforeAll, expect, test } from "vitest";
import { type LayerMeasures, layerMeasures } from "../../lib/grokking/measures/layer-measures.ts";
import { weights } from "../../lib/grokking/measures/weights.ts";
import { openSolver } from "../../lib/solver/open.ts";
import { type StoredRun, storedParameters } from "./helpers/stored-runs.ts";

let solver: ReturnType<typeof openSolver>;
beforeAll(() => {
  solver = openSolver({ threads: 2 });
});
afterAll(() => solver.close());

const options = { shuffles: 10, seed: 0, level: 0.003 };

async function stored(run: StoredRun, step: number): Promise<LayerMeasures[]> {
  return Promise.all(
    weights(storedParameters(run, step)).map((matrix) => layerMeasures(solver, matrix, options)),
  );
}

const medians = (layers: readonly LayerMeasures[]) =>
  layers.slice(0, 2).map(({ wwTraps, wwTrapsCentred }) => [wwTraps!.median, wwTrapsCentred!.median]);

test("run c has none at 354, one of the mean in FC1 and FC2 at the peak and in the collapse", async () => {
  expect(medians(await stored("c", 354))).toEqual([
    [0, 0],
    [0, 0],
  ]);
  for (const step of [41_023, 216_859]) {
    const layers = await stored("c", step);
    expect(medians(layers)).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(layers.slice(0, 2).map(({ meanTrap, entryTraps }) => [meanTrap, entryTraps])).toEqual([
      [true, 0],
      [true, 0],
    ]);
  }
});

test("the trap of FC2 of run a at the end stands where its mean predicts, eight to nine edges up", async () => {
  const [, fc2] = await stored("a", 2_881_259);
  expect(fc2!.meanSpike / fc2!.bulkEdge!).toBeGreaterThan(8);
  expect(fc2!.shuffledMax / fc2!.bulkEdge!).toBeLessThan(9.5);
  const s = fc2!.bulkEdge! / 4;
  // (λ + N s²)(λ + M s²)/λ with N = M = 100 and an edge of 4 N s².
  const predicted = (fc2!.meanSpike + s) ** 2 / fc2!.meanSpike;
  expect(Math.abs(fc2!.shuffledMax / predicted - 1)).toBeLessThan(0.02);
});

test("the healthy control has more traps in FC2, of single entries, and a lower alpha", async () => {
  const [control, collapsed] = await Promise.all([stored("c-wd0.01", 381_814), stored("c", 381_814)]);
  expect(control[1]!.wwTraps!.median).toBeGreaterThan(collapsed[1]!.wwTraps!.median);
  expect(control[1]!.entryTraps).toBeGreaterThan(collapsed[1]!.entryTraps!);
  expect(control[1]!.alpha).toBeLessThan(collapsed[1]!.alpha!);
});

test("alpha of FC1 falls from above 5 before memory to below 2 in the collapse", async () => {
  const [before, after] = await Promise.all([stored("c", 354), stored("c", 381_814)]);
  expect(before[0]!.alpha).toBeCloseTo(5.75, 2);
  expect(after[0]!.alpha).toBeCloseTo(1.46, 2);
  expect(after[1]!.alpha).toBeCloseTo(1.93, 2);
  expect(before[2]!.reasons).toEqual({ alphaClipXmax: "fit_failed" });
});
