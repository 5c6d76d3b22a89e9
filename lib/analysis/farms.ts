import { type Source, sides, type WeightMatrix } from "../solver/matrix.ts";

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
function cutSource({ rows, cols, source }: WeightMatrix, start: number, M: number): Source | null {
  return rows >= cols ? cutRows(source, cols, start, M) : cutColumns(source, cols, start, M);
}

function cutRows(source: Source, cols: number, start: number, count: number): Source | null {
  const cut = <Part extends Source>(part: Part, width: number) => cutRows(part, width, start, count) as Part;
  if ("values" in source) {
    return { ...source, values: source.values.subarray(start * cols, (start + count) * cols) };
  }
  if ("minuend" in source) {
    return { ...source, minuend: cut(source.minuend, cols), subtrahend: cut(source.subtrahend, cols) };
  }
  if ("left" in source) {
    const { left, base, rank } = source;
    return { ...source, left: cut(left, rank), base: base && cut(base, cols) };
  }
  if (source.encoding === "MXFP4") return { ...source, firstRow: source.firstRow + start * source.rowStep };
  return { ...source, offset: source.offset + start * source.rowStride };
}

/** Null where blocks of MXFP4, which lie along rows, would have to be cut. */
function cutColumns(source: Source, cols: number, start: number, count: number): Source | null {
  if ("values" in source) {
    return {
      ...source,
      values: source.values.filter((_, i) => i % cols >= start && i % cols < start + count),
    };
  }
  if ("minuend" in source) {
    const minuend = cutColumns(source.minuend, cols, start, count) as typeof source.minuend | null;
    const subtrahend = cutColumns(source.subtrahend, cols, start, count) as typeof source.subtrahend | null;
    return minuend && subtrahend && { ...source, minuend, subtrahend };
  }
  if ("left" in source) {
    const right = cutColumns(source.right, cols, start, count) as typeof source.right | null;
    const base = source.base && (cutColumns(source.base, cols, start, count) as typeof source.base);
    return right && (source.base === null || base) && { ...source, right, base };
  }
  return source.encoding === "MXFP4" ? null : { ...source, offset: source.offset + start * source.colStride };
}
