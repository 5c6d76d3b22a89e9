import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A tensor to write; without `data` its bytes are zeros. */
export interface TensorSpec {
  name: string;
  dtype: string;
  shape: number[];
  data?: Uint8Array;
}

const BITS: Record<string, number> = {
  F64: 64, I64: 64, U64: 64, C64: 64, F32: 32, I32: 32, U32: 32, F16: 16, BF16: 16, I16: 16, U16: 16,
  F6_E2M3: 6, F6_E3M2: 6, F4: 4,
}; // biome-ignore format: a table

export function byteLength({ dtype, shape }: TensorSpec): number {
  return (shape.reduce((a, b) => a * b, 1) * (BITS[dtype] ?? 8)) / 8;
}

/** A temporary folder that the running test leaves behind empty. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "spectrap-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The bytes of a safetensors file with this text (or these bytes) as its header, right or wrong. */
export function rawSafetensors(header: string | Uint8Array, data: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes, data]);
}

/** Header text in the given order of tensors, with their data one after the other. */
export function headerText(tensors: readonly TensorSpec[], metadata?: Record<string, string>): string {
  let offset = 0;
  const members = tensors.map((tensor) => {
    const begin = offset;
    offset += byteLength(tensor);
    const { dtype, shape } = tensor;
    return `${JSON.stringify(tensor.name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, offset] })}`;
  });
  if (metadata !== undefined) members.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  return `{${members.join(",")}}`;
}

export function safetensorsBytes(tensors: readonly TensorSpec[]): Buffer {
  const data = tensors.map((tensor) => tensor.data ?? new Uint8Array(byteLength(tensor)));
  return rawSafetensors(headerText(tensors), Buffer.concat(data));
}

/** Writes a file whose data section, where no tensor has data, is a hole on disk: any size costs nothing. */
export function writeSafetensors(path: string, tensors: readonly TensorSpec[]): void {
  if (tensors.some((tensor) => tensor.data !== undefined)) {
    writeFileSync(path, safetensorsBytes(tensors));
    return;
  }
  const start = rawSafetensors(headerText(tensors));
  writeFileSync(path, start);
  truncateSync(path, start.length + tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0));
}

/** Writes shards and their index; `shards` gives each file its tensors. */
export function writeShards(folder: string, shards: Record<string, TensorSpec[]>): void {
  const weight_map: Record<string, string> = {};
  let total_size = 0;
  for (const [file, tensors] of Object.entries(shards)) {
    writeSafetensors(join(folder, file), tensors);
    for (const tensor of tensors) {
      weight_map[tensor.name] = file;
      total_size += byteLength(tensor);
    }
  }
  writeIndex(folder, { metadata: { total_size }, weight_map });
}

/** An index from an object, or as text or bytes, right or wrong. */
export function writeIndex(folder: string, index: object | string | Uint8Array): void {
  const text = typeof index === "string" || index instanceof Uint8Array ? index : JSON.stringify(index);
  writeFileSync(join(folder, "model.safetensors.index.json"), text);
}
