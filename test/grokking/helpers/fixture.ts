import { readFileSync } from "node:fs";
import type { Examples } from "../../../lib/grokking/examples.ts";
import type { Parameter, Parameters } from "../../../lib/grokking/parameters.ts";

/** Tensors of test/fixtures/grokking/<name>.safetensors in float64. */
export function fixtureTensors(name: string): Parameters {
  const bytes = readFileSync(new URL(`../../fixtures/grokking/${name}.safetensors`, import.meta.url));
  const begin = 8 + Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> =
    JSON.parse(bytes.toString("utf8", 8, begin));
  const tensors = Object.entries(header).filter(([tensor]) => tensor !== "__metadata__");
  return Object.fromEntries(
    tensors.map(
      ([
        tensor,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]): [string, Parameter] => [
        tensor,
        { shape, values: decode(bytes.subarray(begin + from, begin + to), dtype) },
      ],
    ),
  );
}

/** 250 and 1,000 digits of 14 × 14 pixels, drawn by strokes; the stored runs were trained on the first. */
export function fixtureDigits(part: "train" | "test"): Examples {
  const tensors = fixtureTensors("anatomy-digits");
  const { shape, values } = tensors[`${part}.inputs`]!;
  const labels = Uint32Array.from(tensors[`${part}.labels`]!.values);
  return { count: shape[0]!, width: shape[1]!, classes: 10, inputs: values, labels };
}

function decode(bytes: Buffer, dtype: string): Float64Array {
  if (dtype === "U8") return Float64Array.from(bytes);
  if (dtype === "F16") {
    return Float64Array.from({ length: bytes.length / 2 }, (_, i) => half(bytes.readUInt16LE(2 * i)));
  }
  if (dtype === "F32")
    return Float64Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  throw new Error(`no fixture has ${dtype}`);
}

function half(word: number): number {
  const sign = word >>> 15 ? -1 : 1;
  const exponent = (word >>> 10) & 31;
  const fraction = word & 1023;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
