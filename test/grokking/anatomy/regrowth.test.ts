import { expect, test } from "vitest";
import { regrowth } from "../../../lib/grokking/anatomy/regrowth.ts";
import { removeTrap } from "../../../lib/grokking/anatomy/removal.ts";
import { unpermutedTraps } from "../../../lib/grokking/anatomy/trap.ts";
import { networkMatrix, withValues } from "../../../lib/grokking/matrix.ts";
import type { Parameters } from "../../../lib/grokking/parameters.ts";
import { openSolver } from "../../../lib/solver/open.ts";
import { gaussian } from "../../helpers/memory-matrix.ts";

test("the log shows a trap that training builds up again", async () => {
  const solver = openSolver({ threads: 1 });
  const values = Float64Array.from(gaussian(60 * 40, 1));
  values[77] = 4 * 2400 ** 0.25;
  const before = { w: { shape: [60, 40], values } };
  const traps = async (parameters: Parameters) => {
    const found = await unpermutedTraps(solver, networkMatrix(parameters, "w"), { seed: 1 });
    if (found.reason !== null) throw new Error(found.reason);
    return found.traps;
  };
  const removed = withValues(
    before,
    "w",
    removeTrap(values, (await traps(before))[0]!.values, "subtract", 1),
  );
  // A training that moves the weights back to where they were, by a thousandth of the way a step.
  let done = 0;
  const asked: number[] = [];
  const train = async (steps: number): Promise<Parameters> => {
    asked.push(steps);
    done += steps;
    const way = done / 1000;
    const start = removed["w"]!.values;
    return withValues(
      before,
      "w",
      start.map((value, i) => value + way * (values[i]! - value)),
    );
  };
  const log = await regrowth(before, removed, [10, 100, 1000], train, async (parameters) => {
    return (await traps(parameters)).length;
  });
  solver.close();
  expect(asked).toEqual([10, 90, 900]);
  expect(log).toEqual([
    { step: null, traps: 1 },
    { step: 0, traps: 0 },
    { step: 10, traps: 0 },
    { step: 100, traps: 0 },
    { step: 1000, traps: 1 },
  ]);
});

test.each([[[0, 10]], [[10, 10]], [[20, 10]], [[1.5]]])("a schedule of %j is refused", async (schedule) => {
  const never = async (): Promise<never> => {
    throw new Error("not reached");
  };
  await expect(regrowth({}, {}, schedule, never, never)).rejects.toThrow(RangeError);
});
