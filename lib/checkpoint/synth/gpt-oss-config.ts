import type { SynthPlan } from "./options.ts";
import type { StoredTensor } from "./plan.ts";

/** The JSON files beside the weights, with the fields of the release that set shapes or name the format. */
export function gptOssDocuments(plan: SynthPlan, tensors: StoredTensor[]): Record<string, unknown> {
  if (plan.layout === "hf") return { "config.json": huggingFaceConfig(plan) };
  return { "config.json": originalConfig(plan), "dtypes.json": originalDtypes(tensors) };
}

function huggingFaceConfig(plan: SynthPlan): Record<string, unknown> {
  return {
    architectures: ["GptOssForCausalLM"],
    attention_bias: true,
    head_dim: plan.headDim,
    hidden_act: "silu",
    hidden_size: plan.hidden,
    intermediate_size: plan.intermediate,
    layer_types: Array.from({ length: plan.layers }, (_, layer) =>
      layer % 2 === 0 ? "sliding_attention" : "full_attention",
    ),
    model_type: "gpt_oss",
    num_attention_heads: plan.heads,
    num_experts_per_tok: Math.min(4, plan.experts),
    num_hidden_layers: plan.layers,
    num_key_value_heads: plan.kvHeads,
    num_local_experts: plan.experts,
    quantization_config: {
      modules_to_not_convert: [
        "model.layers.*.self_attn",
        "model.layers.*.mlp.router",
        "model.embed_tokens",
        "lm_head",
      ],
      quant_method: "mxfp4",
    },
    rms_norm_eps: 1e-5,
    rope_theta: 150000,
    sliding_window: 128,
    swiglu_limit: 7,
    tie_word_embeddings: false,
    torch_dtype: "bfloat16",
    vocab_size: plan.vocab,
  };
}

function originalConfig(plan: SynthPlan): Record<string, unknown> {
  return {
    num_hidden_layers: plan.layers,
    num_experts: plan.experts,
    experts_per_token: Math.min(4, plan.experts),
    vocab_size: plan.vocab,
    hidden_size: plan.hidden,
    intermediate_size: plan.intermediate,
    swiglu_limit: 7,
    head_dim: plan.headDim,
    num_attention_heads: plan.heads,
    num_key_value_heads: plan.kvHeads,
    sliding_window: 128,
    initial_context_length: 4096,
    rope_theta: 150000,
    rope_scaling_factor: 32,
    rope_ntk_alpha: 1,
    rope_ntk_beta: 32,
  };
}

/** The release's side file, which tells codes and exponents apart where the header says U8 of both. */
function originalDtypes(tensors: StoredTensor[]): Record<string, string> {
  const dtype = (tensor: StoredTensor) => {
    if (tensor.dtype !== "U8") return tensor.dtype;
    return tensor.name.endsWith(".blocks") ? "FP4" : "UE8";
  };
  return Object.fromEntries(tensors.map((tensor) => [tensor.name, dtype(tensor)]));
}
