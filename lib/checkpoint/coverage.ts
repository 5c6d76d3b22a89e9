import { partnerOf } from "./adapter-names.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { parameterCount } from "./parameters.ts";
import type { Plan } from "./plan.ts";

/** How much of a model its weight matrices are. */
export interface Coverage {
  /** Of the whole checkpoint; biases and norms count, scales of quantised weights do not. */
  parameters: number;
  /** In tensors that matrices are read from. */
  covered: number;
  /** 100 · covered / parameters, or null for a checkpoint without parameters. */
  percent: number | null;
}

export function coverage(checkpoint: Checkpoint, plan: Plan): Coverage {
  const read = new Set(plan.matrices.map((matrix) => matrix.tensor));
  if (checkpoint.adapter !== null) for (const tensor of [...read]) read.add(partnerOf(tensor));
  let parameters = 0;
  let covered = 0;
  for (const tensor of checkpoint.tensors) {
    const count = parameterCount(tensor, checkpoint.layout);
    parameters += count;
    if (read.has(tensor.name)) covered += count;
  }
  return { parameters, covered, percent: parameters === 0 ? null : (100 * covered) / parameters };
}
