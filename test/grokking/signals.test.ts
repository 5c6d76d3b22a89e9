import { describe, expect, test } from "vitest";
import { forwardMlp, hiddenMlp } from "../../lib/grokking/forward-mlp.ts";
import { type Measures, measure } from "../../lib/grokking/measures/measure.ts";
import { alarm } from "../../lib/grokking/signals/alarm.ts";
import { pairSeparations, separations } from "../../lib/grokking/signals/separation.ts";
import { type Signal, signals } from "../../lib/grokking/signals/signals.ts";
import { alarmTable } from "../../lib/grokking/tables/alarms.ts";
import { toMarkdown } from "../../lib/grokking/tables/table.ts";
import { storedExamples, storedParameters } from "./helpers/stored-runs.ts";

/** Networks of which two numbers are known. */
const network = (l2Norm: number, weightEntropy = 0) => ({ l2Norm, weightEntropy }) as Measures;
const norm: Signal = { name: "norm", needs: "nothing", of: ({ l2Norm }) => l2Norm };
const entropy: Signal = { name: "entropy", needs: "nothing", of: ({ weightEntropy }) => weightEntropy };
const none: Signal = { name: "none", needs: "nothing", of: () => null };

test("the signals of stored run c are those of its layers", async () => {
  const parameters = storedParameters("c", 41_023);
  const measures = await measure({ parameters, forward: forwardMlp, hidden: hiddenMlp }, storedExamples(), {
    shuffles: 1,
  });
  const [first, second] = measures.layers;
  const found = new Map(
    signals(["fc1.weight", "fc2.weight"]).map(({ name, of }) => [name, of(measures)] as const),
  );
  // One trap of the mean in each of the two at the peak.
  for (const name of ["traps, WeightWatcher", "traps, calibrated", "traps of the mean"]) {
    expect(found.get(name)).toBe(2);
  }
  for (const name of ["traps, WeightWatcher, centred", "traps of entries", "traps, diffuse"]) {
    expect(found.get(name)).toBe(0);
  }
  expect(found.get("alpha, mean")).toBe((first!.alphaClipXmax! + second!.alphaClipXmax!) / 2);
  expect(found.get("alpha, least")).toBe(Math.min(first!.alphaClipXmax!, second!.alphaClipXmax!));
  expect(found.get("m²NM / edge")).toBe(
    Math.max(...[first!, second!].map((layer) => layer.meanSpike / layer.bulkEdge!)),
  );
  expect(found.get("ℓ2 norm")).toBe(measures.l2Norm);
  expect([...found.values()]).not.toContain(null);
  expect(signals(["fc9.weight"])[0]!.of(measures)).toBeNull();
});

describe("separations", () => {
  const contrasts = [
    { collapsed: [network(9, 1)], healthy: [network(3, 2), network(4, 3)] },
    { collapsed: [network(8, 2)], healthy: [network(5, 3)] },
  ];

  test("hold the values of both groups, and leave out what has none", () => {
    expect(separations([norm, none], contrasts)).toEqual([
      { measure: "norm", collapsed: [9, 8], healthy: [3, 4, 5] },
    ]);
  });

  test("of a pair are the sum of scores on the scale of the other seed, larger in collapse", () => {
    const [pair] = pairSeparations([norm, entropy], contrasts);
    expect(pair!.measure).toBe("norm + entropy");
    // Seed 0 by seed 1: norms 8, 5 of mean 6.5 and deviation 1.5; entropies 2, 3 of mean 2.5 and deviation ½, turned.
    expect(pair!.collapsed[0]).toBeCloseTo((9 - 6.5) / 1.5 - (1 - 2.5) / 0.5, 12);
    expect(pair!.healthy[0]).toBeCloseTo((3 - 6.5) / 1.5 - (2 - 2.5) / 0.5, 12);
    expect([pair!.collapsed.length, pair!.healthy.length]).toEqual([2, 3]);
    expect(() => pairSeparations([norm], contrasts.slice(1))).toThrow(RangeError);
  });
});

describe("an alarm", () => {
  const run = (from: number, ...norms: number[]) => ({
    from,
    checkpoints: norms.map((value, i) => ({ step: 10 ** i, measures: network(value) })),
  });
  const healthy = [run(10, 99, 3, 4, 2), run(1, 1, 3, 3, 3)];

  test("begins where the signal leaves, for good, what any healthy run shows from its first step on", () => {
    const found = alarm(norm, [run(1, 2, 9, 3, 5), run(1, 5, 6, 7, 8), run(1, 1, 2, 3, 4)], healthy)!;
    expect(found).toEqual({ signal: "norm", side: "above", threshold: 4, steps: [1000, 1, null] });
    const table = toMarkdown(alarmTable("alarms", [found], [2000, 10, 10]));
    expect(table).toContain("| norm | up to 4 | 2 of 3 | 0.30 |");
  });

  test("lies below where collapse makes the signal smaller, and is none where it is equal or unknown", () => {
    const found = alarm(norm, [run(1, 3, 2, 0.5, 0.4)], healthy)!;
    expect([found.side, found.threshold, found.steps]).toEqual(["below", 1, [100]]);
    expect(alarm(norm, [run(1, 2.5)], healthy)).toBeNull();
    expect(alarm(none, [run(1, 2)], healthy)).toBeNull();
  });
});
