import type { Examples } from "../examples.ts";

/** What a network is trained on, and what it has never seen. */
export interface Task {
  readonly train: Examples;
  readonly test: Examples;
}

/** The examples with these numbers, in that order. */
export function pick(examples: Examples, numbers: ArrayLike<number>): Examples {
  const { width, classes } = examples;
  const inputs = new Float64Array(numbers.length * width);
  const labels = new Uint32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const from = numbers[i]!;
    inputs.set(examples.inputs.subarray(from * width, (from + 1) * width), i * width);
    labels[i] = examples.labels[from]!;
  }
  return { count: numbers.length, width, classes, inputs, labels };
}
