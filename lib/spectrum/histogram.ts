/**
 * Counts of ascending values in equal bins between the first and the last, with numpy's edges: bins are closed on
 * the left, the last one on both sides; equal values get a range of one around them.
 *
 * @returns the left edge of the first bin with the highest count.
 */
export function fullestBin(values: Float64Array, bins: number): number {
  const low = values[0]!;
  const high = values[values.length - 1]!;
  const first = low === high ? low - 0.5 : low;
  const last = low === high ? high + 0.5 : high;
  const step = (last - first) / bins;
  const edge = (bin: number): number => (bin === bins ? last : first + bin * step);

  const counts = new Uint32Array(bins);
  for (const value of values) {
    let bin = Math.min(bins - 1, Math.floor(((value - first) / (last - first)) * bins));
    // The quotient rounds; the edges decide.
    if (value < edge(bin)) bin--;
    else if (bin < bins - 1 && value >= edge(bin + 1)) bin++;
    counts[bin]! += 1;
  }
  let fullest = 0;
  for (let bin = 1; bin < bins; bin++) if (counts[bin]! > counts[fullest]!) fullest = bin;
  return edge(fullest);
}
