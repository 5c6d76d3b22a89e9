import { BLOCK } from "./options.ts";
import type { PlannedMatrix } from "./plan.ts";
import type { KeyedRandom } from "./random.ts";

/** A planted entry; row and column count from zero in the matrix it is planted in. */
export interface Outlier {
  row: number;
  col: number;
  value: number;
}

/** Sizes of planted entries in units of the detachment threshold. */
const STRENGTHS = [2.5, 3.5, 5] as const;

/**
 * Size from which a single entry detaches an eigenvalue from the bulk of an N × M matrix of deviation s:
 * s·(NM)^¼ (Benaych-Georges and Nadakuditi 2012).
 */
export function detachmentThreshold(deviation: number, rows: number, cols: number): number {
  return deviation * Math.sqrt(Math.sqrt(rows * cols));
}

/** Entries no two of which share a row, and no two a column of blocks as long as those last. */
export function plantOutliers(matrix: PlannedMatrix, random: KeyedRandom): Outlier[] {
  const { rows, cols, traps } = matrix;
  const threshold = detachmentThreshold(matrix.deviation, rows, cols);
  const blocks = Math.ceil(cols / BLOCK);
  const outliers: Outlier[] = [];
  const usedRows = new Set<number>();
  const usedBlocks = new Set<number>();
  while (outliers.length < Math.min(traps, rows)) {
    const row = random.below(rows);
    const col = random.below(cols);
    const block = Math.floor(col / BLOCK);
    if (usedRows.has(row) || (usedBlocks.has(block) && usedBlocks.size < blocks)) continue;
    usedRows.add(row);
    usedBlocks.add(block);
    const size = exactAtLeast(STRENGTHS[outliers.length % STRENGTHS.length]! * threshold);
    outliers.push({ row, col, value: random.below(2) === 0 ? size : -size });
  }
  return outliers;
}

/** The smallest 4·2^k or 6·2^k from `size` on: MXFP4 keeps it exactly as the largest of its block, and so does BF16. */
export function exactAtLeast(size: number): number {
  let power = 2 ** Math.floor(Math.log2(size) - 2);
  while (6 * power < size) power *= 2;
  return 4 * power >= size ? 4 * power : 6 * power;
}
