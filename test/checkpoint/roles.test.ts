import { expect, test } from "vitest";
import { nameParts } from "../../lib/checkpoint/roles.ts";

/** Names as the families write them: name, role, layer, expert. */
const NAMES: [string, string, number | null, number | null][] = [
  ["model.layers.3.self_attn.q_proj.weight", "q", 3, null],
  ["model.language_model.layers.11.self_attn.k_proj.weight", "k", 11, null],
  ["language_model.model.layers.0.self_attn.v_proj.weight", "v", 0, null],
  ["layers.0.self_attn.o_proj.weight", "o", 0, null],
  ["model.layers.3.mlp.gate_proj.weight", "gate", 3, null],
  ["model.layers.3.mlp.up_proj.weight", "up", 3, null],
  ["model.layers.3.mlp.down_proj.weight", "down", 3, null],
  ["model.embed_tokens.weight", "embedding", null, null],
  ["lm_head.weight", "head", null, null],
  // Mixtral, Qwen-MoE, DeepSeek, Llama 4
  ["model.layers.1.block_sparse_moe.experts.7.w1.weight", "gate", 1, 7],
  ["model.layers.1.block_sparse_moe.experts.7.w2.weight", "down", 1, 7],
  ["model.layers.1.block_sparse_moe.experts.7.w3.weight", "up", 1, 7],
  ["model.layers.1.block_sparse_moe.gate.weight", "router", 1, null],
  ["model.layers.60.mlp.experts.255.down_proj.weight", "down", 60, 255],
  ["model.layers.60.mlp.shared_experts.up_proj.weight", "up", 60, null],
  ["model.layers.60.mlp.gate.weight", "router", 60, null],
  ["model.layers.60.self_attn.q_a_proj.weight", "q", 60, null],
  ["model.layers.60.self_attn.kv_b_proj.weight", "dense", 60, null],
  ["model.layers.4.feed_forward.router.weight", "router", 4, null],
  ["layers.4.ffn.gate.weight", "router", 4, null],
  ["layers.4.attn.wo_a.weight", "o", 4, null],
  // GPT-OSS re-uploads with a linear layer for each expert
  ["model.layers.2.mlp.experts.gate_up_projs.5.weight", "gate_up", 2, 5],
  ["model.layers.2.mlp.experts.down_projs.5.weight", "down", 2, 5],
  // GPT-2, GPT-NeoX, BLOOM, Falcon, Phi-3, MPT, OPT, Meta's own Llama
  ["transformer.h.9.attn.c_attn.weight", "qkv", 9, null],
  ["h.9.attn.c_proj.weight", "o", 9, null],
  ["h.9.mlp.c_fc.weight", "up", 9, null],
  ["h.9.mlp.c_proj.weight", "down", 9, null],
  ["wte.weight", "embedding", null, null],
  ["wpe.weight", "embedding", null, null],
  ["gpt_neox.layers.5.attention.query_key_value.weight", "qkv", 5, null],
  ["gpt_neox.layers.5.attention.dense.weight", "o", 5, null],
  ["gpt_neox.layers.5.mlp.dense_h_to_4h.weight", "up", 5, null],
  ["gpt_neox.layers.5.mlp.dense_4h_to_h.weight", "down", 5, null],
  ["gpt_neox.embed_in.weight", "embedding", null, null],
  ["embed_out.weight", "head", null, null],
  ["model.layers.8.self_attn.qkv_proj.weight", "qkv", 8, null],
  ["model.layers.8.mlp.gate_up_proj.weight", "gate_up", 8, null],
  ["transformer.blocks.8.attn.Wqkv.weight", "qkv", 8, null],
  ["model.decoder.layers.3.fc1.weight", "up", 3, null],
  ["model.decoder.layers.3.self_attn.out_proj.weight", "o", 3, null],
  ["layers.3.attention.wq.weight", "q", 3, null],
  ["layers.3.feed_forward.w2.weight", "down", 3, null],
  ["output.weight", "head", null, null],
  // BERT, T5, torch's own attention
  ["bert.encoder.layer.2.attention.self.query.weight", "q", 2, null],
  ["bert.encoder.layer.2.attention.output.dense.weight", "o", 2, null],
  ["bert.encoder.layer.2.intermediate.dense.weight", "up", 2, null],
  ["bert.encoder.layer.2.output.dense.weight", "down", 2, null],
  ["bert.embeddings.word_embeddings.weight", "embedding", null, null],
  ["encoder.block.4.layer.0.SelfAttention.o.weight", "o", 4, null],
  ["encoder.block.4.layer.1.DenseReluDense.wo.weight", "down", 4, null],
  ["shared.weight", "embedding", null, null],
  ["encoder.layers.1.self_attn.in_proj_weight", "qkv", 1, null],
  // TransformerLens
  ["blocks.0.attn.W_Q", "q", 0, null],
  ["blocks.0.attn.W_O", "o", 0, null],
  ["blocks.0.mlp.W_in", "up", 0, null],
  ["blocks.0.mlp.W_out", "down", 0, null],
  ["embed.W_E", "embedding", null, null],
  ["pos_embed.W_pos", "embedding", null, null],
  ["unembed.W_U", "head", null, null],
  // nothing known
  ["fc1.weight", "dense", null, null],
  ["net.2.weight", "dense", null, null],
  ["backbone.layers.1.mixer.in_proj.weight", "dense", 1, null],
  ["layers.99999999999999999999.weight", "dense", null, null],
  ["q_projection.weight", "dense", null, null],
];

test.each(NAMES)("%s is %s of layer %s, expert %s", (name, role, layer, expert) => {
  expect(nameParts(name)).toEqual({ role, layer, expert });
});

test("a name of the greatest length is looked at in no time that grows with its square", () => {
  for (const unit of ["layers.", ".", "a", "experts.1."]) {
    const name = unit.repeat(4096 / unit.length);
    expect(nameParts(name).role).toBe("dense");
  }
});
