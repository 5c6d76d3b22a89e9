import type { Layout } from "./options.ts";

interface ExpertNames {
  blocks: string;
  scales: string;
  bias: string;
}

type OfLayer<T> = (layer: number) => T;

/** Names of the stored tensors; those of q, k, v, o and the router lack their `.weight` and `.bias`. */
export interface GptOssNames {
  norm1: OfLayer<string>;
  norm2: OfLayer<string>;
  q: OfLayer<string>;
  k: OfLayer<string>;
  v: OfLayer<string>;
  o: OfLayer<string>;
  sinks: OfLayer<string>;
  router: OfLayer<string>;
  gateUp: OfLayer<ExpertNames>;
  down: OfLayer<ExpertNames>;
  embedding: string;
  norm: string;
  head: string;
}

export function gptOssNames(layout: Layout): GptOssNames {
  return layout === "hf" ? HUGGING_FACE : ORIGINAL;
}

const HUGGING_FACE: GptOssNames = {
  norm1: (layer) => `model.layers.${layer}.input_layernorm.weight`,
  norm2: (layer) => `model.layers.${layer}.post_attention_layernorm.weight`,
  q: (layer) => `model.layers.${layer}.self_attn.q_proj`,
  k: (layer) => `model.layers.${layer}.self_attn.k_proj`,
  v: (layer) => `model.layers.${layer}.self_attn.v_proj`,
  o: (layer) => `model.layers.${layer}.self_attn.o_proj`,
  sinks: (layer) => `model.layers.${layer}.self_attn.sinks`,
  router: (layer) => `model.layers.${layer}.mlp.router`,
  gateUp: (layer) => hfExperts(`model.layers.${layer}.mlp.experts.gate_up_proj`),
  down: (layer) => hfExperts(`model.layers.${layer}.mlp.experts.down_proj`),
  embedding: "model.embed_tokens.weight",
  norm: "model.norm.weight",
  head: "lm_head.weight",
};

const ORIGINAL: GptOssNames = {
  norm1: (layer) => `block.${layer}.attn.norm.scale`,
  norm2: (layer) => `block.${layer}.mlp.norm.scale`,
  q: (layer) => `block.${layer}.attn.qkv`,
  k: (layer) => `block.${layer}.attn.qkv`,
  v: (layer) => `block.${layer}.attn.qkv`,
  o: (layer) => `block.${layer}.attn.out`,
  sinks: (layer) => `block.${layer}.attn.sinks`,
  router: (layer) => `block.${layer}.mlp.gate`,
  gateUp: (layer) => originalExperts(`block.${layer}.mlp.mlp1`),
  down: (layer) => originalExperts(`block.${layer}.mlp.mlp2`),
  embedding: "embedding.weight",
  norm: "norm.scale",
  head: "unembedding.weight",
};

function hfExperts(stem: string): ExpertNames {
  return { blocks: `${stem}_blocks`, scales: `${stem}_scales`, bias: `${stem}_bias` };
}

function originalExperts(stem: string): ExpertNames {
  return { blocks: `${stem}_weight.blocks`, scales: `${stem}_weight.scales`, bias: `${stem}_bias` };
}
