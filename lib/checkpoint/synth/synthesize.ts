import { densePlan } from "./dense.ts";
import { gptOssPlan } from "./gpt-oss.ts";
import { resolveOptions, type SynthOptions, type SynthPlan } from "./options.ts";
import { planShards, shardNames } from "./shards.ts";
import { type Sink, storeGroup, storeVector } from "./store.ts";
import type { MatrixTruth } from "./truth.ts";
import { CheckpointWriter } from "./writer.ts";

export interface SynthProgress {
  /** Matrix that is being written. */
  name: string;
  bytesWritten: number;
  bytesTotal: number;
}

export interface SynthControl {
  signal?: AbortSignal;
  onProgress?: (progress: SynthProgress) => void;
}

/** What was written; `truth.json` in the directory says the same. */
export interface Truth {
  generator: "spectrap synth";
  schema: 1;
  options: SynthPlan;
  /** How to read the numbers. */
  conventions: string;
  files: { name: string; bytes: number }[];
  matrices: MatrixTruth[];
}

const CONVENTIONS =
  "matrices are [out, in], rows and columns count from zero, gate and up are separate; eigenvalues are those of WᵀW, " +
  "not divided by N; crc32 is over the decoded row-major little-endian float32 matrix, −0 kept";

/**
 * Writes a synthetic checkpoint to `directory` and says what was planted where. A matrix depends on the seed
 * and its name alone, so layout and number of shards do not change it. Streams: of each matrix, about a megabyte
 * is in memory at a time.
 *
 * Errors: SY_OPTIONS, SY_NOT_EMPTY, SY_WRITE; the reason of `signal` when it aborts. After any of them nothing of
 * the new checkpoint is left.
 */
export async function synthesize(
  directory: string,
  options: SynthOptions = {},
  { signal, onProgress }: SynthControl = {},
): Promise<Truth> {
  const plan = resolveOptions(options);
  const isGptOss = plan.shape !== "dense";
  const checkpoint = isGptOss ? gptOssPlan(plan) : densePlan(plan);
  const shards = planShards(checkpoint.tensors, plan.shards, shardNames(isGptOss, plan.layout));
  const bytesTotal = shards.reduce((sum, shard) => sum + shard.size - shard.head.length, 0);
  const dtypes = new Map(checkpoint.tensors.map((tensor) => [tensor.name, tensor.dtype]));
  const matrices: MatrixTruth[] = [];

  signal?.throwIfAborted();
  const writer = await CheckpointWriter.create(directory, shards, options.force ?? false);
  try {
    let name = "";
    let bytesWritten = 0;
    const sink: Sink = async (tensor, bytes, at) => {
      signal?.throwIfAborted();
      await writer.write(tensor, bytes, at);
      bytesWritten += bytes.length;
      onProgress?.({ name, bytesWritten, bytesTotal });
    };
    for (const vector of checkpoint.vectors) {
      name = vector.name;
      await storeVector(vector, dtypes.get(vector.tensor)!, plan.seed, sink);
    }
    for (const group of checkpoint.groups) {
      name = group.matrices[0]!.name;
      matrices.push(...(await storeGroup(group, plan.seed, sink)));
    }
    signal?.throwIfAborted();
    const truth: Truth = {
      generator: "spectrap synth",
      schema: 1,
      options: plan,
      conventions: CONVENTIONS,
      files: shards.map((shard) => ({ name: shard.file, bytes: shard.size })),
      matrices,
    };
    await writer.commit({ ...checkpoint.documents, "truth.json": truth });
    return truth;
  } catch (error) {
    await writer.discard();
    throw error;
  }
}
