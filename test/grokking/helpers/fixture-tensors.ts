import { readFileSync } from "node:fs";
import type { Parameter, Parameters } from "../../../lib/grokking/parameters.ts";

/** Tensors of test/fixtures/grokking/<name>.safetensors in float64, those whose names are wanted. */
export function fixtureTensors(name: string, wanted: (tensor: string) => boolean = () => true): Parameters {
  const bytes = readFileSync(new URL(`../../fixtures/grokking/${name}.safetensors`, import.meta.url));
  const begin = 8 + Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> =
    JSON.parse(bytes.toString("utf8", 8, begin));
  const tensors = Object.entries(header).filter(([tensor]) => tensor !== "__metadata__" && wanted(tensor));
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
