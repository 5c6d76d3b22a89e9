import type { Dtype } from "./dtype.ts";

export interface HeadEntry {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
  /** Of the data. */
  bytes: number;
}

/** The first bytes of a safetensors file whose data follow in the order of the entries: length and JSON, padded to 8. */
export function safetensorsHead(entries: Iterable<HeadEntry>, metadata?: Record<string, string>): Buffer {
  let end = 0;
  const members = metadata === undefined ? [] : [`"__metadata__":${JSON.stringify(metadata)}`];
  for (const { name, dtype, shape, bytes } of entries) {
    const data_offsets = [end, end + bytes];
    // Member by member: as a property of an object a name like __proto__ would be lost.
    members.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets })}`);
    end += bytes;
  }
  const json = Buffer.from(`{${members.join(",")}}`);
  const head = Buffer.alloc(8 + 8 * Math.ceil(json.length / 8), " ");
  head.writeBigUInt64LE(BigInt(head.length - 8));
  json.copy(head, 8);
  return head;
}
