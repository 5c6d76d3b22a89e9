import type { SynthPlan } from "./options.ts";
import { type CheckpointPlan, type Kind, kindInTurn, plantedMatrix, withoutTraps } from "./plan.ts";

/** Tensors and matrices of a Llama-like model, every weight a float matrix under the tensor's own name. */
export function densePlan(plan: SynthPlan): CheckpointPlan {
  const out: CheckpointPlan = {
    tensors: [],
    groups: [],
    vectors: [],
    documents: { "config.json": config(plan) },
  };
  const { hidden, intermediate, vocab } = plan;
  const query = plan.heads * plan.headDim;
  const key = plan.kvHeads * plan.headDim;

  const matrix = (
    tensor: string,
    rows: number,
    cols: number,
    kind: Kind,
    turn: number,
    deviation?: number,
  ) => {
    const name = `${tensor}.weight`;
    const place = { name, rows, cols, ...(deviation === undefined ? {} : { deviation }) };
    out.tensors.push({ name, dtype: plan.dtype, shape: [rows, cols] });
    const matrices = [plantedMatrix(plan, place, kind, turn)];
    out.groups.push({ encoding: plan.dtype, tensor: name, scales: null, firstRow: 0, matrices });
  };
  const norm = (tensor: string) => {
    const name = `${tensor}.weight`;
    out.tensors.push({ name, dtype: plan.dtype, shape: [hidden] });
    out.vectors.push({ name, tensor: name, first: 0, length: hidden, mean: 1, deviation: 0.05 });
  };

  matrix("model.embed_tokens", vocab, hidden, "noise", 0, 0.02);
  for (let layer = 0; layer < plan.layers; layer++) {
    const stem = `model.layers.${layer}`;
    // As an expert of GPT-OSS, beginning with the traps: they lie in gate or up by turns, and in down.
    const kind = kindInTurn(layer + 2);
    const even = layer % 2 === 0;
    norm(`${stem}.input_layernorm`);
    matrix(`${stem}.self_attn.q_proj`, query, hidden, "heavy", layer);
    matrix(`${stem}.self_attn.k_proj`, key, hidden, "noise", layer);
    matrix(`${stem}.self_attn.v_proj`, key, hidden, "noise", layer);
    matrix(`${stem}.self_attn.o_proj`, hidden, query, even ? "trap" : "noise", layer);
    norm(`${stem}.post_attention_layernorm`);
    matrix(`${stem}.mlp.gate_proj`, intermediate, hidden, even ? kind : withoutTraps(kind), layer);
    matrix(`${stem}.mlp.up_proj`, intermediate, hidden, even ? withoutTraps(kind) : kind, layer);
    matrix(`${stem}.mlp.down_proj`, hidden, intermediate, kind, layer);
  }
  norm("model.norm");
  matrix("lm_head", vocab, hidden, "noise", 0, 0.02);
  return out;
}

function config(plan: SynthPlan): Record<string, unknown> {
  return {
    architectures: ["LlamaForCausalLM"],
    head_dim: plan.headDim,
    hidden_act: "silu",
    hidden_size: plan.hidden,
    intermediate_size: plan.intermediate,
    model_type: "llama",
    num_attention_heads: plan.heads,
    num_hidden_layers: plan.layers,
    num_key_value_heads: plan.kvHeads,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: false,
    torch_dtype: plan.dtype === "F32" ? "float32" : "bfloat16",
    vocab_size: plan.vocab,
  };
}
