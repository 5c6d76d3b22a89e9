/** The one file of a PEFT adapter. */
export const ADAPTER_FILE = "adapter_model.safetensors";

/** What the name of a tensor says of its part in an adapter. */
export interface FactorName {
  /** Path of the adapted module in the base model. */
  module: string;
  factor: "A" | "B";
  /** Of an embedding, whose weight is the transposed product. */
  embedding: boolean;
}

/** PEFT wraps the model it adapts, and the wrapper's own names stand in front of all others. */
const FACTOR = /^(?:base_model\.model\.)?(.+)\.lora_(?:(embedding_)([AB])|([AB])\.weight)$/;

/** Null for a tensor that is no factor. */
export function factorName(tensor: string): FactorName | null {
  const found = FACTOR.exec(tensor);
  if (found === null) return null;
  const [, module, embedding, ofEmbedding, ofLinear] = found;
  return {
    module: module!,
    factor: (ofEmbedding ?? ofLinear) as FactorName["factor"],
    embedding: embedding !== undefined,
  };
}

/** The name of B where that of A is known. */
export function partnerOf(a: string): string {
  return a.replace(/\.lora_(embedding_)?A(\.weight)?$/, ".lora_$1B$2");
}
