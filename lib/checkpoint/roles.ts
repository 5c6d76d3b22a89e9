import type { Role } from "../solver/matrix.ts";

/** What a name says about the place of a matrix. */
export interface NameParts {
  role: Role;
  layer: number | null;
  expert: number | null;
}

const LAYER = /(?:^|\.)(?:layers|layer|h|blocks|block|blk|resblocks)\.(\d{1,6})(?=\.|$)/;
const EXPERT = /(?:^|\.)(?:experts|expert|gate_up_projs|down_projs)\.(\d{1,6})(?=\.|$)/;

/**
 * Endings of module names by family, the more particular first. They are matched from the right, since
 * every family has its own prefixes.
 */
const ROLES: readonly [RegExp, Role][] = [
  [
    /\.(embed_tokens|tok_embeddings|word_embeddings|token_embd|tokens_embed|wte|embed_in|shared)$/,
    "embedding",
  ],
  [/\.(wpe|embed_positions|position_embeddings|positions_embed|token_type_embeddings)$/, "embedding"],
  [/\.(embed|embedding|embeddings|embed\.W_E|pos_embed\.W_pos)$/, "embedding"],
  [/\.(lm_head|embed_out|unembedding|unembed\.W_U|predictions\.decoder)$/, "head"],
  [/^\.(model\.)?(output|head)$/, "head"],
  [
    /\.(router|router\.classifier|mlp\.gate|ffn\.gate|feed_forward\.gate|moe\.gate|block_sparse_moe\.gate)$/,
    "router",
  ],
  [/\.(qkv_proj|qkv|c_attn|query_key_value|Wqkv|wqkv|W_pack)$/, "qkv"],
  [/\.(attn|self_attn|cross_attn|attention|self_attention|multihead_attn)\.in_proj$/, "qkv"],
  [/\.(q_proj|q_a_proj|q_b_proj|wq|wq_a|wq_b|q_lin|to_q|query|attn_q)$/, "q"],
  [/\.(k_proj|wk|k_lin|to_k|key|attn_k)$/, "k"],
  [/\.(v_proj|wv|v_lin|to_v|value|attn_v)$/, "v"],
  [/\.(SelfAttention|EncDecAttention)\.q$/, "q"],
  [/\.(SelfAttention|EncDecAttention)\.k$/, "k"],
  [/\.(SelfAttention|EncDecAttention)\.v$/, "v"],
  [/\.(SelfAttention|EncDecAttention)\.o$/, "o"],
  [/\.(DenseReluDense|DenseGatedActDense|mlp|ffn)\.wo$/, "down"],
  [/\.(o_proj|wo|wo_a|wo_b|out_lin)$/, "o"],
  [
    /\.(attn|self_attn|cross_attn|encoder_attn|attention|self_attention|multihead_attn)\.(out_proj|c_proj|proj|dense|out)$/,
    "o",
  ],
  [/\.(attention|crossattention)\.output\.dense$/, "o"],
  [/\.attn\.W_Q$/, "q"],
  [/\.attn\.W_K$/, "k"],
  [/\.attn\.W_V$/, "v"],
  [/\.attn\.W_O$/, "o"],
  [/\.(gate_up_proj|gate_up_projs\.\d+)$/, "gate_up"],
  [/\.(gate_proj|wi_0)$/, "gate"],
  [/\.(up_proj|wi|wi_1|mlp\.W_in|c_fc|fc_in|dense_h_to_4h|intermediate\.dense)$/, "up"],
  [/\.(down_proj|down_projs\.\d+|mlp\.c_proj|mlp\.W_out|fc_out|dense_4h_to_h|output\.dense)$/, "down"],
];

/** Endings that mean this only inside a layer; elsewhere they are any net's first, second and third matrix. */
const ROLES_IN_LAYERS: readonly [RegExp, Role][] = [
  [/\.w1$/, "gate"],
  [/\.(w3|fc1)$/, "up"],
  [/\.(w2|fc2)$/, "down"],
];

/** Role, layer and expert from the name of a weight; an unknown name is `dense`. */
export function nameParts(name: string): NameParts {
  const layer = numberAfter(LAYER, name);
  const module = `.${name.replace(/[._]weight$/, "")}`;
  const rules = layer === null ? ROLES : [...ROLES, ...ROLES_IN_LAYERS];
  const role = rules.find(([ending]) => ending.test(module))?.[1] ?? "dense";
  return { role, layer, expert: numberAfter(EXPERT, name) };
}

function numberAfter(pattern: RegExp, name: string): number | null {
  const found = pattern.exec(name);
  return found === null ? null : Number(found[1]);
}
