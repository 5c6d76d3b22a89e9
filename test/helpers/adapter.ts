import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TensorSpec, temporaryFolder, writeSafetensors } from "./safetensors-writer.ts";

export function f32(name: string, shape: number[], values: ArrayLike<number>): TensorSpec {
  return { name, dtype: "F32", shape, data: new Uint8Array(Float32Array.from(values).buffer) };
}

export function f64(name: string, shape: number[], values: ArrayLike<number>): TensorSpec {
  return { name, dtype: "F64", shape, data: new Uint8Array(Float64Array.from(values).buffer) };
}

/** A folder with one safetensors file. */
export function modelFolder(tensors: TensorSpec[]): string {
  const folder = temporaryFolder();
  writeSafetensors(join(folder, "model.safetensors"), tensors);
  return folder;
}

export const CONFIG = { peft_type: "LORA", r: 2, lora_alpha: 3, use_rslora: false, fan_in_fan_out: false };

/** A folder with an adapter in PEFT's layout; `config` may be text, or null for none. */
export function adapterFolder(tensors: TensorSpec[], config: object | string | null = CONFIG): string {
  const folder = temporaryFolder();
  writeSafetensors(join(folder, "adapter_model.safetensors"), tensors);
  const text = typeof config === "string" ? config : JSON.stringify(config);
  if (config !== null) writeFileSync(join(folder, "adapter_config.json"), text);
  return folder;
}

/** Names of the factors of a module. */
export function factorNames(module: string): { A: string; B: string } {
  const stem = `base_model.model.${module}`;
  return { A: `${stem}.lora_A.weight`, B: `${stem}.lora_B.weight` };
}

/** scale·B·A, row-major, out × in. */
export function dense(
  B: ArrayLike<number>,
  A: ArrayLike<number>,
  out: number,
  rank: number,
  input: number,
  scale: number,
): Float64Array {
  return Float64Array.from({ length: out * input }, (_, at) => {
    const [r, c] = [Math.floor(at / input), at % input];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += B[r * rank + k]! * A[k * input + c]!;
    return scale * sum;
  });
}
