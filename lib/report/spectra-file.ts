import type { RunFolder } from "../analysis/run-folder.ts";
import type { StoredSpectra } from "../analysis/spectra-part.ts";
import { type HeadEntry, safetensorsHead } from "../checkpoint/safetensors-head.ts";

/**
 * A safetensors file with every eigenvalue of a run, in plan order: `<name>.eigenvalues` of shape [taps, M] and, where
 * copies were shuffled, `<name>.shuffled` of shape [replicas, taps, M], float64, ascending, those of WᵀW.
 */
export async function* spectraFile(folder: RunFolder): AsyncGenerator<Uint8Array> {
  const entries: HeadEntry[] = [];
  for await (const { row, spectra } of folder.kept()) {
    if (spectra !== null) entries.push(...headEntries(row.name, spectra.stored));
  }
  yield safetensorsHead(entries);
  for await (const { spectra } of folder.kept()) if (spectra !== null) yield await spectra.read();
}

function headEntries(name: string, { taps, M, replicas }: StoredSpectra): HeadEntry[] {
  const entry = (kind: string, shape: number[]): HeadEntry => ({
    name: `${name}.${kind}`,
    dtype: "F64",
    shape,
    bytes: 8 * shape.reduce((product, side) => product * side, 1),
  });
  const own = entry("eigenvalues", [taps, M]);
  return replicas === 0 ? [own] : [own, entry("shuffled", [replicas, taps, M])];
}
