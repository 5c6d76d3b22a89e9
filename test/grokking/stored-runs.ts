import { readFileSync } from "node:fs";
import type { Examples } from "../../lib/grokking/examples.ts";
import type { Parameter } from "../../lib/grokking/parameters.ts";

const folder = new URL("../fixtures/grokking/", import.meta.url);

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
  const tensors = readTensors(`${run}.safetensors`, (name) => name.startsWith(prefix));
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/** The 250 training and 1000 test images of the stored runs. */
export function storedExamples(): { train: Examples; test: Examples } {
  const tensors = readTensors("data.safetensors", () => true);
  const part = (name: string): Examples => {
    const { shape, values } = tensors[`${name}_x`]!;
    const labels = Uint32Array.from(tensors[`${name}_y`]!.values);
    return { count: shape[0]!, width: shape[1]!, classes: 10, inputs: values, labels };
  };
  return { train: part("train"), test: part("test") };
}

function readTensors(file: string, wanted: (name: string) => boolean): Record<string, Parameter> {
  const bytes = readFileSync(new URL(file, folder));
  const begin = 8 + Number(bytes.readBigUInt64LE(0));
  type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };
  const header = JSON.parse(bytes.toString("utf8", 8, begin)) as Record<string, Entry>;
  const tensors = Object.entries(header).filter(([name]) => wanted(name));
  return Object.fromEntries(
    tensors.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        return [name, { shape, values: decode(bytes.subarray(begin + from, begin + to), dtype) }];
      },
    ),
  );
}

function decode(bytes: Buffer, dtype: string): Float64Array {
  const count = (size: number) => ({ length: bytes.length / size });
  if (dtype === "F32") return Float64Array.from(count(4), (_, i) => bytes.readFloatLE(4 * i));
  if (dtype === "F16") return Float64Array.from(count(2), (_, i) => half(bytes.readUInt16LE(2 * i)));
  if (dtype === "U8") return Float64Array.from(bytes);
  throw new Error(`no ${dtype} here`);
}

function half(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 31;
  const fraction = code & 1023;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
