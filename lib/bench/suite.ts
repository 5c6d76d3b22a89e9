import { readFileSync } from "node:fs";
import { invalid } from "../analysis/options.ts";
import { hasWeights, KINDS, type Kind } from "./kinds.ts";

/** One matrix to solve. */
export interface Entry {
  kind: Kind;
  n: number;
  /** Rows of W; 2n unless said otherwise. */
  rows: number;
}

/** LAPACK counts n² + … in 32 bits; beyond this its work space overflows. */
const LARGEST = 32_768;

export function entry(kind: string, n: number, rows: number = 2 * n): Entry {
  const known = KINDS.find((name) => name === kind);
  if (known === undefined) throw invalid("kinds", kind, KINDS.join(", "));
  if (!Number.isInteger(n) || n < 1 || n > LARGEST)
    throw invalid("n", n, `a whole number from 1 to ${LARGEST}`);
  if (!Number.isInteger(rows) || rows < n) throw invalid("rows", rows, `a whole number from n = ${n} on`);
  return { kind: known, n, rows: hasWeights(known) ? rows : n };
}

/**
 * The matrices of a suite: `{"matrices": [{"kind": "mxfp4", "n": 2880, "rows": 5760}, …]}`, where each of the
 * three may also be a list, which stands for all combinations. Throws US_OPTION.
 */
export function readSuite(file: string): Entry[] {
  let suite: unknown;
  try {
    suite = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw invalid("suite", file, `a JSON file (${(cause as Error).message})`);
  }
  const matrices = (suite as { matrices?: unknown } | null)?.matrices;
  if (!Array.isArray(matrices) || matrices.length === 0)
    throw invalid("suite", file, 'a file {"matrices": […]}');
  return matrices.flatMap((line: unknown) => {
    const { kind, n, rows } = (line ?? {}) as { kind?: unknown; n?: unknown; rows?: unknown };
    return lists(kind).flatMap((k) =>
      lists(n).flatMap((order) => lists(rows).map((r) => entry(String(k), order as number, r as number))),
    );
  });
}

function lists(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
