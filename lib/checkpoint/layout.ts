import type { Layout } from "./checkpoint.ts";
import type { ModelConfig } from "./config.ts";
import { gptOssPiece } from "./gpt-oss-names.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Which layout the expert weights have. Names decide, since half a checkpoint or a single file has no
 * config.json; only dequantised experts share their names with other families and need more evidence.
 */
export function detectLayout(tensors: readonly Tensor[], config: ModelConfig | null): Layout {
  if (hasPacked(tensors, "gpt-oss")) return "gpt-oss";
  if (hasPacked(tensors, "gpt-oss-original")) return "gpt-oss-original";
  if (config?.modelType !== undefined) return config.modelType === "gpt_oss" ? "gpt-oss" : "plain";
  return looksDequantised(tensors) ? "gpt-oss" : "plain";
}

function hasPacked(tensors: readonly Tensor[], layout: Exclude<Layout, "plain">): boolean {
  return tensors.some(({ name }) => {
    const kind = gptOssPiece(name, layout)?.kind;
    return kind === "blocks" || kind === "scales";
  });
}

/** No other family has both attention sinks and biases of fused experts. */
function looksDequantised(tensors: readonly Tensor[]): boolean {
  const sinks = tensors.some(({ name }) => name.endsWith(".self_attn.sinks"));
  return sinks && tensors.some(({ name }) => gptOssPiece(name, "gpt-oss")?.kind === "biases");
}
