import { sides, type WeightMatrix } from "../solver/matrix.ts";

/**
 * Windows a matrix is cut into at most. Their spectra are pooled, and eight of them already hold 8·M eigenvalues; each costs as
 * much as a square matrix, while an embedding would have seventy side by side.
 */
export const MOST_WINDOWS = 8;

/**
 * Square windows M × M along the longer side of a matrix: as many as cover it, at most {@link MOST_WINDOWS}, from one end to the
 * other at equal distances, so that they overlap where N is no multiple of M. Their pooled spectrum has the aspect
 * ratio 1 whatever that of the matrix is (FARMS: Hu et al., arXiv 2506.06280, with its windows of one fixed ratio).
 *
 * @returns null where the storage cannot be cut that way: MXFP4 blocks lie along the rows and are not cut.
 */
export function squareWindows(matrix: WeightMatrix): WeightMatrix[] | null {
  const { N, M } = sides(matrix);
  const count = Math.min(MOST_WINDOWS, Math.ceil(N / M));
  const starts = Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.round((i * (N - M)) / (count - 1)),
  );
  const sources = starts.map((start) => cutSource(matrix, start, M));
  if (sources.includes(null)) return null;
  return sources.map((source) => ({ ...matrix, rows: M, cols: M, source: source! }));
}

/** The source of M rows, or columns, from `start` on, of a matrix that is longer that way. */
function cutSource(
  { rows, cols, source }: WeightMatrix,
  start: number,
  M: number,
): WeightMatrix["source"] | null {
  const tall = rows >= cols;
  if ("values" in source) {
    if (tall) return { ...source, values: source.values.subarray(start * M, (start + M) * M) };
    return { ...source, values: source.values.filter((_, i) => i % cols >= start && i % cols < start + M) };
  }
  if (source.encoding === "MXFP4") {
    return tall ? { ...source, firstRow: source.firstRow + start * source.rowStep } : null;
  }
  return { ...source, offset: source.offset + start * (tall ? source.rowStride : source.colStride) };
}
