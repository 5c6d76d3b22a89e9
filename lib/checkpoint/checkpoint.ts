import type { SourceFile } from "../solver/matrix.ts";
import type { AdapterConfig } from "./adapter-config.ts";
import type { ModelConfig } from "./config.ts";
import type { Tensor } from "./tensor.ts";

/**
 * How expert matrices are stored: `gpt-oss` is the Hugging Face release (and its dequantised re-uploads),
 * `gpt-oss-original` OpenAI's own, `plain` everything else.
 */
export type Layout = "plain" | "gpt-oss" | "gpt-oss-original";

/** Something a reader should know that does not stop the analysis. `code` is listed in docs/errors.md. */
export interface Warning {
  code: string;
  message: string;
}

/** A file of weights and what its header says of it. */
export interface CheckpointFile extends SourceFile {
  /** SHA-256 of the header, hexadecimal. */
  headerSha256: string;
}

/** A checkpoint whose headers have been read and checked; no tensor has been touched. */
export interface Checkpoint {
  /** As the user named it. */
  location: string;
  format: "safetensors";
  layout: Layout;
  /** Path of the index that names the shards, or null. */
  index: string | null;
  /** Sorted by path. */
  files: CheckpointFile[];
  /** Sorted by name in natural order, whatever file they lie in. */
  tensors: Tensor[];
  /** What config.json beside the weights says, or null without a usable one. */
  config: ModelConfig | null;
  /** Of a LoRA adapter, whose tensors are factors of changes to another model's weights; null for a model. */
  adapter: AdapterConfig | null;
  warnings: Warning[];
  /** Paths of weight files and folders beside the chosen ones, which are not read. */
  ignoredFiles: string[];
}

export interface OpenOptions {
  /** Read the shards that are there when the index names others; a warning says so. */
  allowMissingShards?: boolean;
}
