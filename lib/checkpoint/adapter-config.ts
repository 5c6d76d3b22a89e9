import { join } from "node:path";
import { printable, SpectrapError } from "../solver/error.ts";
import { type Json, JsonNumber, type JsonObject } from "./json.ts";
import { MAX_CONFIG_BYTES, MAX_CONFIG_NESTING } from "./limits.ts";
import { readJson } from "./read-json.ts";

/** What adapter_config.json says of a LoRA adapter in PEFT's layout. */
export interface AdapterConfig {
  /** Path of the file. */
  file: string;
  rank: number;
  alpha: number;
  /** The scale is alpha/√r instead of alpha/r (D. Kalajdzievski, 2023). */
  rankStabilized: boolean;
  /** The adapted weights are stored [in, out]. */
  fanInFanOut: boolean;
  /** Ranks and alphas of modules that have their own, by the ends of their names; the first that fits counts. */
  ranks: ReadonlyMap<string, number>;
  alphas: ReadonlyMap<string, number>;
}

const NAME = "adapter_config.json";

const RULES = {
  bytes: MAX_CONFIG_BYTES,
  nesting: MAX_CONFIG_NESTING,
  limitCode: "AD_CONFIG",
  syntaxCode: "AD_CONFIG",
};

/**
 * Reads adapter_config.json of a folder. Without it the scale of an adapter is unknown, so unlike config.json it must be
 * there and right. Errors: AD_CONFIG; AD_UNSUPPORTED for adapters other than plain LoRA.
 */
export async function readAdapterConfig(folder: string): Promise<AdapterConfig> {
  const file = join(folder, NAME);
  const root = await readRoot(file);
  const kind = root.get("peft_type");
  if (kind !== "LORA") throw unsupported(file, `peft_type is ${shown(kind)}, and only "LORA" is read`);
  if (flag(root, "use_dora", file)) {
    throw unsupported(file, "use_dora is true: its weights are not a base plus a low-rank product");
  }
  return {
    file,
    rank: wholeRank(root.get("r"), "r", file),
    alpha: finite(root.get("lora_alpha"), "lora_alpha", file),
    rankStabilized: flag(root, "use_rslora", file),
    fanInFanOut: flag(root, "fan_in_fan_out", file),
    ranks: pattern(root, "rank_pattern", wholeRank, file),
    alphas: pattern(root, "alpha_pattern", finite, file),
  };
}

/** Rank, as the configuration has it, and scale of a module; `name` is its path in the adapted model. */
export function moduleScale(config: AdapterConfig, name: string): { rank: number; scale: number } {
  const rank = valueFor(config.ranks, name) ?? config.rank;
  const alpha = valueFor(config.alphas, name) ?? config.alpha;
  return { rank, scale: alpha / (config.rankStabilized ? Math.sqrt(rank) : rank) };
}

function valueFor(values: ReadonlyMap<string, number>, name: string): number | undefined {
  for (const [key, value] of values) {
    const whole = key.startsWith("^");
    const end = whole ? key.slice(1) : key;
    if (name === end || (!whole && name.endsWith(`.${end}`))) return value;
  }
  return undefined;
}

async function readRoot(file: string): Promise<JsonObject> {
  try {
    const { value, duplicate } = await readJson(file, RULES);
    if (value instanceof Map && duplicate === null) return value;
  } catch (error) {
    if (!(error instanceof SpectrapError && error.code === "CK_NOT_FOUND")) throw error;
    throw new SpectrapError("AD_CONFIG", "is missing, and with it the scale of the adapter", {
      file,
      hint: "fetch it together with the adapter",
      cause: error,
    });
  }
  throw new SpectrapError("AD_CONFIG", "is not an object with distinct keys", { file });
}

/**
 * PEFT takes the keys for regular expressions that end the name of a module. One from a file is not to be trusted, and
 * nearly all are plain names: those are what is read, with a leading ^ for a whole name.
 */
function pattern(
  root: JsonObject,
  key: string,
  read: (value: Json | undefined, key: string, file: string) => number,
  file: string,
): Map<string, number> {
  const value = root.get(key) ?? null;
  if (value === null) return new Map();
  if (!(value instanceof Map)) throw wrong(file, key, value, "an object of numbers");
  for (const name of value.keys()) {
    if (/^\^?[\w.-]+$/.test(name)) continue;
    throw unsupported(file, `${key} has "${printable(name)}", a regular expression; only names are read`);
  }
  return new Map([...value].map(([name, number]) => [name, read(number, `${key}.${name}`, file)]));
}

function wholeRank(value: Json | undefined, key: string, file: string): number {
  if (typeof value === "number" && value > 0) return value;
  throw wrong(file, key, value, "a positive whole number");
}

function finite(value: Json | undefined, key: string, file: string): number {
  const number = value instanceof JsonNumber ? Number(value.text) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw wrong(file, key, value, "a finite number");
}

function flag(root: JsonObject, key: string, file: string): boolean {
  const value = root.get(key) ?? false;
  if (typeof value === "boolean") return value;
  throw wrong(file, key, value, "true or false");
}

function wrong(file: string, key: string, value: Json | undefined, expected: string): SpectrapError {
  return new SpectrapError("AD_CONFIG", `${printable(key)} is ${shown(value)}, expected ${expected}`, {
    file,
    hint: "fetch the file again, of the same revision as the adapter",
  });
}

function shown(value: Json | undefined): string {
  if (value === undefined) return "absent";
  if (value instanceof JsonNumber) return printable(value.text);
  if (typeof value === "string") return `"${printable(value)}"`;
  return value === null || typeof value !== "object" ? String(value) : "a list or an object";
}

function unsupported(file: string, reason: string): SpectrapError {
  return new SpectrapError("AD_UNSUPPORTED", reason, {
    file,
    hint: "merge the adapter into its base with the program that made it, and analyse the result",
  });
}
