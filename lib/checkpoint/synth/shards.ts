import { safetensorsHead } from "../safetensors-head.ts";
import type { Layout } from "./options.ts";
import { elements, type StoredTensor, TENSOR_BYTES } from "./plan.ts";

/** Bytes of a shard when their number is left open; gives the releases' three and fifteen. */
const SHARD_BYTES = 4.625e9;

export interface Shard {
  file: string;
  /** In the order of the header and of the data. */
  tensors: PlacedTensor[];
  /** Length of the header and the header itself. */
  head: Buffer;
  /** Bytes of the whole file. */
  size: number;
}

export interface PlacedTensor extends StoredTensor {
  /** First byte in the file. */
  begin: number;
  bytes: number;
}

/** Deals tensors out in their order to at most `wanted` shards of about the same size. */
export function planShards(tensors: StoredTensor[], wanted: number | null, nameOf: ShardNames): Shard[] {
  const total = tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  const count = wanted ?? Math.ceil(total / SHARD_BYTES);
  const groups = new Map<number, StoredTensor[]>();
  let before = 0;
  for (const tensor of tensors) {
    const middle = before + bytesOf(tensor) / 2;
    before += bytesOf(tensor);
    const place = Math.min(count - 1, Math.floor((count * middle) / total));
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [tensor]);
    else group.push(tensor);
  }
  return [...groups.values()].map((group, index) => planShard(nameOf(index, groups.size), group));
}

/** Header as the reference writer makes it: wider dtypes first, then by name; compact; padded to 8 bytes. */
function planShard(file: string, group: StoredTensor[]): Shard {
  const ordered = [...group].sort(
    (a, b) => TENSOR_BYTES[b.dtype] - TENSOR_BYTES[a.dtype] || (a.name < b.name ? -1 : 1),
  );
  const sized = ordered.map((tensor) => ({ ...tensor, bytes: bytesOf(tensor) }));
  const head = safetensorsHead(sized);
  let end = head.length;
  const tensors = sized.map((tensor) => {
    const begin = end;
    end += tensor.bytes;
    return { ...tensor, begin };
  });
  return { file, tensors, head, size: end };
}

function bytesOf(tensor: StoredTensor): number {
  return elements(tensor) * TENSOR_BYTES[tensor.dtype];
}

export type ShardNames = (index: number, count: number) => string;

/**
 * One file is `model.safetensors`. GPT-OSS counts shards from zero and names the last one, not their number, in
 * the Hugging Face layout; its original layout has a double dash.
 */
export function shardNames(isGptOss: boolean, layout: Layout): ShardNames {
  const digits = (n: number) => String(n).padStart(5, "0");
  return (index, count) => {
    if (count === 1) return "model.safetensors";
    if (!isGptOss) return `model-${digits(index + 1)}-of-${digits(count)}.safetensors`;
    if (layout === "hf") return `model-${digits(index)}-of-${digits(count - 1)}.safetensors`;
    return `model--${digits(index + 1)}-of-${digits(count)}.safetensors`;
  };
}
