import { type Encoding, type Source, sides, type WeightMatrix } from "../solver/matrix.ts";
import { type Work, work } from "../solver/work.ts";
import type { Checkpoint, OpenOptions, Warning } from "./checkpoint.ts";
import { type Coverage, coverage } from "./coverage.ts";
import { type Dtype, dtypeBits } from "./dtype.ts";
import { weightMatrices } from "./matrices.ts";
import { openCheckpoint } from "./open.ts";
import type { Plan, PlanOptions, Skipped } from "./plan.ts";

export interface InspectOptions extends OpenOptions, PlanOptions {
  /** Shuffled copies the work is reckoned with; 1 by default. */
  replicas?: number;
}

export interface InspectedMatrix
  extends Pick<WeightMatrix, "name" | "tensor" | "role" | "layer" | "expert" | "taps"> {
  N: number;
  M: number;
  encoding: Encoding;
  /** Stored, scales included. */
  bytes: number;
}

/** A row that will be an error row. */
export interface InspectedError {
  name: string;
  tensor: string;
  code: string;
  message: string;
}

/** What a checkpoint holds and what its analysis would cost: plain data, fit for JSON. */
export interface Inspection extends Coverage {
  location: string;
  format: Checkpoint["format"];
  layout: Checkpoint["layout"];
  files: { path: string; bytes: number }[];
  ignoredFiles: string[];
  warnings: Warning[];
  /** Of all files. */
  bytes: number;
  tensors: number;
  dtypes: { dtype: Dtype; tensors: number; bytes: number }[];
  matrices: InspectedMatrix[];
  skipped: Skipped[];
  broken: InspectedError[];
  /** Floating-point operations of an analysis with these options. */
  work: Work;
}

/** Reads headers only, so that it takes no longer for a large checkpoint. Errors: as openCheckpoint. */
export async function inspectCheckpoint(location: string, options: InspectOptions = {}): Promise<Inspection> {
  const checkpoint = await openCheckpoint(location, options);
  const plan = weightMatrices(checkpoint, options);
  const { format, layout, files, ignoredFiles, warnings, tensors } = checkpoint;
  return {
    location,
    format,
    layout,
    files: files.map(({ path, size }) => ({ path, bytes: size })),
    ignoredFiles,
    warnings,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    tensors: tensors.length,
    dtypes: countDtypes(checkpoint),
    matrices: plan.matrices.map(inspectMatrix),
    skipped: plan.skipped,
    broken: plan.broken.map(({ name, tensor, error }) => ({
      name,
      tensor,
      code: error.code,
      message: error.message,
    })),
    ...coverage(checkpoint, plan),
    work: totalWork(plan, options.replicas ?? 1),
  };
}

function countDtypes(checkpoint: Checkpoint): Inspection["dtypes"] {
  const counts = new Map<Dtype, Inspection["dtypes"][number]>();
  for (const { dtype, bytes } of checkpoint.tensors) {
    const count = counts.get(dtype) ?? { dtype, tensors: 0, bytes: 0 };
    counts.set(dtype, { ...count, tensors: count.tensors + 1, bytes: count.bytes + bytes.end - bytes.begin });
  }
  return [...counts.values()].sort((a, b) => b.bytes - a.bytes);
}

function inspectMatrix(matrix: WeightMatrix): InspectedMatrix {
  const { name, tensor, role, layer, expert, taps, rows, cols, source } = matrix;
  return {
    name,
    tensor,
    role,
    layer,
    expert,
    ...sides(matrix),
    taps,
    ...stored(source, rows, cols * taps),
  };
}

/** What is stored of a matrix; of a low-rank change the factors. */
function stored(source: Source, rows: number, cols: number): Pick<InspectedMatrix, "encoding" | "bytes"> {
  if ("left" in source) {
    const { rank, left, right } = source;
    const [of, by] = [stored(left, rows, rank), stored(right, rank, cols)];
    return { encoding: of.encoding, bytes: of.bytes + by.bytes };
  }
  const { encoding } = source;
  const bits = encoding === "MXFP4" ? MXFP4_BITS : dtypeBits(encoding);
  return { encoding, bytes: (rows * cols * bits) / 8 };
}

/** A code of 4 bits, and its share of the exponent byte of 32. */
const MXFP4_BITS = 4 + 8 / 32;

/** A gate_up that GPT-OSS stores as gate and up stands right after them in the plan. */
function totalWork(plan: Plan, replicas: number): Work {
  const sum: Work = { gram: 0, eigen: 0, total: 0 };
  plan.matrices.forEach((matrix, i) => {
    const parts = plan.matrices.slice(Math.max(0, i - 2), i);
    const split =
      matrix.role === "gate_up" && parts.length === 2 && parts.every((p) => p.tensor === matrix.tensor);
    const one = work(split ? { matrix, replicas, fused: parts } : { matrix, replicas });
    sum.gram += one.gram;
    sum.eigen += one.eigen;
    sum.total += one.total;
  });
  return sum;
}
