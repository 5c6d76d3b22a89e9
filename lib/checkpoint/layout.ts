import type { Layout } from "./checkpoint.ts";
import type { ModelConfig } from "./config.ts";
import { gptOssPiece, type Kind } from "./gpt-oss-names.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Which layout the expert weights have. Names decide, since half a checkpoint or a single file has no
 * config.json; only dequantised experts of the Hugging Face layout share their names with other families and need more
 * evidence.
 */
export function detectLayout(tensors: readonly Tensor[], config: ModelConfig | null): Layout {
  if (hasKind(tensors, "gpt-oss", PACKED)) return "gpt-oss";
  if (hasKind(tensors, "gpt-oss-original", PACKED)) return "gpt-oss-original";
  if (config?.modelType !== undefined) return config.modelType === "gpt_oss" ? "gpt-oss" : "plain";
  if (hasKind(tensors, "gpt-oss-original", ["floats"])) return "gpt-oss-original";
  return looksDequantised(tensors) ? "gpt-oss" : "plain";
}

const PACKED: readonly Kind[] = ["blocks", "scales"];

function hasKind(
  tensors: readonly Tensor[],
  layout: Exclude<Layout, "plain">,
  kinds: readonly Kind[],
): boolean {
  return tensors.some(({ name }) => {
    const kind = gptOssPiece(name, layout)?.kind;
    return kind !== undefined && kinds.includes(kind);
  });
}

/** No other family has both attention sinks and biases of fused experts. */
function looksDequantised(tensors: readonly Tensor[]): boolean {
  const sinks = tensors.some(({ name }) => name.endsWith(".self_attn.sinks"));
  return sinks && tensors.some(({ name }) => gptOssPiece(name, "gpt-oss")?.kind === "biases");
}
