import { SpectrapError } from "../../solver/error.ts";

export type Shape = "gpt-oss-20b" | "gpt-oss-120b" | "dense";
export type Layout = "hf" | "original";

export const SHAPES: readonly Shape[] = ["gpt-oss-20b", "gpt-oss-120b", "dense"];

/** What to write. Sizes left out are those of the shape, in proportion to `hidden`. */
export interface SynthOptions {
  shape?: Shape;
  layers?: number;
  /** Per layer; GPT-OSS only. */
  experts?: number;
  hidden?: number;
  intermediate?: number;
  vocab?: number;
  heads?: number;
  kvHeads?: number;
  headDim?: number;
  /** Names and grouping of the tensors; GPT-OSS only. */
  layout?: Layout;
  /** Of the dense shape; GPT-OSS is BF16 and MXFP4. */
  dtype?: "BF16" | "F32";
  shards?: number;
  /** Integer from 0 to 2^53 − 1. */
  seed?: number;
  traps?: "none" | "planted";
  /** Exponents α of the planted tails, density ∝ λ^−α, dealt out in turn; each at least 2. */
  tail?: readonly number[];
  /** Replace the checkpoint that lies in the directory. */
  force?: boolean;
}

export interface Sizes {
  layers: number;
  experts: number;
  hidden: number;
  intermediate: number;
  vocab: number;
  heads: number;
  kvHeads: number;
  headDim: number;
}

/** Options with nothing left open but the number of shards. */
export interface SynthPlan extends Sizes {
  shape: Shape;
  layout: Layout;
  dtype: "BF16" | "F32";
  shards: number | null;
  seed: number;
  traps: "none" | "planted";
  tail: readonly number[];
}

const GPT_OSS = { hidden: 2880, intermediate: 2880, vocab: 201088, heads: 64, kvHeads: 8, headDim: 64 };

const PRESETS: Readonly<Record<Shape, Sizes>> = {
  "gpt-oss-20b": { ...GPT_OSS, layers: 24, experts: 32 },
  "gpt-oss-120b": { ...GPT_OSS, layers: 36, experts: 128 },
  dense: {
    layers: 4,
    experts: 0,
    hidden: 512,
    intermediate: 1408,
    vocab: 8192,
    heads: 8,
    kvHeads: 4,
    headDim: 64,
  },
};

/** Elements of an MXFP4 block; every scaled width is a multiple of it. */
export const BLOCK = 32;

/** Fills in what was left out and refuses what cannot be written, with SY_OPTIONS. */
export function resolveOptions(options: SynthOptions): SynthPlan {
  const shape = options.shape ?? "gpt-oss-20b";
  const preset = PRESETS[shape];
  if (preset === undefined) refuse(`no shape is called "${shape}"`, `there are ${SHAPES.join(", ")}`);
  const hidden = options.hidden ?? preset.hidden;
  const scaled = (size: number, step: number) =>
    Math.max(step, step * Math.round((size * hidden) / preset.hidden / step));
  const plan: SynthPlan = {
    shape,
    hidden,
    layers: options.layers ?? preset.layers,
    experts: options.experts ?? preset.experts,
    intermediate: options.intermediate ?? scaled(preset.intermediate, BLOCK),
    vocab: options.vocab ?? scaled(preset.vocab, BLOCK),
    heads: options.heads ?? preset.heads,
    kvHeads: options.kvHeads ?? preset.kvHeads,
    headDim: options.headDim ?? scaled(preset.headDim, 2),
    layout: options.layout ?? "hf",
    dtype: options.dtype ?? "BF16",
    shards: options.shards ?? null,
    seed: options.seed ?? 0,
    traps: options.traps ?? "planted",
    tail: options.tail ?? [2.5, 3.5, 5],
  };
  check(plan);
  return plan;
}

function check(plan: SynthPlan): void {
  const dense = plan.shape === "dense";
  for (const size of ["layers", "hidden", "intermediate", "vocab", "heads", "kvHeads", "headDim"] as const) {
    count(size, plan[size]);
  }
  if (dense) {
    if (plan.experts !== 0) refuse("a dense checkpoint has no experts");
    if (plan.layout !== "hf") refuse("a dense checkpoint has one layout, hf");
  } else {
    count("experts", plan.experts);
    if (plan.dtype !== "BF16") refuse("the floats of GPT-OSS are BF16; only the dense shape can be F32");
    for (const size of ["hidden", "intermediate"] as const) {
      if (plan[size] % BLOCK !== 0)
        refuse(`${size} ${plan[size]} is not a multiple of ${BLOCK}, an MXFP4 block`);
    }
  }
  for (const size of ["hidden", "intermediate", "vocab"] as const) {
    if (plan[size] < BLOCK) refuse(`${size} ${plan[size]} is below ${BLOCK}`);
  }
  if (plan.heads % plan.kvHeads !== 0)
    refuse(`${plan.heads} heads do not share ${plan.kvHeads} kv-heads evenly`);
  if (plan.shards !== null) count("shards", plan.shards);
  if (!Number.isSafeInteger(plan.seed) || plan.seed < 0)
    refuse(`seed ${plan.seed} is not an integer from 0 to 2^53 − 1`);
  if (plan.tail.length === 0) refuse("the list of tail exponents is empty");
  for (const alpha of plan.tail) {
    // Below 2 a handful of directions carries the matrix, and its entries are no longer Gaussian.
    if (!(alpha >= 2 && alpha <= 100)) refuse(`tail exponent ${alpha} is not between 2 and 100`);
  }
}

/** Far above any model, and low enough for every product of two to be exact. */
const LARGEST = 2 ** 26;

function count(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1 || value > LARGEST) {
    refuse(`${what} ${value} is not an integer from 1 to ${LARGEST}`);
  }
}

function refuse(reason: string, hint?: string): never {
  throw new SpectrapError("SY_OPTIONS", reason, hint === undefined ? {} : { hint });
}
