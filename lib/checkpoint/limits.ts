/**
 * What a checkpoint may demand before its file is refused. Nothing is allocated by a number from a file
 * until that number has been compared with one of these and with the size of the file itself.
 */

/** Header of a safetensors file, bytes: the reference reader's own limit (decimal, not MiB). */
export const MAX_HEADER_BYTES = 100_000_000;

/** Shard index, bytes: four times the largest seen in public (about 60 MB, half a million tensors). */
export const MAX_INDEX_BYTES = 256 * 2 ** 20;

/** config.json, bytes: real ones have a few kilobytes. */
export const MAX_CONFIG_BYTES = 16 * 2 ** 20;

/** Shards of one index: the limit of the model hub's own clients. */
export const MAX_SHARDS = 10_000;

export const MAX_TENSORS_PER_FILE = 2_000_000;

/** Bytes of UTF-8 of a tensor name. */
export const MAX_NAME_BYTES = 4096;

/** The reference reader has no limit; a tensor of more dimensions is a trick, not a weight. */
export const MAX_RANK = 16;

/** Headers need three levels and indexes two, one more is for metadata. */
export const MAX_HEADER_NESTING = 4;

/** Model configurations nest (quantisation groups, rope scaling); the parser is recursive. */
export const MAX_CONFIG_NESTING = 32;

/** Ten times the experts of the largest model known; a sparse file can declare any number. */
export const MAX_MATRICES = 2_000_000;
