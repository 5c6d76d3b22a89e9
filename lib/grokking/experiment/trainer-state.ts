import type { Parameters } from "../parameters.ts";
import type { TrainerState } from "../trainer/trainer.ts";
import { readTensors, writeTensors } from "./tensor-file.ts";

const PARTS = ["parameters", "m", "v"] as const;

/** Writes all that a training goes on from, as safetensors: `step`, and every array under `parameters/`, `m/` and `v/`. */
export function writeState(path: string, state: TrainerState): Promise<void> {
  const arrays = PARTS.flatMap((part) =>
    Object.entries(state[part]).map(([name, array]) => [`${part}/${name}`, array] as const),
  );
  const step = { shape: [1], values: Float64Array.of(state.step) };
  return writeTensors(path, { step, ...Object.fromEntries(arrays) }, "F64");
}

/** Rejects as `readTensors` does. */
export async function readState(path: string): Promise<TrainerState> {
  const { step, ...arrays } = await readTensors(path);
  const part = (prefix: (typeof PARTS)[number]): Parameters =>
    Object.fromEntries(
      Object.entries(arrays)
        .filter(([name]) => name.startsWith(`${prefix}/`))
        .map(([name, array]) => [name.slice(prefix.length + 1), array]),
    );
  return { step: step!.values[0]!, parameters: part("parameters"), m: part("m"), v: part("v") };
}
