import type { TensorSpec } from "./safetensors-writer.ts";

/** The sizes that decide every shape of a GPT-OSS checkpoint. */
export interface GptOssSizes {
  layers: number;
  experts: number;
  hidden: number;
  intermediate: number;
  vocab: number;
  heads: number;
  kvHeads: number;
  headDim: number;
}

const REAL = { hidden: 2880, intermediate: 2880, vocab: 201088, heads: 64, kvHeads: 8, headDim: 64 };
export const GPT_OSS_20B: GptOssSizes = { layers: 24, experts: 32, ...REAL };
export const GPT_OSS_120B: GptOssSizes = { layers: 36, experts: 128, ...REAL };
export const TINY: GptOssSizes = {
  layers: 2, experts: 3, hidden: 64, intermediate: 96, vocab: 50, heads: 4, kvHeads: 2, headDim: 8,
}; // biome-ignore format: one line is clearer

const bf16 = (name: string, ...shape: number[]): TensorSpec => ({ name, dtype: "BF16", shape });
const u8 = (name: string, ...shape: number[]): TensorSpec => ({ name, dtype: "U8", shape });

/** Tensors of the Hugging Face release: 19 for each layer and 3 more. */
export function huggingFaceTensors(s: GptOssSizes): TensorSpec[] {
  const q = s.heads * s.headDim;
  const kv = s.kvHeads * s.headDim;
  const tensors: TensorSpec[] = [];
  for (let n = 0; n < s.layers; n++) {
    const layer = `model.layers.${n}`;
    const attention = `${layer}.self_attn`;
    const experts = `${layer}.mlp.experts`;
    tensors.push(
      bf16(`${layer}.input_layernorm.weight`, s.hidden),
      bf16(`${attention}.q_proj.weight`, q, s.hidden),
      bf16(`${attention}.q_proj.bias`, q),
      bf16(`${attention}.k_proj.weight`, kv, s.hidden),
      bf16(`${attention}.k_proj.bias`, kv),
      bf16(`${attention}.v_proj.weight`, kv, s.hidden),
      bf16(`${attention}.v_proj.bias`, kv),
      bf16(`${attention}.o_proj.weight`, s.hidden, q),
      bf16(`${attention}.o_proj.bias`, s.hidden),
      bf16(`${attention}.sinks`, s.heads),
      bf16(`${layer}.mlp.router.weight`, s.experts, s.hidden),
      bf16(`${layer}.mlp.router.bias`, s.experts),
      u8(`${experts}.gate_up_proj_blocks`, s.experts, 2 * s.intermediate, s.hidden / 32, 16),
      u8(`${experts}.gate_up_proj_scales`, s.experts, 2 * s.intermediate, s.hidden / 32),
      bf16(`${experts}.gate_up_proj_bias`, s.experts, 2 * s.intermediate),
      u8(`${experts}.down_proj_blocks`, s.experts, s.hidden, s.intermediate / 32, 16),
      u8(`${experts}.down_proj_scales`, s.experts, s.hidden, s.intermediate / 32),
      bf16(`${experts}.down_proj_bias`, s.experts, s.hidden),
      bf16(`${layer}.post_attention_layernorm.weight`, s.hidden),
    );
  }
  return [
    ...tensors,
    bf16("model.embed_tokens.weight", s.vocab, s.hidden),
    bf16("model.norm.weight", s.hidden),
    bf16("lm_head.weight", s.vocab, s.hidden),
  ];
}

/** Tensors of OpenAI's own release: 15 for each layer and 3 more. */
export function originalTensors(s: GptOssSizes): TensorSpec[] {
  const q = s.heads * s.headDim;
  const qkv = q + 2 * s.kvHeads * s.headDim;
  const tensors: TensorSpec[] = [bf16("embedding.weight", s.vocab, s.hidden)];
  for (let n = 0; n < s.layers; n++) {
    const block = `block.${n}`;
    tensors.push(
      bf16(`${block}.attn.norm.scale`, s.hidden),
      bf16(`${block}.attn.qkv.weight`, qkv, s.hidden),
      bf16(`${block}.attn.qkv.bias`, qkv),
      bf16(`${block}.attn.out.weight`, s.hidden, q),
      bf16(`${block}.attn.out.bias`, s.hidden),
      bf16(`${block}.attn.sinks`, s.heads),
      bf16(`${block}.mlp.norm.scale`, s.hidden),
      bf16(`${block}.mlp.gate.weight`, s.experts, s.hidden),
      bf16(`${block}.mlp.gate.bias`, s.experts),
      u8(`${block}.mlp.mlp1_weight.blocks`, s.experts, 2 * s.intermediate, s.hidden / 32, 16),
      u8(`${block}.mlp.mlp1_weight.scales`, s.experts, 2 * s.intermediate, s.hidden / 32),
      bf16(`${block}.mlp.mlp1_bias`, s.experts, 2 * s.intermediate),
      u8(`${block}.mlp.mlp2_weight.blocks`, s.experts, s.hidden, s.intermediate / 32, 16),
      u8(`${block}.mlp.mlp2_weight.scales`, s.experts, s.hidden, s.intermediate / 32),
      bf16(`${block}.mlp.mlp2_bias`, s.experts, s.hidden),
    );
  }
  return [...tensors, bf16("norm.scale", s.hidden), bf16("unembedding.weight", s.vocab, s.hidden)];
}

export function huggingFaceConfig(s: GptOssSizes): object {
  return {
    model_type: "gpt_oss",
    num_hidden_layers: s.layers,
    num_local_experts: s.experts,
    hidden_size: s.hidden,
    intermediate_size: s.intermediate,
    num_attention_heads: s.heads,
    num_key_value_heads: s.kvHeads,
    head_dim: s.headDim,
    rms_norm_eps: 1e-5,
    quantization_config: { quant_method: "mxfp4", modules_to_not_convert: ["lm_head"] },
  };
}
