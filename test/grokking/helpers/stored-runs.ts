import { readFileSync } from "node:fs";
import type { Examples } from "../../../lib/grokking/examples.ts";
import type { Parameter } from "../../../lib/grokking/parameters.ts";
import { fixtureTensors } from "./fixture-tensors.ts";

const folder = new URL("../../fixtures/grokking/", import.meta.url);

export type StoredRun = "a" | "c" | "c-seed1" | "c-wd0.01" | "c-wd0.1";

/** Records of a run along its training, column by column; see the README of the fixtures. */
interface StoredCurve {
  run: string;
  /** Where there are weights. */
  steps: number[];
  step: number[];
  trainAccuracy: number[];
  testAccuracy: number[];
  trainLoss: number[];
  testLoss: number[];
  l2: number[];
  sparsity: number[];
}

export function storedCurve(run: StoredRun) {
  const { steps, ...columns } = JSON.parse(
    readFileSync(new URL(`${run}.json`, folder), "utf8"),
  ) as StoredCurve;
  const records = columns.step.map((step, i) => ({
    step,
    trainAccuracy: columns.trainAccuracy[i]!,
    testAccuracy: columns.testAccuracy[i]!,
    trainLoss: columns.trainLoss[i]!,
    testLoss: columns.testLoss[i]!,
    l2: columns.l2[i]!,
    sparsity: columns.sparsity[i]!,
  }));
  return { steps, records };
}

/** Parameters of a stored run at a step that has them. */
export function storedParameters(run: StoredRun, step: number): Record<string, Parameter> {
  const prefix = `step${step}.`;
  const tensors = fixtureTensors(run, (name) => name.startsWith(prefix));
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/** The 250 training and 1000 test images of the stored runs. */
export function storedExamples(): { train: Examples; test: Examples } {
  const tensors = fixtureTensors("data");
  const part = (name: string): Examples => {
    const { shape, values } = tensors[`${name}_x`]!;
    const labels = Uint32Array.from(tensors[`${name}_y`]!.values);
    return { count: shape[0]!, width: shape[1]!, classes: 10, inputs: values, labels };
  };
  return { train: part("train"), test: part("test") };
}
