import { open } from "node:fs/promises";
import type { AddonSolver } from "../../solver/addon-solver.ts";
import type { WeightMatrix } from "../../solver/matrix.ts";
import type { Moments } from "../../solver/solver.ts";

/** One of the entries farthest from the mean. */
export interface LedgerEntry {
  /** From zero, in the matrix called `name`. */
  row: number;
  column: number;
  /** Of a convolution kernel; 0 for a matrix. */
  tap: number;
  value: number;
  /** |w − mean|/τ. */
  margin: number;
  /** Share of the row's, and the column's, Σw²; null below a margin of 0.75, where nobody looks. */
  rowShare: number | null;
  columnShare: number | null;
  /** Exponent of the entry's MXFP4 block, log₂ of its scale; null as the shares, and for other encodings. */
  blockExponent: number | null;
}

/** Margin from which shares and block scales are worth their reads. */
const LOUD = 0.75;
export function place(position: number, cols: number): { row: number; column: number } {
  return { row: Math.floor(position / cols), column: position % cols };
}

/** The `count` entries farthest from the mean; among equals the lowest position. */
export function farthest(
  { largest, smallest }: Moments,
  mean: number,
  tau: number,
  count: number,
  cols: number,
  tap: number,
): LedgerEntry[] {
  const found: (LedgerEntry & { position: number })[] = [];
  for (const { values, positions } of [largest, smallest]) {
    for (let i = 0; i < Math.min(values.length, count); i++) {
      const [value, position] = [values[i]!, positions[i]!];
      const where = { ...place(position, cols), tap, value, margin: Math.abs(value - mean) / tau };
      found.push({ ...where, rowShare: null, columnShare: null, blockExponent: null, position });
    }
  }
  const sorted = found.sort((a, b) => b.margin - a.margin || a.position - b.position);
  const distinct = sorted.filter(({ position }, i) => i === 0 || position !== sorted[i - 1]!.position);
  return distinct.slice(0, count).map(({ position, ...entry }) => entry);
}

/** Reads the rows and columns of loud entries, and the exponents of their blocks. */
export async function addShares(
  matrix: WeightMatrix,
  ledger: LedgerEntry[],
  solver: AddonSolver,
): Promise<void> {
  const loud = ledger.filter(({ margin }) => margin >= LOUD);
  for (const tap of new Set(loud.map((entry) => entry.tap))) {
    const entries = loud.filter((entry) => entry.tap === tap);
    const rows = [...new Set(entries.map(({ row }) => row))];
    const cols = [...new Set(entries.map(({ column }) => column))];
    const energies = await solver.lineEnergies(matrix, tap, rows, cols);
    for (const entry of entries) {
      entry.rowShare = entry.value ** 2 / energies.rows[rows.indexOf(entry.row)]!;
      entry.columnShare = entry.value ** 2 / energies.cols[cols.indexOf(entry.column)]!;
    }
  }
  for (const entry of loud) entry.blockExponent = await blockExponent(matrix, entry);
}

/** Of MXFP4: the stored byte less its bias of 127. */
async function blockExponent({ source, cols }: WeightMatrix, { row, column }: LedgerEntry) {
  if (source.encoding !== "MXFP4") return null;
  const stored = source.firstRow + row * source.rowStep;
  const file = await open(source.scales.file.path);
  try {
    const at = source.scales.begin + (stored * cols) / 32 + Math.floor(column / 32);
    const { buffer } = await file.read(new Uint8Array(1), 0, 1, at);
    return buffer[0]! - 127;
  } finally {
    await file.close();
  }
}
