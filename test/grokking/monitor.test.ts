import { afterAll, beforeAll, expect, test } from "vitest";
import { layerMeasures } from "../../lib/grokking/measures/layer-measures.ts";
import { weights } from "../../lib/grokking/measures/weights.ts";
import { TrapMonitor, type TrapWarning } from "../../lib/grokking/monitor.ts";
import { openSolver } from "../../lib/solver/open.ts";
import { type StoredRun, storedParameters } from "./helpers/stored-runs.ts";

let solver: ReturnType<typeof openSolver>;
beforeAll(() => {
  solver = openSolver({ threads: 2 });
});
afterAll(() => solver.close());

async function warnings(run: StoredRun, steps: readonly number[]): Promise<TrapWarning[]> {
  const monitor = new TrapMonitor();
  const all: TrapWarning[] = [];
  for (const step of steps) {
    const matrices = weights(storedParameters(run, step));
    const measures = matrices.map((one) =>
      layerMeasures(solver, one, { shuffles: 10, seed: 0, level: 0.003 }),
    );
    all.push(...monitor.record(step, await Promise.all(measures)));
  }
  return all;
}

test("on run c it warns after step 17,423 and not later than 30,974, before the test accuracy peaks", async () => {
  const all = await warnings("c", [0, 4383, 17_423, 30_974, 41_023]);
  expect(all.map(({ step, layer, kind }) => [step, layer, kind])).toEqual([
    [30_974, "fc1.weight", "traps"],
    [30_974, "fc2.weight", "traps"],
    [41_023, "fc1.weight", "confirmed"],
    [41_023, "fc2.weight", "confirmed"],
  ]);
  expect(all[0]!.wwTraps).toMatchObject({ median: 1, share: 1 });
});

const count = (share: number) => ({ median: share, least: 0, most: 1, share });

test("says once that traps are there, and once whether they stay", () => {
  const monitor = new TrapMonitor();
  const shares = [0.5, 0.6, 0.4, null, 0.7, null, 0.8, 0.9, 0.1];
  const kinds = shares.map((share, step) => {
    const told = monitor.record(step, [
      { name: "w", wwTraps: share === null ? null : count(share) },
      { name: "quiet", wwTraps: count(0) },
    ]);
    return told.map(({ kind }) => kind).join();
  });
  expect(kinds).toEqual(["", "traps", "withdrawn", "", "traps", "", "confirmed", "", "withdrawn"]);
});
