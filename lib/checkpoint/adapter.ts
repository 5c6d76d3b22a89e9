import { SpectrapError } from "../solver/error.ts";
import type { FloatSource, LowRankSource, WeightMatrix } from "../solver/matrix.ts";
import { type AdapterConfig, moduleScale } from "./adapter-config.ts";
import { type FactorName, factorName } from "./adapter-names.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { isFloatEncoding } from "./dtype.ts";
import { type FloatTensor, rowsOf } from "./float-source.ts";
import { placeOf } from "./plain.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { nameParts } from "./roles.ts";
import { MIN_SIDE, SHORT_SIDE } from "./skip-reason.ts";
import { elementCount, type Tensor } from "./tensor.ts";

/** Both factors of one module, as far as they are there. */
interface Pair {
  module: string;
  embedding: boolean;
  A?: Tensor;
  B?: Tensor;
}

/**
 * The changes a LoRA adapter makes (E. J. Hu et al., ICLR 2022): for each adapted module the product scale·BA under the name
 * of the weight it is added to, with A [r, in] and B [out, r]. Of an embedding, and with fan_in_fan_out, it is transposed,
 * as that weight is.
 *
 * A pair that is not whole has an error row: AD_FACTOR_MISSING, AD_FACTOR, AD_RANK. Throws AD_UNSUPPORTED for a tensor only
 * other kinds of adapters have.
 */
export function addAdapter(draft: PlanDraft, { tensors }: Checkpoint, config: AdapterConfig): void {
  const pairs = new Map<string, Pair>();
  for (const tensor of tensors) {
    const name = factorName(tensor.name);
    if (name === null) leaveOut(draft, tensor);
    else pairs.set(name.module, { ...pairs.get(name.module), ...pairPart(name, tensor) });
  }
  for (const pair of pairs.values()) addPair(draft, pair, config);
}

function pairPart({ module, factor, embedding }: FactorName, tensor: Tensor): Pair {
  return { module, embedding, [factor]: tensor };
}

function leaveOut(draft: PlanDraft, tensor: Tensor): void {
  const { name, shape, dtype, bytes } = tensor;
  if (name.includes(".lora_magnitude_vector")) {
    throw new SpectrapError(
      "AD_UNSUPPORTED",
      "belongs to DoRA, whose weights are not a base plus a product",
      {
        file: bytes.file.path,
        tensor: name,
        hint: MERGE,
      },
    );
  }
  const reason = "not a factor of a low-rank change";
  draft.skip({ tensor: name, shape, dtype, reason, parameters: elementCount(shape) });
}

function addPair(draft: PlanDraft, pair: Pair, config: AdapterConfig): void {
  const name = `${pair.module}.weight`;
  const { role, layer, expert } = nameParts(name);
  const place = placeOf(role, layer);
  const present = (pair.A ?? pair.B)!;
  for (const factor of [pair.A, pair.B]) if (factor !== undefined) draft.claim(factor.name);
  try {
    const { A, B } = checkedFactors(pair, config);
    const tensor = A.name;
    const transposed = pair.embedding || config.fanInFanOut;
    const shape = productShape(A, B, transposed);
    if (Math.min(shape.rows, shape.cols) < MIN_SIDE) {
      for (const { name, shape, dtype } of [A, B]) {
        draft.skip({ tensor: name, shape, dtype, reason: SHORT_SIDE, parameters: elementCount(shape) });
      }
      return;
    }
    const source = productSource(A, B, transposed, moduleScale(config, pair.module).scale);
    const matrix: WeightMatrix = { name, tensor, role, layer, expert, ...shape, taps: 1, source };
    draft.add(place, matrix);
  } catch (error) {
    if (!(error instanceof SpectrapError) || !error.code.startsWith("AD_")) throw error;
    draft.break(place, { name, tensor: present.name, role, layer, error });
  }
}

function checkedFactors(pair: Pair, config: AdapterConfig): { A: FloatTensor; B: FloatTensor } {
  const { A, B } = pair;
  if (A === undefined || B === undefined) {
    const [here, missing] = A === undefined ? [B!, "A"] : [A, "B"];
    throw factorError("AD_FACTOR_MISSING", here, `has no factor ${missing} beside it`);
  }
  for (const factor of [A, B]) {
    if (factor.shape.length === 2 && elementCount(factor.shape) > 0 && isFloatEncoding(factor.dtype))
      continue;
    const what = `${factor.dtype} [${factor.shape.join(", ")}]`;
    if (factor.shape.length > 2) {
      throw factorError("AD_FACTOR", factor, `is ${what}, and factors of convolutions are not read`, MERGE);
    }
    throw factorError("AD_FACTOR", factor, `is ${what}, and a factor is a matrix of floats`);
  }
  const [rank] = A.shape;
  if (B.shape[1] !== rank) {
    throw factorError("AD_RANK", B, `has ${B.shape[1]} columns, and its factor A has ${rank} rows`);
  }
  const { rank: expected } = moduleScale(config, pair.module);
  if (rank !== expected) {
    throw factorError("AD_RANK", A, `has ${rank} rows, and adapter_config.json says the rank is ${expected}`);
  }
  return { A: A as FloatTensor, B: B as FloatTensor };
}

function productShape(A: Tensor, B: Tensor, transposed: boolean): { rows: number; cols: number } {
  const [out, input] = [B.shape[0]!, A.shape[1]!];
  return transposed ? { rows: input, cols: out } : { rows: out, cols: input };
}

function productSource(A: FloatTensor, B: FloatTensor, transposed: boolean, scale: number): LowRankSource {
  const rank = A.shape[0]!;
  const [a, b] = [rowsOf(A, 0, rank), rowsOf(B, 0, B.shape[0]!)];
  const [left, right] = transposed ? [transpose(a), transpose(b)] : [b, a];
  return { encoding: "F64", left, right, rank, scale, base: null };
}

function transpose(source: FloatSource): FloatSource {
  return { ...source, rowStride: source.colStride, colStride: source.rowStride };
}

const MERGE = "merge the adapter into its base with the program that made it, and analyse the result";
const FETCH = "fetch adapter and configuration again, of one revision";

function factorError(code: string, tensor: Tensor, reason: string, hint = FETCH): SpectrapError {
  return new SpectrapError(code, reason, { file: tensor.bytes.file.path, tensor: tensor.name, hint });
}
