/** Float encodings a tensor may be stored in; all but F64 are exact in float32. */
export type FloatEncoding = "F64" | "F32" | "F16" | "BF16" | "F8_E4M3" | "F8_E5M2";

export type Encoding = FloatEncoding | "MXFP4";

/** What a matrix does in its network. */
export type Role =
  | "q"
  | "k"
  | "v"
  | "o"
  | "qkv"
  | "router"
  | "gate"
  | "up"
  | "gate_up"
  | "down"
  | "embedding"
  | "head"
  | "dense"
  | "conv";

/** A file as it was when its header was read; the native reader refuses one that has changed since. */
export interface SourceFile {
  path: string;
  /** Bytes. */
  size: number;
  mtimeNs: bigint;
  inode: bigint;
}

/** Bytes `begin` (inclusive) to `end` (exclusive) of a file, absolute. */
export interface ByteRange {
  file: SourceFile;
  begin: number;
  end: number;
}

/** Float elements of a file: element (r, c) of tap t is number offset + r·rowStride + c·colStride + t·tapStride of `bytes`. */
export interface FloatSource {
  encoding: FloatEncoding;
  bytes: ByteRange;
  offset: number;
  rowStride: number;
  colStride: number;
  tapStride: number;
}

/**
 * Rows of an MXFP4 matrix: row r of the matrix is row firstRow + r·rowStep of the stored one, whose rows are
 * cols/32 blocks of 16 bytes (`blocks`) with one exponent byte each (`scales`). Both ranges cover one expert.
 */
export interface Mxfp4Source {
  encoding: "MXFP4";
  blocks: ByteRange;
  scales: ByteRange;
  firstRow: number;
  rowStep: number;
}

/** A matrix in memory, row-major. */
export interface MemorySource {
  encoding: "F32" | "F64";
  values: Float32Array | Float64Array;
}

/** A matrix somewhere, and not one made of others. */
export type StoredSource = FloatSource | Mxfp4Source | MemorySource;

/** minuend − subtrahend, both of the matrix's shape; each entry is rounded once, to float64, whenever it is read. */
export interface DifferenceSource {
  encoding: "F64";
  minuend: StoredSource | LowRankSource;
  subtrahend: StoredSource | LowRankSource;
}

/**
 * base + scale·left·right of one tap, in float64 whenever it is read: left is rows × rank, right rank × cols. The product
 * is never formed as a whole; without a base its spectrum comes from the factors.
 */
export interface LowRankSource {
  encoding: "F64";
  left: StoredSource;
  right: StoredSource;
  rank: number;
  /** Finite. */
  scale: number;
  base: StoredSource | null;
}

export type Source = StoredSource | DifferenceSource | LowRankSource;

/** The descriptor of a weight matrix: what it is, where its bytes lie, and how they decode. */
export interface WeightMatrix {
  /** Unique in its checkpoint; keys the shuffle. */
  name: string;
  /** Name of the stored tensor. */
  tensor: string;
  role: Role;
  layer: number | null;
  expert: number | null;
  /** Of one tap. */
  rows: number;
  cols: number;
  /** 1, or kh·kw for a convolution kernel, whose taps are `taps` matrices of rows × cols. */
  taps: number;
  /** Of one tap of a kernel, as a matrix of its own: its number, and how many the kernel has. */
  slice?: { tap: number; taps: number };
  source: Source;
}

/** N ≥ M: the larger and the smaller side. */
export function sides(matrix: Pick<WeightMatrix, "rows" | "cols">): { N: number; M: number } {
  return { N: Math.max(matrix.rows, matrix.cols), M: Math.min(matrix.rows, matrix.cols) };
}
