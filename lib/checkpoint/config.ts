import type { Json, JsonObject } from "./json.ts";

/**
 * What config.json says about the shapes of a model; every part may be absent. The file is as little
 * trusted as the weights: a value of the wrong kind counts as absent.
 */
export interface ModelConfig {
  modelType?: string;
  experts?: number;
  hiddenSize?: number;
  intermediateSize?: number;
  heads?: number;
  kvHeads?: number;
  headDim?: number;
}

/** Where each member stands; OpenAI's own GPT-OSS release says `num_experts` for the number of experts. */
const NUMBERS: readonly [keyof Omit<ModelConfig, "modelType">, readonly string[]][] = [
  ["experts", ["num_local_experts", "num_experts"]],
  ["hiddenSize", ["hidden_size"]],
  ["intermediateSize", ["intermediate_size"]],
  ["heads", ["num_attention_heads"]],
  ["kvHeads", ["num_key_value_heads"]],
  ["headDim", ["head_dim"]],
];

export function modelConfig(root: JsonObject): ModelConfig {
  const config: ModelConfig = {};
  const modelType = root.get("model_type");
  if (typeof modelType === "string") config.modelType = modelType;
  for (const [member, keys] of NUMBERS) {
    const value = keys.map((key) => root.get(key)).find(isPositive);
    if (value !== undefined) config[member] = value;
  }
  return config;
}

function isPositive(value: Json | undefined): value is number {
  return typeof value === "number" && value > 0;
}
