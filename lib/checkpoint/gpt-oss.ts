import type { Checkpoint, Layout } from "./checkpoint.ts";
import { isFloatEncoding } from "./dtype.ts";
import type { FloatTensor } from "./float-source.ts";
import { addQkv, addWeight } from "./gpt-oss-attention.ts";
import { addFloatExperts, addStack } from "./gpt-oss-experts.ts";
import { gptOssPiece, type Piece } from "./gpt-oss-names.ts";
import type { StackHalves } from "./mxfp4.ts";
import { parameterCount } from "./parameters.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { skipReason } from "./skip-reason.ts";
import { elementCount, type Tensor } from "./tensor.ts";

type GptOssLayout = Exclude<Layout, "plain">;

/**
 * The matrices of GPT-OSS in either release: q, k, v, o, the router, and for each expert gate, up and down, under
 * the same names whatever the storage. Tensors that do not look as they should are left to the plain rules.
 */
export function addGptOss(
  draft: PlanDraft,
  checkpoint: Checkpoint,
  layout: GptOssLayout,
  fused: boolean,
): void {
  const { tensors, config } = checkpoint;
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const stacks = new Map<string, StackHalves & { piece: Piece }>();
  for (const tensor of tensors) {
    const piece = draft.isClaimed(tensor.name) ? null : gptOssPiece(tensor.name, layout);
    if (piece === null) continue;
    const { kind } = piece;
    if (kind === "blocks" || kind === "scales") {
      const base = tensor.name.slice(0, -(kind.length + 1));
      const role = piece.role as StackHalves["role"];
      stacks.set(base, { ...stacks.get(base), role, piece, [kind]: tensor });
    } else if (kind === "biases" && tensor.shape.length > 1) {
      const { name, shape, dtype } = tensor;
      const parameters = parameterCount(tensor, layout);
      draft.skip({ tensor: name, shape, dtype, reason: "bias vectors of all experts", parameters });
    } else if (kind === "weight" && isMatrix(tensor)) {
      addWeight(draft, piece, tensor);
    } else if (kind === "qkv" && isMatrix(tensor)) {
      addQkv(draft, piece, tensor, byName.get(tensor.name.replace(/qkv\.weight$/, "out.weight")), config);
    } else if (kind === "floats" && isExpertFloats(tensor)) {
      addFloatExperts(draft, piece, tensor, layout, config, fused);
    }
  }
  for (const { piece, ...halves } of stacks.values()) addStack(draft, piece, halves, config, fused);
}

function isMatrix(tensor: Tensor): tensor is FloatTensor {
  return tensor.shape.length === 2 && skipReason(tensor) === null;
}

function isExpertFloats(tensor: Tensor): tensor is FloatTensor {
  return tensor.shape.length === 3 && isFloatEncoding(tensor.dtype) && elementCount(tensor.shape) > 0;
}
