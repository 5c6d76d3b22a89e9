import { join } from "node:path";
import { SpectrapError } from "../solver/error.ts";
import type { Json, JsonObject } from "./json.ts";
import { MAX_CONFIG_BYTES, MAX_CONFIG_NESTING } from "./limits.ts";
import { readJson } from "./read-json.ts";

/**
 * What config.json says about the shapes of a model; every part may be absent. The file is as little
 * trusted as the weights: a value of the wrong kind counts as absent.
 */
export interface ModelConfig {
  modelType?: string;
  /** Where the model was loaded from when it was saved, mostly its hub name. */
  name?: string;
  layers?: number;
  experts?: number;
  hiddenSize?: number;
  intermediateSize?: number;
  heads?: number;
  kvHeads?: number;
  headDim?: number;
}

/** Where each member stands; OpenAI's own GPT-OSS release says `num_experts` for the number of experts. */
const NUMBERS: readonly [keyof Omit<ModelConfig, "modelType" | "name">, readonly string[]][] = [
  ["experts", ["num_local_experts", "num_experts"]],
  ["layers", ["num_hidden_layers"]],
  ["hiddenSize", ["hidden_size"]],
  ["intermediateSize", ["intermediate_size"]],
  ["heads", ["num_attention_heads"]],
  ["kvHeads", ["num_key_value_heads"]],
  ["headDim", ["head_dim"]],
];

function modelConfig(root: JsonObject): ModelConfig {
  const config: ModelConfig = {};
  const modelType = root.get("model_type");
  if (typeof modelType === "string") config.modelType = modelType;
  const name = root.get("_name_or_path");
  if (typeof name === "string" && name !== "") config.name = name;
  for (const [member, keys] of NUMBERS) {
    const value = keys.map((key) => root.get(key)).find(isPositive);
    if (value !== undefined) config[member] = value;
  }
  return config;
}

function isPositive(value: Json | undefined): value is number {
  return typeof value === "number" && value > 0;
}

const RULES = {
  bytes: MAX_CONFIG_BYTES,
  nesting: MAX_CONFIG_NESTING,
  limitCode: "CK_CONFIG_INVALID",
  syntaxCode: "CK_CONFIG_INVALID",
};

/** config.json of a folder, or null where there is none. Errors: CK_CONFIG_INVALID, CK_NO_PERMISSION, ... */
export async function readConfig(folder: string): Promise<ModelConfig | null> {
  const path = join(folder, "config.json");
  try {
    const { value, duplicate } = await readJson(path, RULES);
    if (value instanceof Map && duplicate === null) return modelConfig(value);
    throw new SpectrapError("CK_CONFIG_INVALID", "is not an object with distinct keys", { file: path });
  } catch (error) {
    if (error instanceof SpectrapError && error.code === "CK_NOT_FOUND") return null;
    throw error;
  }
}
