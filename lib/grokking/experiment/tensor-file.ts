import { outError } from "../../analysis/out-error.ts";
import { writeWhole } from "../../analysis/whole-file.ts";
import { withFile } from "../../checkpoint/file.ts";
import { readSafetensors } from "../../checkpoint/safetensors.ts";
import { safetensorsHead } from "../../checkpoint/safetensors-head.ts";
import { SpectrapError } from "../../solver/error.ts";
import type { Parameters } from "../parameters.ts";

/** Writes arrays as a safetensors file that is whole or not there. Errors: OUT_WRITE. */
export async function writeTensors(path: string, tensors: Parameters, dtype: "F32" | "F64"): Promise<void> {
  const arrays = Object.entries(tensors).map(([name, { shape, values }]) => ({
    name,
    shape,
    data: dtype === "F32" ? Float32Array.from(values) : values,
  }));
  const head = safetensorsHead(
    arrays.map(({ name, shape, data }) => ({ name, dtype, shape, bytes: data.byteLength })),
  );
  const pieces = arrays.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  try {
    await writeWhole(path, [head, ...pieces]);
  } catch (error) {
    throw outError(error, path);
  }
}

/**
 * The float32 and float64 arrays of such a file, in its order.
 *
 * @throws by rejection: SpectrapError `CK_*` and `ST_*` as for any checkpoint, `RUN_DAMAGED` for an array of another type.
 */
export async function readTensors(path: string): Promise<Parameters> {
  const { tensors } = await readSafetensors(path);
  return withFile(path, async ({ read }) => {
    const arrays: Record<string, Parameters[string]> = {};
    for (const { name, dtype, shape, bytes } of tensors) {
      const data = Uint8Array.from(await read(bytes.begin, bytes.end - bytes.begin)).buffer;
      if (dtype !== "F32" && dtype !== "F64") {
        throw new SpectrapError("RUN_DAMAGED", `${dtype} is not what a training writes`, {
          file: path,
          tensor: name,
        });
      }
      const values = dtype === "F64" ? new Float64Array(data) : Float64Array.from(new Float32Array(data));
      arrays[name] = { shape, values };
    }
    return arrays;
  });
}
