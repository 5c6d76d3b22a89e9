import { addAdapter } from "./adapter.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { addGptOss } from "./gpt-oss.ts";
import { addPlain } from "./plain.ts";
import type { Plan, PlanOptions } from "./plan.ts";
import { PlanDraft } from "./plan-draft.ts";
import { scaledF8 } from "./scaled-f8.ts";
import { skipReason } from "./skip-reason.ts";

/**
 * The weight matrices of a checkpoint in the order of their rows, and what becomes of every other tensor. Layers
 * ascend; in a layer of GPT-OSS come q, k, v, o, the router and the experts, each with gate, up, (gate_up) and
 * down; elsewhere names in natural order. Tensors without a layer follow, then embeddings and heads. The plan
 * does not depend on how tensors are spread over files. Those of a LoRA adapter are the changes it makes, under the
 * names of the weights they are added to.
 *
 * Throws CK_LIMIT when the headers declare more matrices than any model has, AD_UNSUPPORTED as addAdapter().
 */
export function weightMatrices(checkpoint: Checkpoint, options: PlanOptions = {}): Plan {
  const { layout, tensors, adapter } = checkpoint;
  const draft = new PlanDraft();
  if (adapter !== null) {
    addAdapter(draft, checkpoint, adapter);
    return draft.finish();
  }
  const scaled = scaledF8(tensors);
  for (const tensor of tensors) {
    const reason = scaled.get(tensor.name);
    if (reason !== undefined) addPlain(draft, tensor, layout, reason);
  }
  if (layout !== "plain") addGptOss(draft, checkpoint, layout, options.fused === true);
  for (const tensor of tensors) {
    if (!draft.isClaimed(tensor.name)) addPlain(draft, tensor, layout, skipReason(tensor));
  }
  return draft.finish();
}
