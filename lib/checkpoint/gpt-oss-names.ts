import type { Role } from "../solver/matrix.ts";
import type { Layout } from "./checkpoint.ts";

/**
 * What a tensor of GPT-OSS is: a matrix; q, k and v in one; MXFP4 codes or their exponents for all experts of a
 * layer; the same as dequantised floats, in the Hugging Face layout transposed; or bias vectors of all experts.
 */
export type Kind = "weight" | "qkv" | "blocks" | "scales" | "floats" | "biases";

export interface Piece {
  kind: Kind;
  role: Role;
  layer: number | null;
  /** Where the piece is, the same in every layout: "layers.3." or "". */
  scope: string;
  /** What it is there: "q_proj", "router", "gate_up", "embed_tokens", ... */
  part: string;
}

type Part = Pick<Piece, "kind" | "role" | "part">;

const part = (kind: Kind, role: Role, name: string): Part => ({ kind, role, part: name });

/** Names after `layers.<n>.` in the Hugging Face release and its re-uploads. */
const LAYER_PARTS: ReadonlyMap<string, Part> = new Map([
  ["self_attn.q_proj.weight", part("weight", "q", "q_proj")],
  ["self_attn.k_proj.weight", part("weight", "k", "k_proj")],
  ["self_attn.v_proj.weight", part("weight", "v", "v_proj")],
  ["self_attn.o_proj.weight", part("weight", "o", "o_proj")],
  ["mlp.router.weight", part("weight", "router", "router")],
  ["mlp.experts.gate_up_proj_blocks", part("blocks", "gate_up", "gate_up")],
  ["mlp.experts.gate_up_proj_scales", part("scales", "gate_up", "gate_up")],
  ["mlp.experts.gate_up_proj", part("floats", "gate_up", "gate_up")],
  ["mlp.experts.gate_up_proj_bias", part("biases", "gate_up", "gate_up")],
  ["mlp.experts.down_proj_blocks", part("blocks", "down", "down")],
  ["mlp.experts.down_proj_scales", part("scales", "down", "down")],
  ["mlp.experts.down_proj", part("floats", "down", "down")],
  ["mlp.experts.down_proj_bias", part("biases", "down", "down")],
]);

const GLOBAL_PARTS: ReadonlyMap<string, Part> = new Map([
  ["embed_tokens.weight", part("weight", "embedding", "embed_tokens")],
  ["lm_head.weight", part("weight", "head", "lm_head")],
]);

/** Names after `block.<n>.` in OpenAI's own release; its "gate" is the router. */
const ORIGINAL_LAYER_PARTS: ReadonlyMap<string, Part> = new Map([
  ["attn.qkv.weight", part("qkv", "qkv", "qkv_proj")],
  ["attn.out.weight", part("weight", "o", "o_proj")],
  ["mlp.gate.weight", part("weight", "router", "router")],
  ["mlp.mlp1_weight.blocks", part("blocks", "gate_up", "gate_up")],
  ["mlp.mlp1_weight.scales", part("scales", "gate_up", "gate_up")],
  ["mlp.mlp1_weight", part("floats", "gate_up", "gate_up")],
  ["mlp.mlp1_bias", part("biases", "gate_up", "gate_up")],
  ["mlp.mlp2_weight.blocks", part("blocks", "down", "down")],
  ["mlp.mlp2_weight.scales", part("scales", "down", "down")],
  ["mlp.mlp2_weight", part("floats", "down", "down")],
  ["mlp.mlp2_bias", part("biases", "down", "down")],
]);

const ORIGINAL_GLOBAL_PARTS: ReadonlyMap<string, Part> = new Map([
  ["embedding.weight", part("weight", "embedding", "embed_tokens")],
  ["unembedding.weight", part("weight", "head", "lm_head")],
]);

const LAYER_NAME = /^((?:.*?\.)?)layers\.(\d{1,6})\.(.+)$/;
const ORIGINAL_LAYER_NAME = /^()block\.(\d{1,6})\.(.+)$/;
const GLOBAL_NAME = /^((?:.*\.)?)([^.]+\.[^.]+)$/;

/** What the name of a tensor says in a GPT-OSS layout, or null when it is none of the names above. */
export function gptOssPiece(name: string, layout: Exclude<Layout, "plain">): Piece | null {
  const original = layout === "gpt-oss-original";
  const layered = (original ? ORIGINAL_LAYER_NAME : LAYER_NAME).exec(name);
  if (layered !== null) {
    const found = (original ? ORIGINAL_LAYER_PARTS : LAYER_PARTS).get(layered[3]!);
    const layer = Number(layered[2]);
    return found === undefined ? null : { ...found, layer, scope: `${scopeOf(layered[1]!)}layers.${layer}.` };
  }
  const global = GLOBAL_NAME.exec(name);
  if (global === null) return null;
  const found = (original ? ORIGINAL_GLOBAL_PARTS : GLOBAL_PARTS).get(global[2]!);
  return found === undefined ? null : { ...found, layer: null, scope: scopeOf(global[1]!) };
}

/** The usual prefix is dropped, so that both releases give their matrices the same names. */
function scopeOf(prefix: string): string {
  return prefix === "model." ? "" : prefix;
}
